"""The published state of each training, until a correction is large enough to be published.

A state holds counts and scores, no names. A correction of fewer than k people waits: whoever held the new table against
the old one would learn who they are. While it waits, whatever a release says of the training is what the last one said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from portal.reports import disclosure, rules
from portal.reports.disclosure import Counts, hidden_cells
from portal.reports.rules import (
    BY_TRAINING,
    FEWEST_PAIRS,
    MEASURED,
    UNKNOWN,
    Dimension,
    Issue,
    Json,
    Part,
    Seat,
    TrainingFacts,
)

SEXES = ("F", "M")
_SIDES = ("tables", "new")
_PAIRS = MEASURED.index("pairs")


def in_order(trainings: Sequence[TrainingFacts], earlier: Sequence[Part]) -> list[TrainingFacts]:
    """Return trainings as people are counted in them: those that a release has counted already come first."""
    first = {code: number for number, part in reversed(list(enumerate(earlier))) for code in part.basis["trainings"]}
    return sorted(trainings, key=lambda one: (first.get(one.code, len(earlier)), one.ends_on, one.id))


def state_of(training: TrainingFacts, new: Sequence[Seat], issue: Issue, earlier: Sequence[Part]) -> Json:
    """Return what is published of a training: its tables, whom it counts first (`new`), and what is hidden.

    A table that a correction has changed is not shown on its own any more: its old and its new counts stand in sums of
    different releases, and together they would tell of other trainings. `small` is what would be hidden of it anyway.
    """
    before = [part.basis["trainings"][training.code] for part in earlier if training.code in part.basis["trainings"]]
    state = _as_it_stands(training, new, issue, before)
    if before:
        state = _with_waiting(state, _whole(before[-1], state), issue.k)
    hidden = {one.value: sorted(_hidden_in(state, before, one, issue)) for one in BY_TRAINING}
    withheld = [name for name in hidden if before and _has_changed(state, before[-1], name)]
    state["small"] = dict(before[-1].get("small", {}) if before else {}) | {name: hidden[name] for name in withheld}
    state["hidden"] = hidden | {name: sorted(state["tables"][name]) for name in withheld}
    return state


def seats(state: Json) -> int:
    """Return how many have completed the training."""
    return sum(state["tables"]["sex"].values())


def has_waiting(training: TrainingFacts, state: Json, issue: Issue) -> bool:
    """Tell whether the training's books say something else by now than is published of it."""
    now = _as_it_stands(training, (), issue, [state])
    return not is_same(now, state) or now["pairs"] != state["pairs"]


def is_same(state: Json, other: Json) -> bool:
    """Tell whether two states count the same people."""
    return all(not any(change(table, other["tables"][name]).values()) for name, table in state["tables"].items())


def named_in(states: Iterable[Json], name: str) -> dict[str, int]:
    """Return zeros for every category that earlier states have named or hidden: whoever is gone counts as nobody."""
    named = {one for state in states for one in (*state["tables"][name], *state["hidden"].get(name, ()))}
    return dict.fromkeys(sorted(named), 0)


def change(now: Counts, before: Counts) -> dict[str, int]:
    return {name: now.get(name, 0) - before.get(name, 0) for name in now.keys() | before.keys()}


def universe(counts: Counts, dimension: Dimension, issue: Issue) -> dict[str, int]:
    """Return the counts with zeros for the categories that a table always names."""
    named: Sequence[str] = ()
    if dimension == Dimension.SEX:
        named = SEXES
    elif dimension == Dimension.REGION:
        named = issue.regions
    elif dimension == Dimension.INSTITUTION:
        named = (UNKNOWN,)  # Stands for whatever institution is not named.
    return dict.fromkeys(named, 0) | dict(counts)


def _as_it_stands(training: TrainingFacts, new: Sequence[Seat], issue: Issue, before: Sequence[Json]) -> Json:
    def tables(seats: Sequence[Seat]) -> dict[str, dict[str, int]]:
        return {
            one.value: named_in(before, one.value) | universe(rules.tally(seats, one), one, issue) for one in Dimension
        }

    pairs = sorted(list(pair) for pair in training.pairs)
    measured = {
        "minutes": training.minutes,
        "attended": training.attended,
        "pairs": len(pairs),
        "forms": training.forms,
        "copies": training.copies,
    }
    return {
        "tables": tables(training.seats),
        "new": tables(new),
        "measured": [measured[name] for name in MEASURED],
        "pairs": pairs,
    }


def _with_waiting(now: Json, last: Json, k: int) -> Json:
    """Return the state with whatever must wait as it was published last."""
    moved = [_moved(now[side][name], last[side][name]) for side in _SIDES for name in now[side]]
    waits = any(disclosure.is_small(number, k) for number in moved)
    if waits:
        now |= {side: {name: _kept(table, last[side][name]) for name, table in now[side].items()} for side in _SIDES}
    if _moved(_count(now["pairs"]), _count(last["pairs"])) < FEWEST_PAIRS:
        now["pairs"] = last["pairs"]
        now["measured"][_PAIRS] = len(last["pairs"])
    return now


def _whole(last: Json, now: Json) -> Json:
    """Return a state with what releases before this rule did not keep, as far as it can be told from today's."""
    again = {name: change(table, now["new"][name]) for name, table in now["tables"].items()}
    new = {
        name: {it: max(0, count - again[name].get(it, 0)) for it, count in table.items()}
        for name, table in last["tables"].items()
    }
    return {"new": new, "pairs": now["pairs"]} | last


def _kept(now: Counts, last: Counts) -> dict[str, int]:
    """Return what was published last, with zeros for what has come since."""
    return dict.fromkeys(now, 0) | dict(last)


def _moved(now: Counts, last: Counts) -> int:
    """Return how many people at least have changed: whoever changes category leaves one and enters another."""
    changes = change(now, last).values()
    return max(sum(one for one in changes if one > 0), -sum(one for one in changes if one < 0))


def _count(pairs: Sequence[Sequence[float]]) -> Mapping[str, int]:
    return Counter(str(pair) for pair in pairs)


def _hidden_in(state: Json, before: Sequence[Json], dimension: Dimension, issue: Issue) -> frozenset[str]:
    """Return what is hidden in a training's table for its own counts, and what was hidden of the same ones before."""
    name = dimension.value
    is_same = before and not _has_changed(state, before[-1], name)
    forced = before[-1]["hidden"][name] if is_same else ()
    return hidden_cells(state["tables"][name], issue.k, forced=forced, draw=issue.draw_for(name))


def _has_changed(state: Json, last: Json, name: str) -> bool:
    return any(change(state["tables"][name], last["tables"][name]).values())

"""What of a part is hidden: in each training's tables, in their sums, and held against every release before."""

from collections.abc import Collection, Sequence

from portal.reports.rules import counting, linked
from portal.reports.rules.counting import BY_TRAINING, Dimension, TrainingFacts
from portal.reports.rules.linked import Known, Row, Table
from portal.reports.rules.parts import Issue, Json, Part
from portal.trainings.rules.disclosure import Counts, Difference, hidden_cells

SEXES = ("F", "M")
LISTED = (Dimension.INSTITUTION, Dimension.SERVICE)  # Named only where somebody is counted.


def basis_of(training: TrainingFacts, issue: Issue, earlier: Sequence[Part]) -> Json:
    """Return a training's tables with what is hidden in them: as published before, unless a correction came since."""
    before = [part.basis["trainings"][training.code] for part in earlier if training.code in part.basis["trainings"]]
    tables = {
        one.value: _named_in(before, one.value) | _universe(counting.tally(training.seats, one), one, issue)
        for one in (*BY_TRAINING, Dimension.SERVICE)
    }
    hidden = {
        one.value: sorted(_hidden_in(tables[one.value], [(it["tables"], it["hidden"]) for it in before], one, issue.k))
        for one in BY_TRAINING
    }
    measured = [training.minutes, training.attended, len(training.pairs), training.forms, training.copies]
    return {"tables": tables, "hidden": hidden, "measured": measured}


def with_zeros(counts: Counts, dimension: Dimension, issue: Issue, earlier: Sequence[Part]) -> dict[str, int]:
    """Return the counts of all trainings, with zeros for what an earlier release has counted."""
    return _named_in([part.basis for part in earlier], dimension.value) | _universe(counts, dimension, issue)


def hide_sums(dimension: Dimension, basis: Json, issue: Issue, earlier: Sequence[Part]) -> Collection[str]:
    """Return which sums over all trainings are hidden.

    Where trainings' tables would give too many sums away, the tables of some trainings that are new in this release
    are withheld instead: the sums are what a reader asks for first. `basis` takes note of those.
    """
    name = dimension.value
    table = Table(basis["tables"][name], _since_each(name, basis, earlier), dimension in LISTED)
    least = table.hidden(issue.k)
    best = _hidden_sums(table, name, basis, issue, earlier)
    told = {code for part in earlier for code in part.basis["trainings"]}
    new = [one for code, one in basis["trainings"].items() if code not in told]
    new = [one for one in new if len(one["hidden"][name]) < len(one["tables"][name])]
    missing = best - least
    new.sort(
        key=lambda one: (-sum(one["tables"][name].get(it, 0) > 0 for it in missing), sum(one["tables"][name].values()))
    )
    kept, chosen, number = [list(one["hidden"][name]) for one in new], 0, 1
    while best > least and chosen < len(new) and number <= 2 * len(new):
        number = min(number, len(new))
        for one in new[:number]:
            one["hidden"][name] = sorted(one["tables"][name])
        found = _hidden_sums(table, name, basis, issue, earlier)
        if len(found) < len(best):
            best, chosen = found, number
        if number == len(new):
            break
        number *= 2
    for one, hidden in zip(new[chosen:], kept[chosen:], strict=True):
        one["hidden"][name] = hidden
    return best


def hide_services(basis: Json, issue: Issue, earlier: Sequence[Part]) -> list[str]:
    """Return the services to hide: each institution's are a table whose total is the institution's own count."""
    hidden: set[str] = set()
    for institution, counts in services_of(basis).items():
        if institution in basis["hidden"]["institution"]:
            hidden |= counts.keys()
            continue
        since = [
            Difference(
                _change(counts, services_of(part.basis).get(institution, {})),
                frozenset(counts) & frozenset(part.basis["hidden"]["service"]),
            )
            for part in earlier
        ]
        hidden |= hidden_cells(counts, issue.k, since=since, is_listed=True)
    return sorted(hidden)


def services_of(basis: Json) -> dict[str, dict[str, int]]:
    """Return the services of each institution; a service is named `institution/service`."""
    found: dict[str, dict[str, int]] = {}
    for name, count in basis["tables"]["service"].items():
        found.setdefault(name.partition("/")[0], {})[name] = count
    return found


def _hidden_sums(table: Table, name: str, basis: Json, issue: Issue, earlier: Sequence[Part]) -> frozenset[str]:
    """Return which sums are hidden, held against the trainings' tables of this release and of each before."""
    rows: dict[tuple[str, str], Row] = {}

    def take_in(state: Json) -> frozenset[str]:
        """Note the tables of a release, each of its states once; return the names of those that stand in it."""
        names = set()
        for code, one in state["trainings"].items():
            hidden = frozenset(one["hidden"][name])
            counts = _named_in([one], name) | one["tables"][name]
            row = Row(f"{code} {len(rows)}", counts, hidden)
            names.add(rows.setdefault((code, repr(sorted(counts.items()))), row).name)
        return frozenset(names)

    known = []
    for part in earlier:
        shown = frozenset(part.basis["tables"][name]) - frozenset(part.basis["hidden"][name])
        known.append(Known(take_in(part.basis), shown))
    standing = take_in(basis)  # Tables from before a correction lie in earlier sums only.
    return linked.hidden_sums(table, list(rows.values()), known, issue.k, over=standing)


def _hidden_in(counts: Counts, before: Sequence[tuple[Json, Json]], dimension: Dimension, k: int) -> Collection[str]:
    """Return what is hidden in a training's table, whose earlier states are known as far as they were shown."""
    states = [(tables[dimension.value], frozenset(hidden[dimension.value])) for tables, hidden in before]
    if states and not any(_change(counts, states[-1][0]).values()):
        return states[-1][1]
    since = [Difference(_change(counts, old), hidden) for old, hidden in states]
    return hidden_cells(counts, k, since=since, is_listed=dimension in LISTED)


def _since_each(dimension: str, basis: Json, earlier: Sequence[Part]) -> list[Difference]:
    now = basis["tables"][dimension]
    return [
        Difference(_change(now, part.basis["tables"][dimension]), frozenset(part.basis["hidden"][dimension]))
        for part in earlier
    ]


def _change(now: Counts, before: Counts) -> dict[str, int]:
    return {name: now.get(name, 0) - before.get(name, 0) for name in now.keys() | before.keys()}


def _named_in(states: Sequence[Json], name: str) -> dict[str, int]:
    """Return zeros for every category that earlier states have named or hidden: whoever is gone counts as nobody."""
    named = {one for state in states for one in (*state["tables"][name], *state["hidden"].get(name, ()))}
    return dict.fromkeys(sorted(named), 0)


def _universe(counts: Counts, dimension: Dimension, issue: Issue) -> dict[str, int]:
    """Return the counts with zeros for the categories that a table always names."""
    named: Sequence[str] = ()
    if dimension == Dimension.SEX:
        named = SEXES
    elif dimension == Dimension.REGION:
        named = issue.regions
    elif dimension == Dimension.INSTITUTION:
        named = (counting.UNKNOWN,)  # Stands for whatever institution is not named.
    return dict.fromkeys(named, 0) | dict(counts)

"""Figures of a release outside its tables: totals, hours, months, tests and evaluations.

Totals are public. What is a mean or a share is shown if enough people stand behind it and behind what has come since it
was shown last; else it stays as it was, and says of which release it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.reports import disclosure, rules, states
from portal.reports.disclosure import FEWEST, Bound, Share
from portal.reports.rules import FEWEST_PAIRS, Issue, Json, Part, TrainingFacts

_CHANGE = ("pre", "post", "mean", "low", "high")
_AS_OF = "as_of"  # The release that has said first what stays as it was.


def figures_of(
    trainings: Sequence[TrainingFacts], states_of: Mapping[str, Json], issue: Issue, earlier: Sequence[Part]
) -> tuple[Json, Json]:
    """Return what a part, whose trainings stand as their states have them, says in figures, and keeps behind them."""
    each = [states_of[one.code] for one in trainings]
    people = sum(sum(one["new"]["sex"].values()) for one in each)
    evaluated = _evaluated(zip(trainings, map(states.seats, each), strict=True), issue.k)
    content = _counted(trainings, people, [states.seats(one) for one in each])
    content["knowledge"] = _knowledge([one["pairs"] for one in each], earlier)
    content["evaluation"] = _evaluation(evaluated, issue.k, earlier)
    return content, {"evaluated": evaluated}


def figures_inside(trainings: Sequence[TrainingFacts]) -> Json:
    """Return the figures with nothing hidden: of an evaluation also how many of those who came have answered."""
    people = sum(len(seats) for seats in rules.newcomers(trainings).values())
    content = _counted(trainings, people, [len(one.seats) for one in trainings])
    content["knowledge"] = _knowledge([one.pairs for one in trainings], ())
    evaluated = _evaluated(((one, one.attended) for one in trainings), FEWEST)
    content["evaluation"] = None
    if evaluated["rated"] >= FEWEST:
        exact = Share(disclosure.percent(evaluated["favorable"], evaluated["rated"]), Bound.EXACT)
        content["evaluation"] = _said_of(evaluated, exact)
    return content


def as_said(figure: Any) -> Any:
    """Return what a figure says, whether it is counted anew or stays as an earlier release has said it."""
    return {name: it for name, it in figure.items() if name != _AS_OF} if isinstance(figure, dict) else figure


def _counted(trainings: Sequence[TrainingFacts], people: int, seats: Sequence[int]) -> Json:
    months = rules.months(zip((one.ends_on for one in trainings), seats, strict=True))
    return {
        "figures": {
            "trainings": len(trainings),
            "people": people,
            "seats": sum(seats),
            "hours": (sum(one.minutes * number for one, number in zip(trainings, seats, strict=True)) + 30) // 60,
            "copies": sum(one.copies for one in trainings),
        },
        "months": [list(month) for month in months],
    }


def _knowledge(pairs: Sequence[Sequence[Any]], earlier: Sequence[Part]) -> Json | None:
    """Return the change between the tests of all trainings; fewer than ten pairs that came since wait for more."""
    change = rules.change_of([(before, after) for one in pairs for before, after in one])
    now = None
    if change is not None:
        rounded = {name: round(getattr(change, name), 1) for name in _CHANGE}
        now = {"pairs": change.pairs, **rounded, "trainings": sum(bool(one) for one in pairs)}
    published = _published("knowledge", earlier)
    may_follow = now is not None and all(_may_follow(now, part.content["knowledge"]) for part in published)
    return now if may_follow else _as_before("knowledge", published)


def _may_follow(now: Json, before: Json) -> bool:
    """Tell whether two publications of a mean give no mean of a few away: nothing has changed, or enough came."""
    is_same = all(now[name] == before[name] for name in ("pairs", *_CHANGE))
    return is_same or abs(now["pairs"] - before["pairs"]) >= FEWEST_PAIRS


def _evaluated(trainings: Iterable[tuple[TrainingFacts, int]], k: int) -> Json:
    """Return what the evaluations say that enough have answered, beside how many people stand behind each of them."""
    found = dict.fromkeys(("trainings", "people", "forms", "rated", "favorable"), 0)
    for one, people in trainings:
        if one.forms >= k:
            for name, number in (("trainings", 1), ("people", people), ("forms", one.forms)):
                found[name] += number
            found["rated"] += one.rated
            found["favorable"] += one.favorable
    return found


def _evaluation(now: Json, k: int, earlier: Sequence[Part]) -> Json | None:
    """Return the share of good marks, by the rule of shares; what may not follow waits."""
    published = _published("evaluation", earlier)
    may_follow = all(_may_share_follow(now, part, k) for part in published)
    if may_follow and not disclosure.is_small(now["forms"] - now["people"], k):
        share = disclosure.share(now["favorable"], now["rated"], k)
        return _said_of(now, share) if share else None
    return _as_before("evaluation", [part for part in published if "bound" in part.content["evaluation"]])


def _said_of(evaluated: Json, share: Share) -> Json:
    counted = {name: evaluated[name] for name in ("trainings", "people", "forms")}
    return counted | {"favorable": share.percent, "bound": share.bound.value}


def _may_share_follow(now: Json, part: Part, k: int) -> bool:
    """Tell whether neither the good marks that came since nor the forms beyond those who completed are of a few.

    Releases before this rule said every share as it was.
    """
    said = part.content["evaluation"]
    was = part.basis.get("evaluated")
    if was is None:
        was = {"rated": said["forms"], "favorable": round(said["forms"] * said["favorable"] / 100)}
        was |= {"forms": said["forms"], "people": said["attended"]}
    beyond = (now["forms"] - now["people"]) - (was["forms"] - was["people"])
    is_enough = now["forms"] == was["forms"] or now["forms"] - was["forms"] >= k
    return (
        is_enough
        and not disclosure.is_small(beyond, k)
        and disclosure.may_follow(
            (now["favorable"], now["rated"]),
            (was["favorable"], was["rated"]),
            Bound(said.get("bound", Bound.EXACT)),
            k,
        )
    )


def _published(name: str, earlier: Sequence[Part]) -> list[Part]:
    """Return the parts that have published a figure anew."""
    return [part for part in earlier if part.content[name] is not None and _AS_OF not in part.content[name]]


def _as_before(name: str, published: Sequence[Part]) -> Json | None:
    """Return a figure as it was published last, with the release that it is of; None if it never was."""
    return {_AS_OF: published[-1].number} | published[-1].content[name] if published else None

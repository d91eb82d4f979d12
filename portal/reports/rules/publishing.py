"""What of the counts a release shows: one part for each project, and one of all trainings for use inside.

A part has two sides. Its *content* is what may be read; a hidden count is null in it, and small categories of a list
stand together as "other". Its *basis* holds the counts behind it, so that the next release can be held against this
one; the basis never leaves the database.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from portal.reports.rules import counting, hiding
from portal.reports.rules.counting import BY_TRAINING, FEWEST_PAIRS, Counted, Dimension, TrainingFacts
from portal.reports.rules.parts import WHOLE, Books, Issue, Json, Part
from portal.trainings.rules import disclosure
from portal.trainings.rules.disclosure import Counts

_ABSENT = -1  # A training that was not there.


def parts(
    trainings: Sequence[TrainingFacts],
    issue: Issue,
    earlier: Mapping[str, Sequence[Part]],
    tell: Callable[[int, int], None] | None = None,
) -> list[Part]:
    """Return the parts of a release; `earlier` are the parts of each project in all releases before, in order."""
    projects = [*sorted({one.project for one in trainings if one.project} | earlier.keys() - {WHOLE}), WHOLE]
    found = []
    for project in projects:
        if tell is not None:
            tell(len(found), len(projects))
        counted = [one for one in trainings if project in (one.project, WHOLE)]
        found.append(make_part(project, counted, issue, earlier.get(project, ())))
    return found


def make_part(project: str, trainings: Sequence[TrainingFacts], issue: Issue, earlier: Sequence[Part]) -> Part:
    """Return one part of a release, hiding what its own counts or those of earlier releases would give back."""
    counted = counting.count(trainings)
    basis: Json = {
        "trainings": {one.code: hiding.basis_of(one, issue, earlier) for one in counted.trainings},
        "tables": {one.value: hiding.with_zeros(counted.tables[one], one, issue, earlier) for one in Dimension},
        "corrections": {one.code: one.corrections for one in counted.trainings},
        "seats": counted.seats,
    }
    basis["hidden"] = {one.value: sorted(hiding.hide_sums(one, basis, issue, earlier)) for one in BY_TRAINING}
    basis["hidden"]["service"] = hiding.hide_services(basis, issue, earlier)
    before = earlier[-1] if earlier else None
    corrected = _corrected(basis, before)
    content: Json = {
        "release": issue.number,
        "project": project,
        "until": issue.until.isoformat(),
        "k": issue.k,
        "regions": list(issue.regions),
        "figures": _figures(counted, issue.k, earlier),
        "tables": _tables(basis),
        "months": [list(month) for month in counting.months(counted.trainings)],
        "knowledge": _knowledge(counted, earlier),
        "evaluation": _evaluation(counted, issue.k, earlier),
        "trainings": [_training(one, basis) for one in counted.trainings],
        "corrected": corrected,
        "since": _since(counted, before, corrected),
        "left_out": list(issue.left_out.get(project, ())),
    }
    content["names"] = _names(content, issue)
    return Part(project, content, basis)


def open_content(trainings: Sequence[TrainingFacts], regions: Sequence[str]) -> Json:
    """Return counts in the shape of a part with nothing hidden: for those who run the trainings, and nobody else."""
    counted = counting.count(trainings)
    issue = Issue(0, date.max, 0, regions)
    basis: Json = {
        "trainings": {one.code: hiding.basis_of(one, issue, ()) | {"hidden": {}} for one in counted.trainings},
        "tables": {one.value: hiding.with_zeros(counted.tables[one], one, issue, ()) for one in Dimension},
        "hidden": {"service": []},
    }
    return {
        "k": disclosure.FEWEST,
        "regions": list(regions),
        "figures": {
            "trainings": len(counted.trainings),
            "people": counted.people,
            "seats": counted.seats,
            "hours": counted.hours,
            "copies": counted.copies,
        },
        "tables": _tables(basis),
        "months": [list(month) for month in counting.months(counted.trainings)],
        "knowledge": _shown_change(counted),
        "evaluation": _shown_evaluation(counted, disclosure.FEWEST),
        "trainings": [_training(one, basis) for one in counted.trainings],
    }


def changed_books(seen: Books, found: Books) -> list[str]:
    """Return the trainings whose books do not stand as somebody has seen them."""
    return sorted(code for code in seen.keys() | found.keys() if seen.get(code, _ABSENT) != found.get(code, _ABSENT))


def is_same(part: Part, before: Part | None) -> bool:
    """Tell whether a part says nothing that the release before has not said."""
    changing = ("release", "until", "since", "corrected", "left_out", "names")
    if before is None:
        return not part.content["trainings"]
    one, other = ({key: text for key, text in it.content.items() if key not in changing} for it in (part, before))
    return one == other and part.basis["trainings"] == before.basis["trainings"]


def count_tables(part: Part) -> tuple[int, int]:
    """Return how many tables a part holds, and how many counts are hidden in them."""
    states = [part.basis, *part.basis["trainings"].values()]
    hidden = 0
    for state in states:
        for dimension, names in state["hidden"].items():
            is_listed = dimension in hiding.LISTED
            hidden += sum(not is_listed or state["tables"][dimension][name] > 0 for name in names)
    return len(BY_TRAINING) * len(states) + len(part.content["tables"]["service"]), hidden


def _names(content: Json, issue: Issue) -> Json:
    """Return the names of what the content shows, and of nothing that it hides."""
    tables = [content["tables"], *(one["tables"] for one in content["trainings"])]
    shown = {name for one in tables for it in ("region", "institution") for name in one[it]["cells"]}
    shown |= {name.rpartition("/")[2] for it in content["tables"]["service"].values() for name in it["cells"]}
    return {name: dict(issue.names[name]) for name in sorted(shown) if name in issue.names}


def _tables(basis: Json) -> Json:
    hidden = basis["hidden"]
    tables = {one.value: _table(one, basis["tables"][one.value], hidden.get(one.value, ())) for one in BY_TRAINING}
    services = {
        institution: _listed(counts, hidden["service"])
        for institution, counts in hiding.services_of(basis).items()
        if list(counts) != [f"{institution}/{institution}"]
    }
    tables["service"] = {name: table for name, table in services.items() if table["cells"]}
    return tables


def _table(dimension: Dimension, counts: Counts, hidden: Collection[str]) -> Json:
    if dimension == Dimension.INSTITUTION:
        return _listed(counts, hidden)
    shown = {name: None if name in hidden else count for name, count in counts.items()}
    named = {name: count for name, count in shown.items() if name != counting.UNKNOWN or counts[name] or name in hidden}
    return {"cells": named, "other": None}


def _listed(counts: Counts, hidden: Collection[str]) -> Json:
    """Return a list's table: the hidden ones together as "other", which a reader could add up all the same."""
    shown = {name: count for name, count in counts.items() if count and name not in hidden}
    return {
        "cells": dict(sorted(shown.items(), key=lambda one: (-one[1], one[0]))),
        "other": sum(counts[name] for name in hidden if name in counts) or None if shown else None,
    }


def _training(training: TrainingFacts, basis: Json) -> Json:
    mine = basis["trainings"][training.code]
    return {
        "code": training.code,
        "titles": dict(training.titles),
        "region": training.region,
        "starts_on": training.starts_on.isoformat(),
        "ends_on": training.ends_on.isoformat(),
        "seats": len(training.seats),
        "tables": {
            one.value: _table(one, mine["tables"][one.value], mine["hidden"].get(one.value, ())) for one in BY_TRAINING
        },
    }


def _figures(counted: Counted, k: int, earlier: Sequence[Part]) -> Json:
    steps = [
        abs(counted.seats - part.basis["seats"]) for part in earlier if part.content["figures"]["hours"] is not None
    ]
    is_shown = counted.seats >= k and not any(disclosure.is_small(step, k) for step in steps)
    return {
        "trainings": len(counted.trainings),
        "people": counted.people,
        "seats": counted.seats,
        "hours": counted.hours if is_shown else None,
        "copies": counted.copies if is_shown else None,
    }


def _knowledge(counted: Counted, earlier: Sequence[Part]) -> Json | None:
    """Return the change between the tests, unless fewer than ten pairs came since it was last shown."""
    now = _shown_change(counted)
    shown = [part.content["knowledge"] for part in earlier if part.content["knowledge"] is not None]
    return now if now and all(_may_follow(now, old, "pairs", FEWEST_PAIRS) for old in shown) else None


def _shown_change(counted: Counted) -> Json | None:
    change = counted.change
    if change is None:
        return None
    rounded = {name: round(getattr(change, name), 1) for name in ("pre", "post", "mean", "low", "high")}
    return {"pairs": change.pairs, **rounded}


def _evaluation(counted: Counted, k: int, earlier: Sequence[Part]) -> Json | None:
    now = _shown_evaluation(counted, k)
    shown = [part.content["evaluation"] for part in earlier if part.content["evaluation"] is not None]
    return now if now and all(_may_follow(now, old, "forms", k) for old in shown) else None


def _shown_evaluation(counted: Counted, k: int) -> Json | None:
    forms = sum(one.forms for one in counted.trainings)
    rated = sum(one.rated for one in counted.trainings)
    if min(forms, rated) < k:
        return None
    favorable = sum(one.favorable for one in counted.trainings)
    percent = (200 * favorable + rated) // (2 * rated)
    return {"forms": forms, "attended": counted.attended, "favorable": percent}


def _may_follow(now: Json, before: Json, number: str, least: int) -> bool:
    """Tell whether two publications of a mean give no mean of a few away: nothing has changed, or enough came."""
    return now == before or abs(now[number] - before[number]) >= least


def _corrected(basis: Json, before: Part | None) -> list[str]:
    """Return the trainings that were corrected since the release before, or whose counts are not the same."""
    if before is None:
        return []
    old, numbers = before.basis["trainings"], before.basis["corrections"]
    return [
        code
        for code, one in basis["trainings"].items()
        if code in old and (_facts(old[code]) != _facts(one) or numbers[code] != basis["corrections"][code])
    ]


def _facts(one: Json) -> tuple[Any, Any]:
    counted = {name: {it: count for it, count in table.items() if count} for name, table in one["tables"].items()}
    return counted, one["measured"]


def _since(counted: Counted, before: Part | None, corrected: Sequence[str]) -> Json | None:
    """Return what differs from the release before."""
    if before is None:
        return None
    figures, old = before.content["figures"], before.basis["trainings"]
    codes = [one.code for one in counted.trainings]
    return {
        "release": before.number,
        "added": [code for code in codes if code not in old],
        "gone": [code for code in old if code not in codes],
        "corrected": list(corrected),
        "people": counted.people - figures["people"],
        "seats": counted.seats - figures["seats"],
        "k": before.content["k"],
    }

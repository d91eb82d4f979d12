"""What a release shows: one part per project, and an internal one for all trainings.

A part has two sides. Its *content* is what may be read; a hidden count is null in it, and small categories of a list
stand together as "other". Its *basis* holds the counts behind it, so that the next release can be held against this
one; the basis never leaves the database.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from portal.reports import disclosure, figures, hiding, rules, states
from portal.reports.disclosure import Counts
from portal.reports.rules import BY_TRAINING, WHOLE, Books, Dimension, Issue, Json, Part, TrainingFacts, by_day

_ABSENT = -1  # A training that was not there.


def parts(
    trainings: Sequence[TrainingFacts],
    issue: Issue,
    earlier: Mapping[str, Sequence[Part]],
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Part]:
    """Return the parts of a release; `earlier` are the parts of each project in all releases before, in order."""
    projects = [*sorted({one.project for one in trainings if one.project} | earlier.keys() - {WHOLE}), WHOLE]
    found: list[Part] = []
    for project in projects:
        if on_progress is not None:
            on_progress(len(found), len(projects))
        counted = [one for one in trainings if project in (one.project, WHOLE)]
        found.append(make_part(project, counted, issue, earlier.get(project, ())))
    return found


def make_part(project: str, trainings: Sequence[TrainingFacts], issue: Issue, earlier: Sequence[Part]) -> Part:
    """Return one part of a release, hiding what its own counts or those of earlier releases would give back."""
    earlier = [part.grouped(issue.groups) for part in earlier]
    facts = [one.grouped(issue.groups) for one in states.in_order(trainings, earlier)]
    new = rules.newcomers(facts)
    basis: Json = {"trainings": {one.code: states.state_of(one, new[one.code], issue, earlier) for one in facts}}
    basis["tables"] = {one.value: hiding.sums_of(one, basis, issue, earlier) for one in Dimension}
    basis["hidden"] = {one.value: sorted(hiding.hide_sums(one, basis, issue, earlier)) for one in BY_TRAINING}
    basis["hidden"]["service"] = hiding.hide_services(basis, issue, earlier)
    said, kept = figures.figures_of(by_day(facts), basis["trainings"], issue, earlier)
    basis |= kept
    before = earlier[-1] if earlier else None
    content: Json = {
        "release": issue.number,
        "project": project,
        "until": issue.until.isoformat(),
        "k": issue.k,
        "regions": list(issue.regions),
        **said,
        "tables": _tables(basis),
        "trainings": [_training(one, basis["trainings"][one.code]) for one in by_day(facts)],
        "waiting": [one.code for one in facts if states.has_waiting(one, basis["trainings"][one.code], issue)],
        "since": _since(basis, said["figures"], before),
        "left_out": list(issue.left_out.get(project, ())),
    }
    content["names"] = _names(content, issue)
    return Part(project, content, basis)


def open_content(trainings: Sequence[TrainingFacts], regions: Sequence[str]) -> Json:
    """Return counts in the shape of a part with nothing hidden: for those who run the trainings, and nobody else."""
    facts = by_day(trainings)
    issue = Issue(0, date.max, 0, regions)
    new = rules.newcomers(facts)
    basis: Json = {"trainings": {one.code: states.state_of(one, new[one.code], issue, ()) for one in facts}}
    basis["tables"] = {one.value: hiding.sums_of(one, basis, issue, ()) for one in Dimension}
    basis["hidden"] = {"service": []}
    return {
        "k": disclosure.FEWEST,
        "regions": list(regions),
        **figures.figures_inside(facts),
        "tables": _tables(basis),
        "trainings": [_training(one, basis["trainings"][one.code] | {"hidden": {}}) for one in facts],
    }


def changed_books(seen: Books, found: Books) -> list[str]:
    """Return the trainings whose books do not stand as somebody has seen them."""
    return sorted(code for code in seen.keys() | found.keys() if seen.get(code, _ABSENT) != found.get(code, _ABSENT))


def is_same(part: Part, before: Part | None) -> bool:
    """Tell whether a part says nothing that the release before has not said."""
    if before is None:
        return not part.content["trainings"]
    return _said(part.content) == _said(before.content)


def count_tables(part: Part) -> tuple[int, int]:
    """Return how many tables a part holds, and how many counts are hidden in them."""
    tables = [part.basis, *part.basis["trainings"].values()]
    hidden = 0
    for state in tables:
        for dimension, names in state["hidden"].items():
            is_listed = dimension in hiding.LISTED
            hidden += sum(not is_listed or state["tables"][dimension][name] > 0 for name in names)
    return len(BY_TRAINING) * len(tables) + len(part.content["tables"]["service"]), hidden


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
    named = {name: count for name, count in shown.items() if name != rules.UNKNOWN or counts[name] or name in hidden}
    return {"cells": named, "other": None}


def _listed(counts: Counts, hidden: Collection[str]) -> Json:
    """Return a list's table: the hidden ones together as "other", which a reader could add up all the same."""
    shown = {name: count for name, count in counts.items() if count and name not in hidden}
    return {
        "cells": dict(sorted(shown.items(), key=lambda one: (-one[1], one[0]))),
        "other": sum(counts[name] for name in hidden if name in counts) or None if shown else None,
    }


def _training(training: TrainingFacts, state: Json) -> Json:
    return {
        "code": training.code,
        "titles": dict(training.titles),
        "region": training.region,
        "starts_on": training.starts_on.isoformat(),
        "ends_on": training.ends_on.isoformat(),
        "seats": states.seats(state),
        "tables": {
            one.value: _table(one, table, state["hidden"].get(one.value, ()))
            for one, table in ((one, state["tables"][one.value]) for one in BY_TRAINING)
        },
    }


def _said(content: Json) -> Json:
    """Return what a release says of people, whichever it is and whatever waits for the next."""
    changing = ("release", "until", "since", "waiting", "left_out", "names")
    return {name: figures.as_said(text) for name, text in content.items() if name not in changing}


def _since(basis: Json, shown: Json, before: Part | None) -> Json | None:
    if before is None:
        return None
    old = before.basis["trainings"]
    return {
        "release": before.number,
        "added": [code for code in basis["trainings"] if code not in old],
        "gone": [code for code in old if code not in basis["trainings"]],
        "corrected": [
            code for code, one in basis["trainings"].items() if code in old and not states.is_same(one, old[code])
        ],
        "people": shown["people"] - before.content["figures"]["people"],
        "seats": shown["seats"] - before.content["figures"]["seats"],
        "k": before.content["k"],
    }

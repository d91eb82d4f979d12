"""Publish a release: count what is finalized, hide what singles out, freeze the rest under the next number."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.audit.rules import canonical
from portal.people import queries as people
from portal.people.rules.records import LANGUAGES
from portal.platform.db import db, serialize
from portal.platform.errors import Conflict, DomainError
from portal.platform.wording import _l
from portal.reports.models import Release, ReleasePart
from portal.reports.queries import counts, releases
from portal.reports.rules import publishing
from portal.reports.rules.parts import WHOLE, Issue, Part
from portal.trainings import queries as directory
from portal.trainings.models import Training

_ALONE = "publish a release"


class NothingToPublish(DomainError):
    """Nothing is finalized yet."""

    message = _l("No training that ended by this day is finalized. A release counts finalized trainings only.")


class NothingChanged(Conflict):
    """The release would say what the last one says."""

    message = _l("Nothing has changed since release %(number)s: no new one is needed.")


class BeforeLast(DomainError):
    """The release would count less than the last one."""

    message = _l("Release %(number)s counts up to %(until)s. A new one cannot end before that.")


class PublishedMeanwhile(Conflict):
    """Somebody was quicker."""

    message = _l("Release %(number)s was published meanwhile. Look at what a new one would say, then decide again.")


@dataclass(frozen=True)
class Draft:
    """A release as it would be published now."""

    number: int
    until: date
    k: int
    parts: Sequence[Part]
    left_out: Sequence[Training]
    last: Release | None

    @property
    def whole(self) -> Part:
        """Return the part of all trainings."""
        return next(part for part in self.parts if part.project == WHOLE)

    @property
    def tables(self) -> int:
        """Return how many tables all parts hold."""
        return sum(publishing.count_tables(part)[0] for part in self.parts)

    @property
    def hidden_cells(self) -> int:
        """Return how many counts all parts hide."""
        return sum(publishing.count_tables(part)[1] for part in self.parts)


def prepare(until: date, k: int) -> Draft:
    """Return the release that would be published, without writing anything.

    :raises BeforeLast: if an earlier release counts further than this day.
    :raises NothingToPublish: if no training is finalized.
    :raises NothingChanged: if the last release says the same.
    """
    last = releases.get_last()
    if last is not None and until < last.until:
        raise BeforeLast(number=last.number, until=last.until.isoformat())
    trainings = counts.list_finalized(until)
    if not trainings:
        raise NothingToPublish
    left_out, earlier = counts.list_unfinished(until), releases.list_earlier()
    issue = make_issue(last.number + 1 if last else 1, until, k, left_out)
    parts = publishing.parts(trainings, issue, earlier)
    if last is not None and all(publishing.is_same(part, _last_of(part, earlier)) for part in parts):
        raise NothingChanged(number=last.number)
    return Draft(issue.number, until, k, parts, left_out, last)


def publish(until: date, k: int, *, expected: int | None = None, actor: Actor, now: datetime) -> Release:
    """Publish the counts of everything finalized by a day; `expected` is the number that somebody has looked at.

    :raises PublishedMeanwhile: if that number is taken.
    :raises BeforeLast, NothingToPublish, NothingChanged: as `prepare` does.
    """
    serialize(_ALONE)
    last = releases.get_last()
    if expected is not None and last is not None and last.number >= expected:
        raise PublishedMeanwhile(number=last.number)
    release = freeze(prepare(until, k), actor.label, now)
    audit.record("reports.released", f"release {release.number}", after=_recorded(release), actor=actor, now=now)
    return release


def freeze(draft: Draft, published_by: str, now: datetime) -> Release:
    """Write a release with its parts, once and for ever."""
    rows = [_row(part) for part in draft.parts]
    figures = draft.whole.content["figures"]
    hashes = [[row.code, row.sha256] for row in rows]
    release = Release(
        number=draft.number,
        until=draft.until,
        k=draft.k,
        trainings=figures["trainings"],
        people=figures["people"],
        tables=draft.tables,
        hidden_cells=draft.hidden_cells,
        sha256=_sha256(canonical([draft.number, draft.until.isoformat(), draft.k, hashes])),
        published_at=now,
        published_by=published_by,
    )
    db.session.add(release)
    db.session.flush()
    for row in rows:
        row.release_id = release.id
    db.session.add_all(rows)
    db.session.flush()
    return release


def make_issue(number: int, until: date, k: int, left_out: Sequence[Training]) -> Issue:
    """Return what a release of this number names."""
    regions, institutions = people.list_regions(), people.list_institutions()
    named = {region.code: _names(region) for region in regions} | {one.code: _names(one) for one in institutions}
    open_ones: dict[str, list[str]] = defaultdict(list)
    for training in left_out:
        for code in {WHOLE, training.project.code if training.project else WHOLE}:
            open_ones[code].append(training.code)
    return Issue(
        number=number,
        until=until,
        k=k,
        regions=[region.code for region in regions],
        names=named,
        left_out=open_ones,
    )


def _names(row: Any) -> dict[str, str]:
    return {language: getattr(row, f"name_{language}") for language in LANGUAGES}


def _last_of(part: Part, earlier: dict[str, list[Part]]) -> Part | None:
    return earlier[part.project][-1] if earlier.get(part.project) else None


def _row(part: Part) -> ReleasePart:
    content = canonical(part.content)
    project = None if part.project == WHOLE else directory.get_project_by_code(part.project)
    return ReleasePart(
        code=part.project,
        project_id=project.id if project else None,
        content=content,
        sha256=_sha256(content),
        basis=part.basis,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _recorded(release: Release) -> dict[str, Any]:
    return {
        "until": release.until.isoformat(),
        "k": release.k,
        "trainings": release.trainings,
        "people": release.people,
        "hidden_cells": release.hidden_cells,
        "sha256": release.sha256,
    }

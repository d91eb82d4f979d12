"""Publish a release: count without a lock, hide what could identify people, freeze the rest. Export reports."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.audit.chain import canonical
from portal.catalog import queries as catalog
from portal.people import queries as people
from portal.people.rules import InstitutionKind
from portal.platform import jobs, vault
from portal.platform.db import db, serialize
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.jobs import Job
from portal.platform.texts import LANGUAGES
from portal.reports import publishing, queries, wording
from portal.reports.models import Release, ReleasePart
from portal.reports.rules import GROUPS, WHOLE, Issue, Part, Seen
from portal.trainings.models import Training

_ALONE = "publish a release"
_NAMED = 10


class PublishedMeanwhile(Conflict):
    message = _l("Release %(number)s was published meanwhile. Look at what a new one would say, then decide again.")


@dataclass(frozen=True)
class Draft:
    """A release as it would be published now; `texts` is what its parts say, as their hashes cover it."""

    seen: Seen
    parts: Sequence[Part]
    texts: Sequence[str]
    left_out: Sequence[Training] = ()

    @property
    def whole(self) -> Part:
        return next(part for part in self.parts if part.project == WHOLE)

    @property
    def tables(self) -> int:
        return sum(publishing.count_tables(part)[0] for part in self.parts)

    @property
    def hidden_cells(self) -> int:
        return sum(publishing.count_tables(part)[1] for part in self.parts)


def prepare(until: date, k: int, on_progress: Callable[[int, int], None] | None = None) -> Draft:
    """Return the release that would be published, without writing anything; `on_progress` hears of each part.

    :raises Refusal: if an earlier release counts further than this day, or no training is finalized.
    :raises Conflict: if the last release says the same.
    """
    last, books = queries.get_last(), queries.list_books(until)
    if last is not None and until < last.until:
        raise Refusal(
            "before_last",
            _l("Release %(number)s counts up to %(until)s. A new one cannot end before that."),
            number=last.number,
            until=last.until.isoformat(),
        )
    trainings = queries.list_finalized(until)
    if not trainings:
        raise Refusal(
            "nothing_to_publish",
            _l("No training that ended by this day is finalized. A release counts finalized trainings only."),
        )
    left_out, earlier = queries.list_unfinished(until), queries.list_earlier()
    issue = make_issue(last.number + 1 if last else 1, until, k, left_out)
    parts = publishing.parts(trainings, issue, earlier, on_progress)
    if last is not None and all(publishing.is_same(part, earlier.get(part.project, [None])[-1]) for part in parts):
        raise Conflict(
            "nothing_changed",
            _l(
                "Nothing has changed since release %(number)s that may be said: no new one is needed. "
                "A correction of fewer than %(k)s people waits until more have changed."
            ),
            number=last.number,
            k=k,
        )
    return Draft(Seen(issue.number, until, k, books), parts, written(parts), left_out)


def ensure_as_seen(seen: Seen) -> None:
    """Refuse what is no longer as somebody has seen it.

    :raises PublishedMeanwhile: if the number is taken.
    :raises Conflict: if the books of a training were closed, opened or corrected since.
    """
    last = queries.get_last()
    if last is not None and last.number >= seen.number:
        raise PublishedMeanwhile(number=last.number)
    changed = publishing.changed_books(seen.books, queries.list_books(seen.until))
    if changed:
        raise Conflict(
            "changed_meanwhile",
            _l(
                "The books of %(codes)s were closed, opened or corrected since you looked. "
                "Look at what a release would say now, then decide again."
            ),
            codes=", ".join(changed[:_NAMED]) + (" …" if len(changed) > _NAMED else ""),
        )


def publish(draft: Draft, *, actor: Actor, now: datetime) -> Release:
    """Freeze a draft under its number.

    :raises Conflict: if it is no longer what a release would say.
    """
    serialize(_ALONE)
    ensure_as_seen(draft.seen)
    release = freeze(draft, actor.label, now)
    audit.record("reports.released", f"release {release.number}", after=queries.recorded(release), actor=actor, now=now)
    return release


def freeze(draft: Draft, published_by: str, now: datetime) -> Release:
    """Write a release with its parts, once and for ever."""
    rows = [_row(part, text) for part, text in zip(draft.parts, draft.texts, strict=True)]
    figures = draft.whole.content["figures"]
    number, until, k = draft.seen.number, draft.seen.until, draft.seen.k
    release = Release(
        number=number,
        until=until,
        k=k,
        trainings=figures["trainings"],
        people=figures["people"],
        tables=draft.tables,
        hidden_cells=draft.hidden_cells,
        sha256=queries.whole_hash(number, until, k, rows),
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


def written(parts: Sequence[Part]) -> list[str]:
    """Return what each part says as the text that its hash covers: long before anything is locked for it."""
    return [canonical(part.content) for part in parts]


def make_issue(number: int, until: date, k: int, left_out: Sequence[Training]) -> Issue:
    """Return what a release of this number names."""
    regions, institutions = people.list_regions(), people.list_institutions()
    named = {
        row.code: {language: getattr(row.name, language) for language in LANGUAGES}
        for rows in (regions, institutions)
        for row in rows
    }
    named |= {group: wording.names_of_group(group) for group in wording.GROUPS}
    kinds = {one.code: GROUPS.get(InstitutionKind(one.kind)) for one in institutions if one.parent_id is None}
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
        groups={code: group for code, group in kinds.items() if group},
        draw=vault.draw,
    )


def _row(part: Part, content: str) -> ReleasePart:
    project = None if part.project == WHOLE else catalog.get_project_by_code(part.project)
    return ReleasePart(
        code=part.project,
        project_id=project.id if project else None,
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        basis=part.basis,
    )


JOB = "publish-release"
_NEXT = "next"  # The one subject of these jobs: of two that are asked for at once there is one.


def request(seen: Seen, *, locale: str, is_offered: bool = True, actor: Actor, now: datetime) -> Job:
    """Have what somebody has seen published; while a release is on its way, the job of that one is returned.

    `locale` is the language in which a refusal of the job is worded.

    :raises Conflict: if it is no longer what a release would say.
    """
    ensure_as_seen(seen)
    return jobs.enqueue(
        JOB,
        subject=_NEXT,
        requested_by=actor.label,
        now=now,
        is_offered=is_offered,
        until=seen.until.isoformat(),
        k=seen.k,
        number=seen.number,
        books=dict(seen.books),
        locale=locale,
    )


def find_run() -> Job | None:
    """Return the newest run, whatever became of it."""
    return jobs.find_latest(JOB, _NEXT)


def note_report(training: Training, copy: str, language: str, *, actor: Actor, now: datetime) -> None:
    """Record who made which copy of a training's report."""
    after = {"kind": copy, "language": language}
    audit.record("reports.report_made", f"training {training.code}", after=after, actor=actor, now=now)

"""Import and undo as a page asks for them: a short list while somebody waits, a long one by a job with its progress.

The job plans without a lock and then does everything in one transaction: killed before its end it leaves nothing
behind, and whoever runs it again begins anew; killed after it, it finds its work done.
"""

from datetime import datetime

from portal.access.policy import Actor
from portal.platform import jobs
from portal.platform.jobs import Job
from portal.registration.models import NominationList
from portal.registration.operations import imports, imports_commit
from portal.registration.operations.imports_commit import Imported, NothingToImport, Undone
from portal.registration.operations.imports_reading import AT_ONCE
from portal.registration.queries import nominations as queries

COMMIT, UNDO = "import-nominations", "undo-import"


def commit(
    nomination_list: NominationList, *, version: int | None, locale: str, actor: Actor, now: datetime
) -> Imported | None:
    """Import a list at once, or have a job import a long one and return None; see `imports_commit.commit`.

    `locale` is the language in which a refusal of the job is worded.
    """
    if not _is_long(nomination_list):
        return imports_commit.commit(nomination_list, version=version, actor=actor, now=now)
    imports.expect_waiting(nomination_list, version)
    if not queries.count_rows(nomination_list).good:
        raise NothingToImport
    _enqueue(COMMIT, nomination_list, locale=locale, actor=actor, now=now)
    return None


def undo(
    nomination_list: NominationList, *, version: int | None, locale: str, actor: Actor, now: datetime
) -> Undone | None:
    """Undo an import at once, or have a job undo a long one and return None; see `imports_commit.undo`."""
    if not _is_long(nomination_list):
        return imports_commit.undo(nomination_list, version=version, actor=actor, now=now)
    imports_commit.expect_undoable(nomination_list, version)
    _enqueue(UNDO, nomination_list, locale=locale, actor=actor, now=now)
    return None


def find_job(nomination_list: NominationList) -> Job | None:
    """Return the job that is at work on a list, or the one that failed at its next step."""
    if not nomination_list.is_read:
        return jobs.find_latest(imports.JOB, nomination_list.reference)
    name = COMMIT if nomination_list.state == "staged" else UNDO
    job = jobs.find_latest(name, nomination_list.reference)
    return job if job is not None and job.state != "done" else None


def _is_long(nomination_list: NominationList) -> bool:
    return queries.count_stored(nomination_list.id) > AT_ONCE


def _enqueue(name: str, nomination_list: NominationList, *, locale: str, actor: Actor, now: datetime) -> None:
    jobs.enqueue(
        name,
        subject=nomination_list.reference,
        requested_by=actor.label,
        now=now,
        list_reference=nomination_list.reference,
        version=nomination_list.version,
        locale=locale,
    )

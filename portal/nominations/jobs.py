"""Read, import and undo long nomination lists in the background: look without a lock, then write at once."""

from typing import Any

from portal.access.permissions import Permission
from portal.access.policy import Actor
from portal.accounts.operations import actor_of
from portal.nominations import imports, operations, queries
from portal.nominations.models import NominationList
from portal.nominations.operations import ListChanged
from portal.platform import clock, jobs
from portal.platform.db import reading_session, transaction


@jobs.handler(operations.JOB)
def read_nominations(progress: jobs.Progress, *, list_reference: str) -> dict[str, Any]:
    """Judge the rows of a staged list; repeated, it changes nothing."""
    with reading_session():
        nomination_list = queries.get_list(list_reference)
        if nomination_list is None or nomination_list.state != "staged":
            return {"rows": 0}
        rows = queries.count_stored(nomination_list.id)
        progress.report(0, rows)
        reading = operations.look_through(
            nomination_list, today=clock.now().date(), on_progress=lambda done: progress.report(done, rows)
        )
    with transaction():
        nomination_list = _get(list_reference)
        if nomination_list.state == "staged":
            operations.read(nomination_list, reading, now=clock.now())
    return {"rows": rows}


@jobs.handler(imports.COMMIT)
def import_nominations(progress: jobs.Progress, *, list_reference: str, version: int, locale: str) -> dict[str, Any]:
    """Import a staged list; repeated, it finds the list imported."""
    with reading_session():
        nomination_list = _get(list_reference)
        if nomination_list.state == "committed":
            return {}
        rows = queries.count_rows(nomination_list).good
        progress.report(0, rows)
        with jobs.job_locale(locale):
            if nomination_list.version != version:
                raise ListChanged
            planned = imports.look_through(nomination_list, lambda done: progress.report(done, rows))
    with transaction(), jobs.job_locale(locale):
        nomination_list = _get(list_reference)
        actor = _actor(progress, nomination_list)
        imported = imports.commit(nomination_list, version=version, planned=planned, actor=actor, now=clock.now())
    return {"registrations": imported.registrations, "people": imported.people, "registered": imported.registered}


@jobs.handler(imports.UNDO)
def undo_import(progress: jobs.Progress, *, list_reference: str, version: int, locale: str) -> dict[str, Any]:
    """Undo an import; repeated, it finds it undone."""
    with reading_session():
        nomination_list = _get(list_reference)
        if nomination_list.state == "undone":
            return {}
        rows = queries.count_rows(nomination_list).good
    progress.report(0, rows)
    with transaction(), jobs.job_locale(locale):
        nomination_list = _get(list_reference)
        actor = _actor(progress, nomination_list)
        undone = imports.undo(nomination_list, version=version, actor=actor, now=clock.now())
    return {"registrations": undone.registrations, "people": undone.people, "kept": undone.kept}


def _get(list_reference: str) -> NominationList:
    nomination_list = queries.get_list(list_reference)
    assert nomination_list is not None
    return nomination_list


def _actor(progress: jobs.Progress, nomination_list: NominationList) -> Actor:
    return actor_of(progress.requested_by, Permission.IMPORT_NOMINATIONS, nomination_list.training)

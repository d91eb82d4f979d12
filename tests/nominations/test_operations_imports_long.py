"""Lists too long to wait for: read, imported and undone by jobs that hold nobody up and leave nothing half done."""

import os
import signal
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, UOWTransaction

from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.list_reader.columns import Column
from portal.nominations import imports
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nomination_queries
from portal.nominations.imports import Imported, Undone
from portal.nominations.jobs import read_nominations
from portal.nominations.models import NominationList
from portal.nominations.reading import AT_ONCE
from portal.platform import clock, jobs
from portal.platform.db import db, transaction
from portal.platform.jobs import Job, Progress
from portal.trainings.models import Training
from tests import factories
from tests.nominations import staging
from tests.nominations.staging import BY, line
from tests.parallel import dies
from tests.refusals import raises_refusal

LONG = AT_ONCE + 4
ASKED = {"version": None, "locale": "ru", **BY}


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(capacity=20_000)


def stage_read(training: Training, rows: int, run_jobs) -> NominationList:
    """Stage a list, and let the job read it if it is long."""
    reference = staging.stage(training, *staging.lines(rows)).reference
    run_jobs()
    found = nomination_queries.get_list(reference)
    assert found is not None
    return found


def the_job(name: str) -> Job:
    return db.session.scalars(select(Job).where(Job.name == name)).one()


class Noted(Progress):
    """Notes each report and writes it like any other, on a connection of its own: nobody holds the lock meanwhile."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id, job.requested_by)
        self.reports: list[tuple[int, int]] = []

    def report(self, done: int, total: int) -> None:
        super().report(done, total)
        self.reports.append((done, total))


def test_short_list_is_imported_and_undone_while_somebody_waits(training: Training, run_jobs) -> None:
    nomination_list = stage_read(training, 3, run_jobs)
    assert imports.start_import(nomination_list, **ASKED) == Imported(3, 3, 0)
    assert imports.start_undo(nomination_list, **ASKED) == Undone(3, 3, 0)
    assert db.session.scalar(select(func.count()).select_from(Job)) == 0


def test_long_list_tells_how_far_it_is_read(training: Training) -> None:
    nomination_list = staging.stage(training, *staging.lines(LONG))
    reference = nomination_list.reference
    assert (nomination_list.is_read, nomination_queries.count_rows(nomination_list).rows) == (False, 0)
    with raises_refusal("list_not_read"):
        imports.start_import(nomination_list, **ASKED)
    db.session.commit()
    progress = Noted(the_job(nomination_operations.JOB))
    db.session.rollback()
    assert read_nominations(progress, list_reference=reference) == {"rows": LONG + 1}
    assert progress.reports == [(0, LONG + 1), (500, LONG + 1)]
    found = nomination_queries.get_list(reference)
    assert found is not None and found.is_read and nomination_queries.count_rows(found).new == LONG


def test_long_list_is_imported_and_undone_by_jobs(training: Training, run_jobs, aida) -> None:
    asked = {**ASKED, "actor": aida}
    nomination_list = stage_read(training, LONG, run_jobs)
    assert imports.start_import(nomination_list, **asked) is None
    assert staging.stock()["Registration"] == 0
    assert imports.start_import(nomination_list, **asked) is None, "Who asks twice finds the job that waits."
    job = imports.find_job(nomination_list)
    assert job is not None and (job.state, job.name) == ("queued", imports.COMMIT)
    run_jobs()
    assert the_job(imports.COMMIT).result == {"registrations": LONG, "people": LONG, "registered": 0}
    assert (nomination_list.state, imports.find_job(nomination_list)) == ("committed", None)
    assert len(staging.registered(training)) == LONG
    assert imports.start_undo(nomination_list, **asked) is None
    run_jobs()
    assert the_job(imports.UNDO).result == {"registrations": LONG, "people": LONG, "kept": 0}
    assert nomination_list.state == "undone" and staging.stock()["Person"] == 0
    entries = db.session.execute(select(AuditEntry.event, AuditEntry.actor).order_by(AuditEntry.id)).all()
    assert entries[1:] == [("registration.imported", aida.label), ("registration.import_undone", aida.label)]
    assert entries[0].event == "registration.list_staged"


def test_word_of_a_long_list_is_explained_behind_the_page(training: Training, run_jobs) -> None:
    nomination_list = stage_read(training, LONG, run_jobs)
    version = nomination_list.version
    rows = nomination_operations.interpret(nomination_list, Column.REGION, "г. Ош", "Баткенская область", **BY)
    assert (rows, nomination_list.is_read) == (LONG, False)
    run_jobs()
    assert nomination_list.is_read and nomination_list.version > version
    assert nomination_queries.list_meanings(nomination_list.id, 4, "region") == [("Баткенская область", "KG-B", LONG)]


def test_list_that_changes_before_the_job_begins_is_left_alone(training: Training, run_jobs) -> None:
    nomination_list = stage_read(training, LONG, run_jobs)
    imports.start_import(nomination_list, **ASKED)
    staging.mend(staging.row_of(nomination_list, 2), post="прокурор")
    run_jobs()
    job = imports.find_job(nomination_list)
    assert job is not None and job.state == "failed"
    assert job.error.startswith("Кто-то"), "The refusal is worded in the language of who asked."
    assert (nomination_list.state, staging.stock()["Registration"]) == ("staged", 0)
    imports.start_import(nomination_list, **ASKED)
    run_jobs()
    assert nomination_list.state == "committed" and imports.find_job(nomination_list) is None


def test_what_can_be_refused_at_once_is(training: Training, run_jobs) -> None:
    nomination_list = stage_read(training, LONG, run_jobs)
    with pytest.raises(nomination_operations.ListChanged):
        imports.start_import(nomination_list, **{**ASKED, "version": nomination_list.version - 1})
    imports.start_import(nomination_list, **ASKED)
    run_jobs()
    factories.make_participant_link(staging.registered(training)[0])
    with raises_refusal("import_in_use"):
        imports.start_undo(nomination_list, **ASKED)
    hopeless = stage_hopeless(training)
    run_jobs()
    with pytest.raises(imports.NothingToImport):
        imports.start_import(hopeless, **ASKED)


def stage_hopeless(training: Training) -> NominationList:
    return staging.stage(training, *(line("Асанов", place) for place in range(LONG)))


def test_decision_between_request_and_job_stops_the_undo(training: Training, run_jobs) -> None:
    nomination_list = stage_read(training, LONG, run_jobs)
    imports.commit(nomination_list, **BY)
    imports.start_undo(nomination_list, **ASKED)
    factories.make_participant_link(staging.registered(training)[0])
    run_jobs()
    assert the_job(imports.UNDO).state == "failed"
    assert nomination_list.state == "committed" and len(staging.registered(training)) == LONG


def die_at_commit(app: Flask, reference: str, moment: str, name: str) -> None:
    """Run the job of a list, and kill this process at the commit that ends the list's state."""
    state = {"ends": False}

    def note(session: Session, _context: UOWTransaction) -> None:
        lists = [row for row in session.dirty if isinstance(row, NominationList)]
        state["ends"] |= any(each.state in ("committed", "undone") for each in lists)

    def strike(at: str) -> None:
        if state["ends"] and at == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, "after_flush", note)
    event.listen(Session, "before_commit", lambda _session: strike("before the commit"))
    event.listen(Session, "after_commit", lambda _session: strike("after the commit"))
    with app.app_context():
        job = jobs.find_latest(name, reference)
        assert job is not None
        db.session.rollback()
        jobs.run(job.id)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
@pytest.mark.parametrize("name", [imports.COMMIT, imports.UNDO])
def test_killed_job_leaves_all_or_nothing_and_is_ended_by_the_next(
    training: Training, settings: Settings, run_jobs, name: str, moment: str
) -> None:
    nomination_list = stage_read(training, LONG, run_jobs)
    reference, training_id = nomination_list.reference, training.id
    act = imports.start_import
    if name == imports.UNDO:
        imports.commit(nomination_list, **BY)
        act = imports.start_undo
    act(nomination_list, **ASKED)
    db.session.commit()
    before = staging.stock()
    db.session.rollback()
    dies(settings, die_at_commit, reference, moment, name)
    after = staging.stock()
    assert (after == before) == (moment == "before the commit"), "All of it is there, or nothing."
    db.session.rollback()
    jobs.offer_again(clock.now() + timedelta(minutes=5))
    run_jobs()
    job = jobs.find_latest(name, reference)
    assert job is not None and job.state == "done"
    is_undone = name == imports.UNDO
    ended = staging.stock()
    assert (ended["Registration"], ended["Person"]) == ((0, 0) if is_undone else (LONG, LONG))
    assert ended["AuditEntry"] == before["AuditEntry"] + 1
    found = nomination_queries.get_list(reference)
    assert found is not None and found.state == ("undone" if is_undone else "committed")
    assert db.session.get_one(Training, training_id).capacity == 20_000


@pytest.mark.slow
def test_ten_thousand_people_come_and_go(training: Training, run_jobs) -> None:
    rows = 10_000
    nomination_list = stage_read(training, rows, run_jobs)
    assert nomination_queries.count_rows(nomination_list).new == rows
    imports.start_import(nomination_list, **ASKED)
    run_jobs()
    assert [each.order for each in staging.registered(training)] == list(range(1, rows + 1))
    other = factories.make_training(capacity=20_000)
    again = stage_read(other, rows, run_jobs)
    assert nomination_queries.count_rows(again).known == rows
    with transaction():
        imports.start_import(again, **ASKED)
    run_jobs()
    assert the_job_of(again).result == {"registrations": rows, "people": 0, "registered": 0}
    for each in (again, nomination_list):
        imports.start_undo(each, **ASKED)
        run_jobs()
    counted = staging.stock()
    assert (counted["Registration"], counted["Person"], counted["NominationRow"]) == (0, 0, 0)


def the_job_of(nomination_list: NominationList) -> Job:
    job = jobs.find_latest(imports.COMMIT, nomination_list.reference)
    assert job is not None
    return job

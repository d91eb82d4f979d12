"""A release is published by the worker: counted without a lock, written at once, and only as it was looked at."""

import os
import signal
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, UOWTransaction

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform import clock, jobs
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.reports import operations as report_operations
from portal.reports.models import Release, ReleasePart
from portal.trainings.models import Training
from tests import factories
from tests.factories import NOW
from tests.parallel import dies
from tests.refusals import raises_refusal

pytestmark = pytest.mark.databases("sqlite")
LATER = NOW.date() + timedelta(days=100)


def ask(locale: str = "en") -> Job:
    """Look, and ask for what was seen."""
    return report_operations.request(
        report_operations.prepare(LATER, 5).seen, locale=locale, actor=Operator(), now=clock.now()
    )


def published() -> list[int]:
    return list(db.session.scalars(select(Release.number)))


@pytest.fixture
def training(session) -> Training:
    return factories.make_finalized("9 M KG-GO MOI, 7 F KG-O GPO")


def test_worker_publishes_once_what_was_asked_for_twice(training: Training, run_jobs) -> None:
    first, second = ask(), ask()
    assert first.id == second.id
    assert run_jobs() == 1
    assert published() == [1]
    job = db.session.get_one(Job, first.id)
    assert (job.state, job.result["release"]) == ("done", 1)
    assert job.total == 2, "While it counts, progress is written: with the write lock taken that would wait for itself."


@pytest.mark.parametrize("change", ["closed", "opened", "corrected"])
def test_books_that_change_between_look_and_work_are_named(training: Training, run_jobs, change: str) -> None:
    open_one = factories.make_training(state="held", sessions=1)
    factories.make_finalized("6 M KG-J MOI")
    job_id = ask("ru").id
    if change == "closed":
        changed, open_one.state = open_one.code, "finalized"
    elif change == "opened":
        changed, training.state = training.code, "held"
    else:
        changed, training.corrections = training.code, 1
    run_jobs()
    job = db.session.get_one(Job, job_id)
    assert job.state == "failed" and changed in job.error
    assert published() == []
    ask()
    run_jobs()
    assert published() == [1]


def test_books_that_change_while_it_is_counted_stop_the_write(training: Training, session) -> None:
    """The control: with nothing changed the same draft is published."""
    draft = report_operations.prepare(LATER, 5)
    training.corrections = 1
    with raises_refusal("changed_meanwhile", match=training.code):
        report_operations.publish(draft, actor=Operator(), now=NOW)
    assert published() == []
    training.corrections = 0
    assert report_operations.publish(draft, actor=Operator(), now=NOW).number == 1


def die_at_commit(app: Flask, job_id: int, moment: str, is_whole: bool) -> None:
    """Run the job, and kill this process at the commit of the release, which unless `is_whole` is the first of two."""
    wrote = {"release": False}

    def note(session: Session, _context: UOWTransaction) -> None:
        wrote["release"] |= any(isinstance(row, Release) for row in session.new)

    def strike(at: str) -> None:
        if wrote["release"] and at == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, "after_flush", note)
    event.listen(Session, "before_commit", lambda _session: strike("before the commit"))
    event.listen(Session, "after_commit", lambda _session: strike("after the commit"))
    with app.app_context():
        if not is_whole:
            add_all = db.session.add_all
            db.session.add_all = lambda rows: db.session.commit() or add_all(rows)  # type: ignore[method-assign]
        jobs.run(job_id)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_killed_job_leaves_all_or_nothing_and_the_next_run_ends_it(
    training: Training, settings: Settings, run_jobs, moment: str
) -> None:
    job_id = ask().id
    db.session.commit()
    dies(settings, die_at_commit, job_id, moment, True)
    assert stock() == ([0, 0, 0] if moment == "before the commit" else [1, 2, 1])
    jobs.offer_again(clock.now() + timedelta(minutes=5))
    run_jobs()
    job = db.session.get_one(Job, job_id)
    assert (job.state, job.result["release"]) == ("done", 1)
    assert stock() == [1, 2, 1]


@pytest.mark.slow
def test_control_written_in_two_steps_a_killed_job_leaves_half_a_release(
    training: Training, settings: Settings
) -> None:
    job_id = ask().id
    db.session.commit()
    dies(settings, die_at_commit, job_id, "after the commit", False)
    assert stock() == [1, 0, 0]


def stock() -> list[int | None]:
    """Return how many releases, parts and audit entries of releases there are."""
    entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.event == "reports.released")
    releases, parts = (select(func.count()).select_from(one) for one in (Release, ReleasePart))
    found = [db.session.scalar(one) for one in (releases, parts, entries)]
    db.session.rollback()
    return found

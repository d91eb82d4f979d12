"""Mail and short jobs wait for no long one, and a mail leaves when it is committed, not when the minute is full."""

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.config import Settings
from portal.platform import jobs, mail, queues
from portal.platform.db import db
from portal.platform.jobs import Job, Progress
from portal.platform.mail import Message, OutboxMail
from portal.platform.queues import _Tick
from tests.factories import NOW
from tests.parallel import DEADLINE, running

pytestmark = pytest.mark.databases("sqlite")


@jobs.handler("tests.long")
def wait(_progress: Progress, folder: str) -> dict[str, Any]:
    """Be a long job: begin, and end when told."""
    Path(folder, "begun").touch()
    while not Path(folder, "end").exists():
        threading.Event().wait(0.02)
    return {}


@jobs.handler("tests.short", is_short=True)
def answer(_progress: Progress) -> dict[str, Any]:
    return {"answer": 42}


def work(app: Flask) -> None:
    """Be the worker, without its clock: nothing is done that nobody woke it for."""
    queues.Worker(app, has_clock=False).run()


def queue_mail() -> None:
    mail.queue(Message("asel@example.org", "Сизди чакырабыз", "Текст."), now=NOW)


def pending(app: Flask) -> int:
    huey, _task = app.extensions["portal_jobs_beside"]
    return int(huey.pending_count())


def state_of(job_id: int) -> str:
    db.session.rollback()
    state = db.session.scalars(select(Job.state).where(Job.id == job_id)).one()
    db.session.rollback()
    return state


def enqueue(name: str, **arguments: Any) -> int:
    job_id = jobs.enqueue(name, subject="all", requested_by="operator", now=NOW, **arguments).id
    db.session.commit()
    return job_id


def test_mail_and_short_jobs_wait_for_no_long_one(app: Flask, settings: Settings, tmp_path: Path) -> None:
    long = enqueue("tests.long", folder=str(tmp_path))
    with running(settings, work) as process:
        process.wait_until((tmp_path / "begun").exists)
        short = enqueue("tests.short")
        queue_mail()
        db.session.commit()
        process.wait_until(lambda: state_of(short) == "done")
        process.wait_until(lambda: any((settings.data / "mail").glob("*.eml")))
        assert state_of(long) == "running"
        (tmp_path / "end").touch()
        process.wait_until(lambda: state_of(long) == "done")
        process.signal(signal.SIGTERM)
        assert process.exit_code() == 0
    assert db.session.scalars(select(OutboxMail.state)).all() == ["sent"]


def test_control_job_that_is_not_short_waits(app: Flask, settings: Settings, tmp_path: Path) -> None:
    long = enqueue("tests.long", folder=str(tmp_path))
    other = tmp_path / "other"
    other.mkdir()
    (other / "end").touch()
    with running(settings, work) as process:
        process.wait_until((tmp_path / "begun").exists)
        next_one = jobs.enqueue("tests.long", subject="other", requested_by="x", now=NOW, folder=str(other)).id
        db.session.commit()
        short = enqueue("tests.short")
        process.wait_until(lambda: state_of(short) == "done")
        assert state_of(next_one) == "queued"
        (tmp_path / "end").touch()
        process.wait_until(lambda: state_of(next_one) == "done")
    assert state_of(long) == "done"


def test_worker_is_woken_by_a_commit_only(app: Flask) -> None:
    queue_mail()
    db.session.rollback()
    db.session.commit()
    assert pending(app) == 0
    queue_mail()
    queue_mail()
    assert pending(app) == 0
    db.session.commit()
    assert pending(app) == 1, "Once for all mails of a transaction."


def test_nothing_by_the_clock_is_done_twice_at_a_time_and_nothing_is_missed(app: Flask) -> None:
    begun, go_on, times = threading.Event(), threading.Event(), []

    def act() -> None:
        times.append(threading.get_ident())
        begun.set()
        assert go_on.wait(DEADLINE)

    tick = _Tick(app, act)
    thread = threading.Thread(target=tick)
    thread.start()
    assert begun.wait(DEADLINE)
    tick()  # It is at work: it is told, and nobody waits.
    tick()
    assert len(times) == 1
    go_on.set()
    thread.join(DEADLINE)
    assert times == [thread.ident] * 2, "Once more for all that was asked meanwhile."

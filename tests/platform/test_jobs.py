"""A job is done once, by whoever claims it first, also when a worker dies in the middle."""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from huey.serializer import Serializer
from sqlalchemy import func, select, update

from portal.catalog.models import Course
from portal.config import Settings
from portal.platform import clock, jobs, queues, tokens
from portal.platform.db import db, reading, transaction
from portal.platform.errors import Refusal
from portal.platform.jobs import Job, Progress
from tests.factories import NOW, make_course
from tests.parallel import DEADLINE, in_processes, in_threads, killed, make_barrier, running


class Refusing(Refusal):
    message = "The list %(name)s is empty."


@jobs.handler("tests.make_course")
def make_one(progress: Progress, name: str = "INL") -> dict[str, Any]:
    """Have one effect that can be counted."""
    progress.report(1, 2)
    with transaction():
        make_course(tokens.random_code(10), title_en=name)
    return {"name": name}


@jobs.handler("tests.refuse")
def refuse(_progress: Progress) -> dict[str, Any]:
    with transaction():
        make_course()
        raise Refusing(name="Osh")


@jobs.handler("tests.break")
def break_down(_progress: Progress) -> dict[str, Any]:
    with transaction():
        make_course()
        raise RuntimeError("a person's name that nobody else may read")


def enqueue(name: str = "tests.make_course", subject: str = "training OSH-2026-01", **arguments: Any) -> int:
    """Enqueue and commit a job; return its id."""
    job_id = jobs.enqueue(name, subject=subject, requested_by="operator", now=NOW, **arguments).id
    db.session.commit()
    return job_id


def fresh(job_id: int) -> Job:
    """Return the job as it stands now, apart from the session, which keeps no lock."""
    db.session.rollback()
    job = db.session.get_one(Job, job_id)
    db.session.expunge(job)
    db.session.rollback()
    return job


def courses() -> int:
    with reading() as connection:
        return connection.execute(select(func.count()).select_from(Course)).scalar_one()


def offered(app: Flask) -> int:
    """Return how many tasks wait in huey's own queue."""
    huey, _task = app.extensions["portal_jobs"]
    return huey.pending_count()


def test_job_is_offered_after_the_commit_only(app: Flask) -> None:
    jobs.enqueue("tests.make_course", subject="training OSH-2026-01", requested_by="operator", now=NOW)
    assert offered(app) == 0
    db.session.commit()
    assert offered(app) == 1


def test_rolled_back_savepoint_takes_no_offer_away(app: Flask) -> None:
    jobs.enqueue("tests.make_course", subject="training OSH-2026-01", requested_by="operator", now=NOW)
    db.session.begin_nested().rollback()
    db.session.commit()
    assert offered(app) == 1


def test_rolled_back_job_is_not_offered(app: Flask) -> None:
    jobs.enqueue("tests.make_course", subject="training OSH-2026-01", requested_by="operator", now=NOW)
    db.session.rollback()
    db.session.commit()
    assert offered(app) == 0
    assert db.session.scalar(select(func.count()).select_from(Job)) == 0


def test_job_keeps_progress_and_result(app: Flask) -> None:
    job_id = enqueue(name="tests.make_course", subject="x")
    jobs.run(job_id)
    job = fresh(job_id)
    assert (job.state, job.done, job.total, job.percent) == ("done", 1, 2, 50)
    assert job.result == {"name": "INL"}
    assert job.finished_at is not None


def test_job_is_enqueued_once_while_it_waits(app: Flask) -> None:
    first = enqueue()
    assert enqueue() == first
    assert enqueue(subject="training OSH-2026-02") != first
    jobs.run(first)
    assert enqueue() != first


def enqueue_in_own_context(app: Flask) -> int:
    with app.app_context():
        return enqueue()


def test_job_asked_for_twenty_times_at_once_waits_once(app: Flask) -> None:
    assert len(set(in_threads(app, enqueue_in_own_context, [()] * 20))) == 1
    assert offered(app) >= 1
    assert db.session.scalar(select(func.count()).select_from(Job)) == 1


def test_refusal_is_shown_in_its_words(app: Flask) -> None:
    job_id = enqueue("tests.refuse")
    jobs.run(job_id)
    assert (fresh(job_id).state, fresh(job_id).error) == ("failed", "The list Osh is empty.")
    assert courses() == 0


def test_failure_is_shown_without_what_it_was_about(app: Flask) -> None:
    job_id = enqueue("tests.break")
    jobs.run(job_id)
    assert (fresh(job_id).state, fresh(job_id).error) == ("failed", "")
    assert courses() == 0


def test_job_without_a_handler_fails(app: Flask) -> None:
    job_id = enqueue("tests.nobody_does_this")
    jobs.run(job_id)
    assert fresh(job_id).state == "failed"


def test_finished_job_is_not_run_again(app: Flask) -> None:
    job_id = enqueue()
    jobs.run(job_id)
    jobs.run(job_id)
    assert courses() == 1


def run_in_own_context(app: Flask, job_id: int) -> None:
    with app.app_context():
        jobs.run(job_id)


def test_many_workers_do_a_job_once(app: Flask, settings: Settings) -> None:
    job_id = enqueue()
    in_processes(settings, run_in_own_context, [(job_id,)] * 4)
    assert (fresh(job_id).state, courses()) == ("done", 1)


def run_without_claim(app: Flask, job_id: int, barrier: Any) -> None:
    """Run a job as a worker would that looks first and claims later."""
    with app.app_context():
        with reading() as connection:
            state = connection.execute(select(Job.state).where(Job.id == job_id)).scalar_one()
        barrier.wait(DEADLINE)
        if state == "queued":
            with transaction():
                db.session.execute(update(Job).where(Job.id == job_id).values(state="running"))
            make_one(Progress(job_id, "tests"))


def test_control_without_the_claim_each_worker_does_it(app: Flask, settings: Settings) -> None:
    job_id = enqueue()
    in_processes(settings, run_without_claim, [(job_id, make_barrier(3))] * 3)
    assert courses() == 3


def run_until_killed(app: Flask, reached: Callable[[], None], job_id: int, is_effect_kept: bool) -> None:
    """Run a job whose handler stands still before or after its transaction is committed."""

    @jobs.handler("tests.make_course")
    def stand_still(progress: Progress) -> dict[str, Any]:
        with transaction():
            make_course("ONCE")
            if not is_effect_kept:
                reached()
        reached()
        return {}

    run_in_own_context(app, job_id)


@pytest.fixture
def once() -> Iterator[None]:
    """Let the job make a course unless it is there, as jobs must that may be run again."""

    @jobs.handler("tests.make_course")
    def make_once(_progress: Progress) -> dict[str, Any]:
        with transaction():
            if db.session.scalars(select(Course).where(Course.code == "ONCE")).first() is None:
                make_course("ONCE")
        return {}

    yield
    jobs.handler("tests.make_course")(make_one)


@pytest.mark.parametrize("is_effect_kept", [False, True], ids=["before the commit", "after the commit"])
def test_job_of_a_killed_worker_is_offered_again(
    app: Flask, settings: Settings, once: None, is_effect_kept: bool
) -> None:
    job_id = enqueue()
    with killed(settings, run_until_killed, job_id, is_effect_kept):
        assert fresh(job_id).state == "running"
        seen = fresh(job_id).seen_at
    db.session.rollback()
    jobs.run(job_id)
    assert fresh(job_id).state == "running", "A job that is claimed was run by a second worker."
    db.session.rollback()
    assert jobs.offer_again(seen) == 1, "A death on this machine shows at once."
    jobs.run(job_id)
    assert (fresh(job_id).state, courses()) == ("done", 1)
    assert list((settings.data / "running").iterdir()) == []


@pytest.mark.parametrize("is_effect_kept", [False, True], ids=["before the commit", "after the commit"])
def test_job_of_a_killed_process_is_taken_over(
    app: Flask, settings: Settings, once: None, is_effect_kept: bool
) -> None:
    job_id = enqueue()
    with killed(settings, run_until_killed, job_id, is_effect_kept):
        jobs.take_over(job_id)
    assert (fresh(job_id).state, courses()) == ("done", 1)


def test_job_of_a_silent_machine_is_offered_again(app: Flask, session) -> None:
    job_id = enqueue()
    session.execute(update(Job).where(Job.id == job_id).values(state="running"))
    session.commit()
    assert jobs.offer_again(NOW + timedelta(minutes=1)) == 0
    jobs.take_over(job_id)
    assert fresh(job_id).state == "running"
    assert jobs.offer_again(NOW + timedelta(minutes=3)) == 1


def work_until_told(app: Flask, job_id: int, folder: str) -> None:
    """Run a job that says that it has begun and ends when it is told."""

    @jobs.handler("tests.make_course")
    def wait(progress: Progress) -> dict[str, Any]:
        Path(folder, "begun").touch()
        while not Path(folder, "end").exists():
            threading.Event().wait(0.02)
        return {}

    run_in_own_context(app, job_id)


def test_job_of_a_living_process_is_left_alone(app: Flask, settings: Settings, tmp_path: Path) -> None:
    job_id = enqueue()
    with running(settings, work_until_told, job_id, str(tmp_path)) as process:
        process.wait_until((tmp_path / "begun").exists)
        assert jobs.offer_again(fresh(job_id).seen_at) == 0
        jobs.take_over(job_id)
        assert (fresh(job_id).state, courses()) == ("running", 0)
        (tmp_path / "end").touch()
        assert process.exit_code() == 0
    assert fresh(job_id).state == "done"


def test_job_whose_offer_was_lost_is_offered_again(app: Flask) -> None:
    job_id = enqueue()
    huey, _task = app.extensions["portal_jobs"]
    huey.flush()
    assert jobs.offer_again(NOW + timedelta(minutes=1)) == 0
    assert jobs.offer_again(NOW + timedelta(minutes=3)) == 1
    assert offered(app) == 1
    assert fresh(job_id).state == "queued"


def test_queue_that_is_gone_does_not_lose_the_job(app: Flask, settings: Settings) -> None:
    huey, _task = current_app.extensions["portal_jobs"]
    huey.storage.close()
    os.unlink(settings.data / "jobs.db")
    (settings.data / "jobs.db").mkdir()
    job_id = enqueue()
    assert fresh(job_id).state == "queued"


def work(app: Flask) -> None:
    """Be the worker, as `flask work` is."""
    queues.Worker(app).run()


@pytest.mark.databases("sqlite")
def test_worker_does_what_is_queued_and_stops_when_told(app: Flask, settings: Settings) -> None:
    job_id = enqueue()
    with running(settings, work) as process:
        process.wait_until(lambda: fresh(job_id).is_over)
        process.signal(signal.SIGTERM)
        assert process.exit_code() == 0
    assert (fresh(job_id).state, courses()) == ("done", 1)
    assert fresh(job_id).finished_at <= clock.now()  # type: ignore[operator]


class Intruder:
    """What somebody who can write to the queue would put there: unpickled, it runs."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (self.path,))


def plant(app: Flask, path: Path) -> Any:
    huey, _task = app.extensions["portal_jobs"]
    huey.flush()
    huey.storage.enqueue(pickle.dumps(Intruder(str(path))), 0)
    return huey


@pytest.mark.databases("sqlite")
def test_message_that_is_not_ours_runs_nothing(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not found"):
        plant(app, tmp_path / "entered").dequeue()
    assert not (tmp_path / "entered").exists()
    enqueue()
    huey, _task = app.extensions["portal_jobs"]
    assert huey.dequeue().name == "run_job"


@pytest.mark.databases("sqlite")
def test_control_unsigned_messages_are_run(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huey = plant(app, tmp_path / "entered")
    monkeypatch.setattr(huey, "serializer", Serializer())
    with pytest.raises(AttributeError):  # What came out of it is no task.
        huey.dequeue()
    assert (tmp_path / "entered").exists()

"""The queue's own engine: each that the README names works, and a damaged one stops nothing."""

import signal
import sqlite3
from pathlib import Path

import pytest
from flask import Flask

from portal.config import Settings
from portal.platform import jobs, queues
from portal.platform.db import db
from portal.platform.jobs import Job, Progress
from tests import applications
from tests.factories import NOW
from tests.parallel import in_processes, running


@jobs.handler("tests.answer")
def answer(_progress: Progress) -> dict[str, int]:
    return {"answer": 42}


def work(app: Flask) -> None:
    """Be the worker, as `flask work` is."""
    queues.Worker(app).run()


def state_of(job_id: int) -> str:
    db.session.rollback()
    state = db.session.get_one(Job, job_id).state
    db.session.rollback()
    return state


@pytest.mark.databases("sqlite", "postgresql")
def test_worker_finds_what_was_queued_beside_the_rows(settings: Settings) -> None:
    url = settings.database_url
    if url.startswith("postgresql"):  # As the settings do by themselves: the queue lies with the rows.
        settings = applications.changed(settings, jobs_url=url.replace("+psycopg", ""))
    app = applications.make(settings)
    with app.app_context():
        queues.make_queue()
        job_id = jobs.enqueue("tests.answer", subject="all", requested_by="operator", now=NOW).id
        db.session.commit()
        assert app.extensions["portal_jobs"][0].pending_count() == 1
        with running(settings, work) as process:
            process.wait_until(lambda: state_of(job_id) == "done")
            process.signal(signal.SIGTERM)
            assert process.exit_code() == 0
        app.extensions["portal_jobs"][0].storage.close()
        db.session.remove()
        db.engine.dispose()


def write_rubbish(path: Path) -> None:
    path.write_bytes(b"rubbish" * 1000)


def write_rubbish_in_the_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"x" * (len(content) - len(content) // 2)
    path.write_bytes(content)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("damage", [write_rubbish, write_rubbish_in_the_middle])
def test_damaged_queue_is_set_aside_and_its_jobs_are_offered_again(settings: Settings, damage) -> None:
    app = applications.make(settings)
    with app.app_context():
        job_id = jobs.enqueue("tests.answer", subject="all", requested_by="operator", now=NOW).id
        db.session.commit()
        app.extensions["portal_jobs"][0].storage.close()
        path = settings.data / "jobs.db"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        damage(path)
        damaged = path.read_bytes()
        assert not queues._is_whole(path)
        again = applications.make(settings)
        assert (settings.data / "jobs.db.damaged").read_bytes() == damaged
        db.session.remove()
        db.engine.dispose()
    with again.app_context():
        assert jobs.offer_again(NOW.replace(year=2027)) == 1
        assert again.extensions["portal_jobs"][0].pending_count() == 1
        jobs.run(job_id)
        assert state_of(job_id) == "done"
        db.session.remove()
        db.engine.dispose()


def start(app: Flask) -> list[str]:
    return sorted(path.name for path in app.config["PORTAL_SETTINGS"].data.glob("jobs.db*"))


@pytest.mark.databases("sqlite")
def test_web_and_worker_that_find_it_damaged_together_make_one_new(settings: Settings) -> None:
    write_rubbish(settings.data / "jobs.db")
    for names in in_processes(settings, start, [()] * 4):
        assert {"jobs.db", "jobs.db.damaged"} <= set(names)
    with sqlite3.connect(settings.data / "jobs.db") as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    connection.close()

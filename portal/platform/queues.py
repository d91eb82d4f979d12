"""The worker's lanes: huey's queues in a SQLite file or in PostgreSQL, and what is done by the clock.

Long jobs run one after the other, and beside them what must not wait for them, which is short jobs and what is done by
the clock or on being woken.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.serializer import Serializer, SignedSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.platform.db import db

log = structlog.get_logger(__name__)
_LONG = "portal_jobs"  # The lane of long jobs: its queue, and the task that runs one.
_BESIDE = "portal_jobs_beside"
TICKS = "portal_jobs_ticks"  # What is done by the clock, by its name.
_LATER = "after_commit"
_SHORT_THREADS = 2  # One may wait for a mail server.


def init_app(app: Flask, jobs_url: str, run: Callable[[int], None]) -> None:
    """Make the queues and their tasks; `run` does a job."""
    # Messages are pickles: whoever can write to the queue would run code here, were they not signed.
    serializer = SignedSerializer(secret=f"queue {app.config['SECRET_KEY']}")
    for lane, name in ((_LONG, "portal"), (_BESIDE, "portal-beside")):
        huey = _opened(name, jobs_url, serializer)
        huey.storage.close()  # It opens again when needed; no connection may cross the fork of the web server.

        @huey.task(name="run_job")  # type: ignore[untyped-decorator]  # huey has no types
        def run_job(job_id: int) -> None:
            with app.app_context():
                run(job_id)

        app.extensions[lane] = (huey, run_job)
    app.extensions[TICKS] = {}


def make_queue() -> None:
    """Make what the queue's own engine needs, if it is not there."""
    for lane in (_LONG, _BESIDE):
        huey, _task = current_app.extensions[lane]
        huey.storage.initialize_schema()
        huey.storage.close()


def periodic(app: Flask, name: str, minutes: str, work: Callable[[], object]) -> None:
    """Run `work` in the worker at every minute that matches the crontab text `minutes`, and when it is woken."""
    huey, _task = app.extensions[_BESIDE]
    tick = _Tick(app, work)
    huey.periodic_task(crontab(minute=minutes), name=name)(tick)
    app.extensions[TICKS][name] = huey.task(name=f"wake_{name}")(tick)


def wake(name: str) -> None:
    """Let the worker do what it does by the clock as soon as the present transaction is committed."""
    after_commit(_wake, name)


class _Tick:
    """One thing that the worker does by the clock: never twice at a time, and once more if it was asked meanwhile."""

    def __init__(self, app: Flask, work: Callable[[], object]) -> None:
        self._app, self._work = app, work
        self._asked, self._running = threading.Event(), threading.Lock()

    def __call__(self) -> None:
        self._asked.set()
        while self._asked.is_set() and self._running.acquire(blocking=False):
            try:
                self._asked.clear()
                with self._app.app_context():
                    self._work()
            finally:
                self._running.release()


class Worker:
    """Both lanes in one process, until it is told to stop; without a clock it does what it is woken for."""

    def __init__(self, app: Flask, *, has_clock: bool = True) -> None:
        (long, _run), (beside, _run) = app.extensions[_LONG], app.extensions[_BESIDE]
        usual = {"worker_type": "thread", "check_worker_health": True, "max_delay": 1}
        self._long: Consumer = long.create_consumer(workers=1, periodic=False, **usual)
        self._beside: Consumer = beside.create_consumer(workers=_SHORT_THREADS, periodic=has_clock, **usual)

    def run(self) -> None:
        """Work; the lane beside has the say when it is over, since it is told by signals last."""
        self._long.start()
        try:
            self._beside.run()
        finally:
            self._long.stop()


def after_commit(act: Callable[..., None], *arguments: Any) -> None:
    """Do something once the present transaction is committed; asked for twice, it is done once."""
    db.session.info.setdefault(_LATER, {})[act, *arguments] = None


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for act, *arguments in session.info.pop(_LATER, ()):
        act(*arguments)


@event.listens_for(Session, "after_rollback")
def _after_rollback(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.info.pop(_LATER, None)


def put(job_id: int, *, is_short: bool) -> None:
    _huey, task = current_app.extensions[_BESIDE if is_short else _LONG]
    task(job_id)


def _wake(name: str) -> None:
    try:
        current_app.extensions[TICKS][name]()
    except Exception as error:  # It will be done by the clock.
        log.warning("not_woken", name=name, error=type(error).__name__)


def _opened(name: str, jobs_url: str, serializer: Serializer) -> Huey:
    address = urlsplit(jobs_url)
    options = {"results": False, "serializer": serializer}
    if address.scheme != "sqlite":  # `prepare` makes its tables, one process at a time.
        return PostgresHuey(name, dsn=jobs_url, create_tables=False, **options)
    _set_damaged_aside(Path(address.path))
    return SqliteHuey(name, filename=address.path, fsync=False, **options)


def _set_damaged_aside(path: Path) -> None:
    """Put a queue's file that cannot be read out of the way: the job rows are the truth, the sweep offers them again.

    Web and worker may find it at one moment: who holds the lock looks whether it is still the file that lies there.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))) or _is_whole(path):
            return
        for part in path.parent.glob(f"{path.name}*"):
            if not part.name.startswith(f"{path.name}.damaged"):
                part.replace(part.with_name(part.name.replace(path.name, f"{path.name}.damaged", 1)))
    log.warning("queue_damaged", file=f"{path.name}.damaged")


def _is_whole(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except sqlite3.OperationalError:  # Somebody else writes just now, or the disk is at fault: neither is damage.
        return True
    except sqlite3.DatabaseError:
        return False

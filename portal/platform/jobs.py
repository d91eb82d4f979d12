"""Work behind the page: our own job rows are the truth that users see, huey only runs them.

A job is enqueued in the request's transaction and handed to huey after the commit; a sweep offers again whatever
was committed but never claimed, or was left behind by a process that died. Each running job holds a locked file in
`running/`: the kernel drops the lock with the process, so that a death on this machine shows at once; of another
machine it shows by silence.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.serializer import Serializer, SignedSerializer
from sqlalchemy import JSON, CheckConstraint, Index, String, event, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.platform import clock, tokens, turns
from portal.platform.db import Base, UTCDateTime, db, reading_session, short_transaction, transaction
from portal.platform.errors import DomainError
from portal.platform.wording import speaking

log = structlog.get_logger(__name__)
_SILENT = timedelta(minutes=2)
_EXTENSION = "portal_jobs"

_IS_WAITING = text("state IN ('queued', 'running')")

Handler = Callable[..., dict[str, Any]]


class Job(Base):
    """One piece of work: queued → running → done or failed, with its progress and result."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        Index(None, "state", "seen_at"),
        Index(None, "name", "subject"),
        Index("uq_job_waiting", "name", "subject", unique=True, sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(String(500), default="")
    requested_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will change."""
        return self.state in ("done", "failed")

    @property
    def percent(self) -> int:
        """Return the progress in whole percent."""
        return 100 * self.done // self.total if self.total else 0


class Progress:
    """Who asked, and what a handler reports while it works; a report is also the sign that it is alive."""

    def __init__(self, job_id: int, requested_by: str) -> None:
        self.job_id = job_id
        self.requested_by = requested_by

    def report(self, done: int, total: int) -> None:
        """Show how far the job is, at once and whatever becomes of the step; call it between transactions."""
        with short_transaction() as connection:
            connection.execute(
                update(Job).where(Job.id == self.job_id).values(done=done, total=total, seen_at=clock.now())
            )

    def keep(self, result: dict[str, Any]) -> None:
        """Write the result together with what the present transaction writes."""
        db.session.execute(update(Job).where(Job.id == self.job_id).values(result=result))

    def kept(self) -> dict[str, Any] | None:
        """Return what a run that was killed has kept: its work is done."""
        with reading_session():
            return db.session.scalar(select(Job.result).where(Job.id == self.job_id))


class Refused(DomainError):
    """Tell who asked for a job why it was refused, in their language."""

    def __init__(self, refusal: DomainError) -> None:
        super().__init__()
        self.message = str(refusal)


@contextmanager
def telling(locale: str) -> Iterator[None]:
    """Word a refusal in the language of who asked for the job."""
    with speaking(locale):
        try:
            yield
        except DomainError as refusal:
            raise Refused(refusal) from refusal


_handlers: dict[str, Handler] = {}


def handler(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the work of jobs called `name`; it gets a Progress and the job's arguments."""

    def register(work: Handler) -> Handler:
        _handlers[name] = work
        return work

    return register


def enqueue(
    name: str, *, subject: str, requested_by: str, now: datetime, is_offered: bool = True, **arguments: Any
) -> Job:
    """Add a job in the present transaction; a job of the same name and subject that still waits or runs is returned.

    Without `is_offered` the caller runs it; only if the caller dies does the sweep hand it to the worker.
    """
    waiting = select(Job).where(Job.name == name, Job.subject == subject, Job.state.in_(("queued", "running")))
    existing = db.session.scalars(waiting.order_by(Job.id).limit(1)).first()
    if existing is not None:
        return existing
    job = Job(
        reference=tokens.random_token(),
        name=name,
        subject=subject,
        arguments=arguments,
        requested_by=requested_by,
        created_at=now,
        seen_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(job)
    except IntegrityError:  # Somebody else was faster, and this transaction waited for theirs.
        return db.session.scalars(waiting.limit(1)).one()
    if is_offered:
        db.session.info.setdefault("jobs_to_offer", []).append(job.id)
    return job


def get_by_reference(reference: str) -> Job | None:
    """Return one job."""
    return db.session.scalars(select(Job).where(Job.reference == reference)).one_or_none()


def find_latest(name: str, subject: str, state: str | None = None) -> Job | None:
    """Return the newest job of this name about this subject, in whatever state or in the given one."""
    query = select(Job).where(Job.name == name, Job.subject == subject).order_by(Job.id.desc())
    if state is not None:
        query = query.where(Job.state == state)
    return db.session.scalars(query.limit(1)).first()


def run(job_id: int) -> None:
    """Claim a job and do its work; a job that is claimed already is left alone."""
    path = _life_file(job_id)
    path.parent.mkdir(exist_ok=True)
    is_new, is_claimed = not path.exists(), False
    with path.open("a") as file:
        if not turns.lock(file.fileno()):
            return
        try:
            is_claimed = _claim(job_id)
            if is_claimed:
                _work(job_id)
        finally:
            # The file of a job that somebody else began stays: it is what tells that its process has died.
            if is_claimed or is_new:
                path.unlink(missing_ok=True)


def take_over(job_id: int) -> None:
    """Run a job here and now, also one whose process has died on this machine; one that is at work is left alone."""
    if _is_orphan(job_id):
        with transaction():
            _release([job_id], clock.now())
    run(job_id)


def _work(job_id: int) -> None:
    job = db.session.get_one(Job, job_id)
    name, arguments, progress = job.name, dict(job.arguments), Progress(job_id, job.requested_by)
    db.session.rollback()
    try:
        result = _handlers[name](progress, **arguments)
    except DomainError as refusal:
        _finish(job_id, state="failed", error=str(refusal)[:500])
    except Exception:
        # The page has words of its own for a fault; what it was stands in the log.
        log.exception("job_failed", job=job_id, name=name)
        _finish(job_id, state="failed")
    else:
        _finish(job_id, state="done", result=result)


def offer_again(now: datetime) -> int:
    """Offer the jobs that nobody claimed, or whose process died or fell silent; return how many."""
    silent = now - _SILENT
    with transaction():
        running = db.session.execute(select(Job.id, Job.seen_at).where(Job.state == "running")).all()
        _release([job_id for job_id, seen_at in running if seen_at < silent or _is_orphan(job_id)], now)
        waiting = select(Job.id).where(Job.state == "queued", or_(Job.seen_at < silent, Job.seen_at == now))
        job_ids = db.session.scalars(waiting.order_by(Job.id)).all()
    for job_id in job_ids:
        _offer(job_id)
    return len(job_ids)


def init_app(app: Flask, jobs_url: str) -> None:
    """Make the queue and its tasks."""
    # Messages are pickles: whoever can write to the queue would run code here, were they not signed.
    huey = _make_huey(jobs_url, SignedSerializer(secret=f"queue {app.config['SECRET_KEY']}"))
    huey.storage.close()  # It opens again when needed; no connection may cross the fork of the web server.

    @huey.task(name="run_job")
    def run_job(job_id: int) -> None:
        with app.app_context():
            run(job_id)

    app.extensions[_EXTENSION] = (huey, run_job)


def make_queue() -> None:
    """Make what the queue's own engine needs, if it is not there."""
    huey, _task = current_app.extensions[_EXTENSION]
    huey.storage.initialize_schema()
    huey.storage.close()


def periodic(app: Flask, name: str, minutes: str, work: Callable[[], None]) -> None:
    """Run `work` in the worker at every minute that matches the crontab text `minutes`."""
    huey, _task = app.extensions[_EXTENSION]

    @huey.periodic_task(crontab(minute=minutes), name=name)
    def tick() -> None:
        with app.app_context():
            work()


def consumer(app: Flask) -> Consumer:
    """Return the worker: one thread, so that renderings do not compete."""
    huey, _task = app.extensions[_EXTENSION]
    return huey.create_consumer(workers=1, worker_type="thread", check_worker_health=True, max_delay=1)


def _make_huey(jobs_url: str, serializer: Serializer) -> Huey:
    address = urlsplit(jobs_url)
    options = {"results": False, "serializer": serializer}
    if address.scheme != "sqlite":  # `prepare` makes its tables, one process at a time.
        return PostgresHuey("portal", dsn=jobs_url, create_tables=False, **options)
    _set_damaged_aside(Path(address.path))
    return SqliteHuey("portal", filename=address.path, fsync=False, **options)


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
            return connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError:  # Somebody else writes just now, or the disk is at fault: neither is damage.
        return True
    except sqlite3.DatabaseError:
        return False


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for job_id in session.info.pop("jobs_to_offer", ()):
        _offer(job_id)


@event.listens_for(Session, "after_rollback")
def _after_rollback(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.info.pop("jobs_to_offer", None)


def _offer(job_id: int) -> None:
    _huey, task = current_app.extensions[_EXTENSION]
    try:
        task(job_id)
    except Exception as error:  # The row stands; the sweep will offer it again.
        log.warning("job_not_offered", job=job_id, error=type(error).__name__)


def _is_orphan(job_id: int) -> bool:
    """Tell whether a process of this machine began the job and is no more."""
    try:
        descriptor = os.open(_life_file(job_id), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return turns.lock(descriptor)
    finally:
        os.close(descriptor)


def _life_file(job_id: int) -> Path:
    data: Path = current_app.config["PORTAL_SETTINGS"].data
    return data / turns.FOLDER / f"job-{job_id}"


def _release(job_ids: list[int], now: datetime) -> None:
    db.session.execute(
        update(Job).where(Job.id.in_(job_ids), Job.state == "running").values(state="queued", seen_at=now)
    )


def _claim(job_id: int) -> bool:
    with transaction():
        claimed = db.session.execute(
            update(Job).where(Job.id == job_id, Job.state == "queued").values(state="running", seen_at=clock.now())
        )
    return claimed.rowcount == 1


def _finish(job_id: int, **values: Any) -> None:
    db.session.rollback()
    now = clock.now()
    with transaction():
        db.session.execute(update(Job).where(Job.id == job_id).values(finished_at=now, seen_at=now, **values))

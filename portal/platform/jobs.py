"""Background jobs: our own job rows are the truth that users see, huey only runs them.

A job is enqueued in the request's transaction and handed to huey after the commit; a sweep offers again whatever
was committed but never claimed, or was left behind by a process that died. Each running job holds a locked file in
`running/`: the kernel drops the lock with the process, so that a death on this machine shows at once; of another
machine it shows by silence.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import JSON, CheckConstraint, Index, String, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform import clock, queues, tokens, turns
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, change_rows, db, reading_session, short_transaction, transaction
from portal.platform.errors import Refusal
from portal.platform.i18n import speaking

log = structlog.get_logger(__name__)
_SILENT = timedelta(minutes=2)

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
        return self.state in ("done", "failed")

    @property
    def percent(self) -> int:
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


@contextmanager
def job_locale(locale: str) -> Iterator[None]:
    """Word what is written inside, and a refusal, in the language of who asked for the job."""
    with speaking(locale):
        try:
            yield
        except Refusal as refusal:
            raise Refusal(refusal.code, str(refusal)) from refusal


_handlers: dict[str, Handler] = {}
_short: set[str] = set()


def handler(name: str, *, is_short: bool = False) -> Callable[[Handler], Handler]:
    """Register a function as the work of jobs called `name`; it gets a Progress and the job's arguments.

    A short one takes a second at most and renders nothing: it waits for no long one.
    """

    def register(work: Handler) -> Handler:
        _handlers[name] = work
        (_short.add if is_short else _short.discard)(name)
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
        queues.after_commit(_offer, job.id, name)
    return job


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
    except Refusal as refusal:
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
        waiting = select(Job.id, Job.name).where(Job.state == "queued", or_(Job.seen_at < silent, Job.seen_at == now))
        found = db.session.execute(waiting.order_by(Job.id)).all()
    for job_id, name in found:
        _offer(job_id, name)
    return len(found)


def _offer(job_id: int, name: str) -> None:
    try:
        queues.put(job_id, is_short=name in _short)
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
        waiting = update(Job).where(Job.id == job_id, Job.state == "queued")
        return change_rows(waiting.values(state="running", seen_at=clock.now())) == 1


def _finish(job_id: int, **values: Any) -> None:
    db.session.rollback()
    now = clock.now()
    with transaction():
        db.session.execute(update(Job).where(Job.id == job_id).values(finished_at=now, seen_at=now, **values))

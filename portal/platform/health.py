"""Health checks for `/readyz` and `doctor`."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import String, exists, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import ROOT, Settings
from portal.platform import jobs, keys, storage
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, db, is_answering, patience, reading, reading_session, short_transaction, upsert
from portal.platform.mail import MailFault, MailState, OutboxMail

WORKER, WEB = "worker", "web"
_FREE_MB = 500
_SILENT = timedelta(minutes=3)
_WAITS = timedelta(minutes=15)
_TRIES = 3  # By then a mail server has been away for a quarter of an hour.
_WRITTEN = timedelta(seconds=15)
_AT_ONCE = 0.5  # Seconds.


class Heartbeat(Base):
    """When a part of the portal last showed that it lives and can write."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True)
class Found:
    is_ok: bool
    detail: str


Look = Callable[[Settings, datetime], Found]


def look(looks: dict[str, Look], settings: Settings, now: datetime) -> dict[str, Found]:
    """Return what each look finds; one that breaks is a finding too."""
    found = {}
    for name, see in looks.items():
        try:
            with reading_session():
                found[name] = see(settings, now)
        except Exception as error:
            found[name] = Found(False, f"{type(error).__name__}: {error}")
    return found


def beat(name: str, now: datetime) -> None:
    with short_transaction() as connection:
        values = upsert(Heartbeat).values(name=name, at=now)
        connection.execute(values.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def database(_settings: Settings, _now: datetime) -> Found:
    """Look whether the database answers; where PostgreSQL compiles statements (`jit`), the home page takes seconds."""
    if not is_answering() or db.engine.dialect.name != "postgresql":
        return Found(is_answering(), db.engine.dialect.name)
    with reading() as connection:
        return Found(True, f"postgresql, jit {connection.scalar(text('SHOW jit'))}")


def migrations(_settings: Settings, _now: datetime) -> Found:
    """Look whether the tables are those of this release."""
    with reading() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    return Found(there == _head(), f"{there} of {_head()}")


def writes(_settings: Settings, now: datetime) -> Found:
    """Look whether something can be written and kept; what was written a moment ago is proof enough."""
    if (written := _last(WEB)) is None or not timedelta() <= now - written < _WRITTEN:
        try:
            with patience(_AT_ONCE):
                beat(WEB, now)
        except SQLAlchemyError as error:
            return Found(False, f"nothing can be written: {type(error).__name__}")
    return Found(True, "a row was written")


def disk(settings: Settings, _now: datetime) -> Found:
    """Look how much room is left for the data and for the documents."""
    places = {settings.data, Path(settings.documents_url)}
    free = min(shutil.disk_usage(place).free // 1_000_000 for place in places)
    return Found(free >= _FREE_MB, f"{free} MB free")


def documents(settings: Settings, _now: datetime) -> Found:
    """Look whether the folder of the documents is there: a disk that is not mounted leaves an empty one or none."""
    folder = Path(settings.documents_url)
    with reading() as connection:
        has_rows = connection.execute(select(exists(select(storage.Document.id)))).scalar_one()
    is_there = folder.is_dir() and (not has_rows or any(folder.iterdir()))
    return Found(is_there, str(folder) if is_there else f"{folder} is missing or empty, and there are documents")


def key_files(settings: Settings, _now: datetime) -> Found:
    """Look whether the keys are those of this database."""
    if found := keys.differences(settings):
        return Found(False, f"not those of this database: {', '.join(map(str, found))}; see docs/operation.md")
    known = ", ".join(f"{name} {value}" for name, value in sorted(keys.known().items()))
    return Found(settings.keys.is_dir(), f"{settings.keys}: {known or 'none known yet, `prepare` makes them'}")


def worker(_settings: Settings, now: datetime) -> Found:
    """Look whether a worker lives and does what is short: it says so each minute, whatever long job it is at."""
    if (said := _last(WORKER)) is None:
        return Found(False, "none has shown itself yet: run.py starts one, `flask work` alone")
    return Found(now - said < _SILENT, f"silent for {_minutes(now - said)} minutes")


def queue(_settings: Settings, now: datetime) -> Found:
    """Look whether jobs are taken up: one that waits for long is well only behind one that is at work."""
    with reading() as connection:
        states = dict(connection.execute(select(jobs.Job.state, func.count()).group_by(jobs.Job.state)).all())
        oldest = connection.scalar(select(func.min(jobs.Job.seen_at)).where(jobs.Job.state == "queued"))
        reported = connection.scalar(select(func.max(jobs.Job.seen_at)).where(jobs.Job.state == "running"))
    is_stuck = oldest is not None and now - oldest > _SILENT and (reported is None or now - reported > _SILENT)
    waits = f", the oldest for {_minutes(now - oldest)} minutes" if oldest is not None else ""
    count = {state: states.get(state, 0) for state in ("queued", "running", "failed")}
    return Found(
        not is_stuck, f"{count['queued']} waiting{waits}, {count['running']} running, {count['failed']} failed"
    )


def mail(_settings: Settings, now: datetime) -> Found:
    """Look whether mails leave: none is due for a quarter of an hour, and the server has not been away for as long."""
    waiting, is_away = OutboxMail.state == MailState.QUEUED.value, OutboxMail.fault == MailFault.UNREACHABLE.value
    with reading() as connection:
        due = connection.execute(select(func.min(OutboxMail.due_at)).where(waiting)).scalar_one()
        held = select(func.count()).where(waiting, is_away, OutboxMail.tries >= _TRIES)
        held_up = connection.execute(held.select_from(OutboxMail)).scalar_one()
    if held_up:
        return Found(False, f"the server was away at the last {_TRIES} tries or more of {held_up} mails")
    late = timedelta() if due is None else now - due
    return Found(late <= _WAITS, f"due for {_minutes(late)} minutes" if late > _WAITS else "")


VITAL: dict[str, Look] = {
    "database": database,
    "migrations": migrations,
    "writes": writes,
    "disk": disk,
    "documents": documents,
    "keys": key_files,
}
BEHIND: dict[str, Look] = {"worker": worker, "queue": queue, "mail": mail}


@cache
def _head() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def _last(name: str) -> datetime | None:
    with reading() as connection:
        return connection.execute(select(Heartbeat.at).where(Heartbeat.name == name)).scalar_one_or_none()


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)

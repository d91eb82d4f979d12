"""How often: counters in the database, shared by all processes, counted before the request's own transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, request
from sqlalchemy import String, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import TooManyRequests

from portal.platform import clock
from portal.platform.db import Base, UTCDateTime, db, short_transaction

View = Callable[..., Any]


class LimitCounter(Base):
    """How often a bucket was used in a window of time. The bucket is a hash: no address and no e-mail is kept."""

    __tablename__ = "limit_counter"

    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    uses: Mapped[int]


@dataclass(frozen=True)
class Limit:
    """At most `uses` in `window`, for each value that `key` finds in the request."""

    name: str
    uses: int
    window: timedelta
    key: Callable[[], str]


def client_address() -> str:
    """Return the address of the visitor; forwarded addresses count only behind the configured proxies."""
    return request.remote_addr or ""


def limited(*limits: Limit) -> Callable[[View], View]:
    """Declare the limits of a route; they count its POST requests only."""

    def declare(view: View) -> View:
        view.limits = limits  # type: ignore[attr-defined]
        return view

    return declare


def init_app(app: Flask) -> None:
    """Count before anything else opens a transaction."""
    app.before_request(_count_request)


def count(limit: Limit, value: str, now: datetime) -> int:
    """Add one use and return the uses in the present window."""
    seconds = int(limit.window.total_seconds())
    start = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)
    bucket = hashlib.sha256(f"{limit.name}\0{value}".encode()).hexdigest()
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(LimitCounter)
        .values(bucket=bucket, window_start=start, uses=1)
        .on_conflict_do_update(
            index_elements=[LimitCounter.bucket, LimitCounter.window_start], set_={"uses": LimitCounter.uses + 1}
        )
        .returning(LimitCounter.uses)
    )
    with short_transaction() as connection:
        return connection.execute(statement).scalar_one()


def sweep(now: datetime) -> None:
    """Forget windows that are over."""
    with short_transaction() as connection:
        connection.execute(delete(LimitCounter).where(LimitCounter.window_start < now - timedelta(days=2)))


def _count_request() -> None:
    if request.method != "POST" or request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    now = clock.now()
    for limit in getattr(view, "limits", ()):
        if count(limit, limit.key().casefold(), now) > limit.uses:
            raise TooManyRequests(retry_after=_until_next(limit.window, now))


def _until_next(window: timedelta, now: datetime) -> int:
    """Return the seconds after which a new window begins."""
    seconds = int(window.total_seconds())
    return seconds - int(now.timestamp()) % seconds

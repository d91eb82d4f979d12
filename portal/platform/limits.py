"""Rate limits: counters in the database, shared by all processes, counted before the request's transaction.

Time is counted in halves of a window, and three halves together never hold more than a limit: so no stretch of time as
long as the window does, wherever it begins. A use that is refused is not counted, or whoever goes on trying would keep
somebody else out for good.
"""

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, g, request
from sqlalchemy import Connection, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import TooManyRequests

from portal.platform import clock
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, db, short_transaction, upsert

View = Callable[..., Any]
_HALVES = 3  # So many halves of a window are touched by a stretch as long as the window.


class LimitCounter(Base):
    """How often a bucket was used in half a window of time. The bucket is a hash: no address and no e-mail is kept."""

    __tablename__ = "limit_counter"

    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    uses: Mapped[int]


@dataclass(frozen=True)
class Limit:
    """At most `uses` in `window`, for each value that `key` finds in the request; without a value nothing is counted.

    With a `pause` nobody is locked out for good: beyond the limit one use more is let through in each pause.
    """

    name: str
    uses: int
    window: timedelta
    key: Callable[[], str | None]
    pause: timedelta | None = None


@dataclass(frozen=True)
class Use:
    """The number of a use in its window, and for how many seconds it is refused: 0 if it is not."""

    number: int
    wait: int = 0


def client_address() -> str:
    """Return the address of the visitor; forwarded addresses count only behind the configured proxies.

    Of IPv6 it is the network of 64 bits that providers give to one customer: within it everybody takes a new address
    for each try.
    """
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or ""
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def limited(*limits: Limit) -> Callable[[View], View]:
    """Declare the limits of a route; they count its POST requests only, and none whose form lacks its token."""

    def declare(view: View) -> View:
        vars(view)["limits"] = limits
        return view

    return declare


def init_app(app: Flask) -> None:
    """Count before anything else opens a transaction."""
    app.before_request(_count_request)


def take(limit: Limit, value: str, now: datetime) -> Use:
    """Count one use, unless it would be one too many."""
    with short_transaction() as connection:
        use = _take(connection, limit, value, now)
        if use.wait and limit.pause is not None:
            beyond = Limit(f"{limit.name} beyond", 1, limit.pause, limit.key)
            use = Use(use.number, _take(connection, beyond, value, now).wait)
    return use


def forgive(limit: Limit, value: str) -> None:
    """Give back one use that was no failure, in the transaction of what it has led to."""
    bucket = _bucket(limit, value)
    newest = select(func.max(LimitCounter.window_start)).where(LimitCounter.bucket == bucket, LimitCounter.uses > 0)
    counted = (LimitCounter.bucket == bucket, LimitCounter.window_start == newest.scalar_subquery())
    db.session.execute(
        update(LimitCounter)
        .where(*counted)
        .values(uses=LimitCounter.uses - 1)
        .execution_options(synchronize_session=False)
    )


def forgive_request() -> None:
    """Give back all that the present request has counted: it was no failure."""
    for limit, value, _use in g.pop("limits", ()):
        forgive(limit, value)


def number_of(limit: Limit) -> int:
    """Return which use of its window the present request is, 0 if it does not count."""
    return next((use.number for counted, _value, use in g.get("limits", ()) if counted.name == limit.name), 0)


def sweep(now: datetime) -> None:
    """Forget windows that are over."""
    with short_transaction() as connection:
        connection.execute(delete(LimitCounter).where(LimitCounter.window_start < now - timedelta(days=2)))


def _count_request() -> None:
    if request.method != "POST" or request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    now, g.limits = clock.now(), []
    for limit in getattr(view, "limits", ()):
        value = limit.key()
        if not value:
            continue
        use = take(limit, value, now)
        if use.wait:
            raise TooManyRequests(retry_after=use.wait)
        g.limits.append((limit, value, use))


def _take(connection: Connection, limit: Limit, value: str, now: datetime) -> Use:
    """Count a use in the present half, whose row keeps others of the bucket waiting; one too many is taken back."""
    half = limit.window / 2
    start = datetime.fromtimestamp(now.timestamp() // half.total_seconds() * half.total_seconds(), tz=now.tzinfo)
    bucket = _bucket(limit, value)
    connection.execute(
        upsert(LimitCounter)
        .values(bucket=bucket, window_start=start, uses=1)
        .on_conflict_do_update(
            index_elements=[LimitCounter.bucket, LimitCounter.window_start], set_={"uses": LimitCounter.uses + 1}
        )
    )
    starts = [start - half * age for age in range(_HALVES)]
    query = select(LimitCounter.window_start, LimitCounter.uses).where(
        LimitCounter.bucket == bucket, LimitCounter.window_start.in_(starts)
    )
    counted: dict[datetime, int] = dict(connection.execute(query).all())
    uses = [counted.get(each, 0) for each in starts]  # The newest half first.
    if sum(uses) <= limit.uses:
        return Use(sum(uses))
    here = (LimitCounter.bucket == bucket, LimitCounter.window_start == start)
    connection.execute(update(LimitCounter).where(*here).values(uses=LimitCounter.uses - 1))
    uses[0] -= 1
    halves = next(passed for passed in range(1, _HALVES + 1) if sum(uses[: _HALVES - passed]) < limit.uses)
    return Use(limit.uses + 1, max(1, int((start + half * halves - now).total_seconds())))


def _bucket(limit: Limit, value: str) -> str:
    return hashlib.sha256(f"{limit.name}\0{value.casefold()}".encode()).hexdigest()

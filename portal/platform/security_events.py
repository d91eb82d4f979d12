"""Access events: who, from where, what, and how often per hour.

A request only notes it; it is written when the request's own transaction is over, in a short one of its own. A flood
fills no disk: equal events of an hour are one row, an hour has room for so many rows and one for all others, and of
many equal ones not each is written. A row names an account or a registration by its label, if it is known, and of an
address the network alone. Nothing of what was typed is kept. After 90 days a row is forgotten.
"""

import ipaddress
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy import Connection, CursorResult, Index, String, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform import clock, limits, logs, paging
from portal.platform.columns import UTCDateTime
from portal.platform.db import READING_METHODS, Base, patience, short_transaction
from portal.platform.paging import Page
from portal.platform.texts import N_, Labelled

PAGE_SIZE = 50
MOST_AN_HOUR = 500
_KEPT = timedelta(days=90)
_EACH = 16  # Of equal events of an hour in one process so many are written one by one, then at each doubling.
_PATIENCE = 2.0  # Seconds that a form waits for another writer; whoever only reads waits for none.
_COUNTS = "security_event_counts"
_NETWORKS = {4: 24, 6: 48}


class Kind(Labelled):
    SIGN_IN_FAILED = "sign_in_failed", N_("Wrong password")
    CODE_FAILED = "code_failed", N_("Wrong code or password of the second step")
    PIN_FAILED = "pin_failed", N_("Wrong PIN of a slip")
    LINK_REFUSED = "link_refused", N_("Link that opens nothing")
    PAGE_OPENED = "page_opened", N_("A participant's page opened")
    HELPER_OPENED = "helper_opened", N_("A helper's page opened")
    PASSWORD_ASKED = "password_asked", N_("New password asked for")
    ACT_REFUSED = "act_refused", N_("Page or act that the role does not have")
    OBJECT_REFUSED = "object_refused", N_("Record that is not there or not theirs")
    THROTTLED = "throttled", N_("Too many tries")
    FORGED = "forged", N_("Form without its token")
    RELEASE_TAKEN = "release_taken", N_("Release downloaded")
    OTHERS = "others", N_("More than an hour has room for, together")


class SecurityEvent(Base):
    """Equal events of one hour. `actor` is a label of the audit log or empty, `origin` a network, `place` a route."""

    __tablename__ = "security_event"
    __table_args__ = (Index(None, "last_at"),)

    hour: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    actor: Mapped[str] = mapped_column(String(80), primary_key=True)
    origin: Mapped[str] = mapped_column(String(43), primary_key=True)
    place: Mapped[str] = mapped_column(String(60), primary_key=True)
    times: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Key(NamedTuple):
    """What makes events equal."""

    hour: datetime
    kind: str
    actor: str
    origin: str
    place: str


def init_app(app: Flask) -> None:
    """Write what a request has noted when everything else of it is over: call it before the database's own."""
    app.extensions[_COUNTS] = {}
    app.after_request(_write_noted)


def note(kind: Kind, actor: str = "") -> None:
    """Note an event of the present request; `actor` is the label of whom it concerns, if that is known."""
    if has_request_context():
        g.setdefault("security_events", []).append((kind, actor))


def page_of_events(number: int, kind: str = "") -> Page[SecurityEvent]:
    """Return one page of events, the latest first, of one kind or all."""
    chosen = (SecurityEvent.kind == kind,) if kind else ()
    query = (
        select(SecurityEvent)
        .where(*chosen)
        .order_by(
            SecurityEvent.last_at.desc(),
            SecurityEvent.kind,
            SecurityEvent.actor,
            SecurityEvent.origin,
            SecurityEvent.place,
        )
    )
    return paging.page(query, number, PAGE_SIZE)


def sweep(now: datetime) -> None:
    """Forget what is old."""
    with short_transaction() as connection:
        connection.execute(delete(SecurityEvent).where(SecurityEvent.hour < now - _KEPT))


def network_of(address: str) -> str:
    """Return the network of an address that is kept: 24 bits of an old one, 48 of a new one."""
    try:
        there = ipaddress.ip_network(address, strict=False)
    except ValueError:
        return ""
    return str(there.supernet(new_prefix=min(_NETWORKS[there.version], there.prefixlen)))


def _write_noted(response: Response) -> Response:
    noted: list[tuple[Kind, str]] = g.pop("security_events", [])
    if response.status_code == 429:
        noted.append((Kind.THROTTLED, ""))
    if not noted or response.status_code >= 500:
        return response
    now, origin = clock.now(), network_of(limits.client_address())
    hour = now.replace(minute=0, second=0, microsecond=0)
    try:
        for kind, actor in noted:
            key = Key(hour, kind.value, actor[:80], origin, (request.endpoint or "")[:60])
            _count(key, now, is_reading=request.method in READING_METHODS)
    except SQLAlchemyError as error:
        logs.seldom("security_event_not_kept", error=type(error).__name__)
    return response


def _count(key: Key, now: datetime, *, is_reading: bool = False) -> None:
    counts: dict[Key, tuple[int, int]] = current_app.extensions[_COUNTS]
    for old in [one for one in counts if one.hour != key.hour]:
        del counts[old]
    if key not in counts and len(counts) > MOST_AN_HOUR:
        key = _others(key)
    seen, written = counts.get(key, (0, 0))
    seen += 1
    counts[key] = seen, written  # What is not written now is added next time.
    if seen > _EACH and seen & (seen - 1):
        return
    with patience(0 if is_reading else _PATIENCE), short_transaction() as connection:
        _add(connection, key, seen - written, now)
    counts[key] = seen, seen


def _add(connection: Connection, key: Key, times: int, now: datetime) -> None:
    if _add_to(connection, key, times, now):
        return
    here = select(func.count()).select_from(SecurityEvent).where(SecurityEvent.hour == key.hour)
    if (connection.scalar(here) or 0) >= MOST_AN_HOUR:
        key = _others(key)
    try:
        with connection.begin_nested():
            connection.execute(insert(SecurityEvent).values(**key._asdict(), times=times, last_at=now))
    except IntegrityError:
        _add_to(connection, key, times, now)


def _add_to(connection: Connection, key: Key, times: int, now: datetime) -> bool:
    """Count in the row of this key; return whether there is one."""
    equal = update(SecurityEvent).filter_by(**key._asdict())
    done = connection.execute(equal.values(times=SecurityEvent.times + times, last_at=now))
    assert isinstance(done, CursorResult)
    return done.rowcount > 0


def _others(key: Key) -> Key:
    return Key(key.hour, Kind.OTHERS.value, "", "", "")

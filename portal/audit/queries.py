"""Read and check the chain."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from portal.audit import rules
from portal.audit.models import AuditDetail, AuditEntry, AuditHead
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page

PAGE_SIZE = 50
Row = tuple[AuditEntry, AuditDetail | None]  # The detail is None once it is erased.


@dataclass(frozen=True)
class Sieve:
    """Which entries are shown; an empty side lets everything through. `actors` None is everybody."""

    subject: str = ""
    event: str = ""
    actors: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


def count_entries(sieve: Sieve) -> int:
    """Return how many entries the sieve lets through."""
    return db.session.scalar(_sifted(select(func.count(AuditEntry.id)), sieve)) or 0


def page_of_entries(sieve: Sieve, number: int) -> Page[Row]:
    """Return one page of the log, the newest first."""
    rows = count_entries(sieve)
    number = paging.nearest(number, rows, PAGE_SIZE)
    return Page(list_entries(sieve, PAGE_SIZE, (number - 1) * PAGE_SIZE), number, rows, PAGE_SIZE)


def list_entries(sieve: Sieve, most: int, offset: int = 0) -> list[Row]:
    """Return entries with their details, the newest first."""
    query = _sifted(select(AuditEntry, AuditDetail), sieve).outerjoin(
        AuditDetail, AuditDetail.entry_id == AuditEntry.id
    )
    rows = db.session.execute(query.order_by(AuditEntry.id.desc()).limit(most).offset(offset))
    return [(entry, detail) for entry, detail in rows]


def _sifted(query: Select, sieve: Sieve) -> Select:
    if sieve.subject:
        # A whole public name is that object alone: "account 1" is not "account 12".
        is_whole = select(AuditEntry.id).where(AuditEntry.subject == sieve.subject).exists()
        part = func.lower(AuditEntry.subject).contains(sieve.subject.lower(), autoescape=True)
        query = query.where((AuditEntry.subject == sieve.subject) | (~is_whole.correlate(None) & part))
    if sieve.event:
        query = query.where(AuditEntry.event == sieve.event)
    if sieve.actors is not None:
        query = query.where(AuditEntry.actor.in_(sieve.actors))
    if sieve.since:
        query = query.where(AuditEntry.at >= sieve.since)
    if sieve.until:
        query = query.where(AuditEntry.at < sieve.until)
    return query


def find_latest(subject: str, events: Collection[str]) -> AuditEntry | None:
    """Return the latest entry about a subject among some events."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.event.in_(events))
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(1)).first()


def head_of(subject: str, event: str, at: datetime) -> rules.Head | None:
    """Return the head that the log had with the entry of an act; None if there is none of this moment."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.event == event, AuditEntry.at == at)
    entry = db.session.scalars(query.order_by(AuditEntry.id).limit(1)).first()
    return rules.Head(entry.id, entry.hash) if entry else None


def newest_head() -> rules.Head:
    """Return the number and the hash of the newest entry."""
    head = db.session.execute(select(AuditHead.entries, AuditHead.hash)).one()
    return rules.Head(head.entries, head.hash)


def find_head(typed: str) -> AuditEntry | None:
    """Return the entry that a printed head names; None if none begins with these letters, or another one does."""
    wanted = rules.read_head(typed)
    if wanted is None:
        return None
    number, letters = wanted
    query = select(AuditEntry).where(AuditEntry.hash >= letters, AuditEntry.hash < letters + "g")
    found = db.session.scalars(query.order_by(AuditEntry.id).limit(1)).first()
    return found if found is not None and number in (None, found.id) else None


@dataclass(frozen=True)
class ChainCheck:
    """The result of reading the whole chain: how many entries, and the number of the first bad one."""

    entries: int
    first_bad: int | None


def check_chain() -> ChainCheck:
    """Return whether every entry, detail and the head still agree.

    An erased detail is no fault; a changed one is.
    """
    previous, number = rules.GENESIS, 0
    rows = db.session.execute(
        select(AuditEntry, AuditDetail)
        .outerjoin(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
        .order_by(AuditEntry.id)
        .execution_options(yield_per=1000)
    )
    for entry, detail in rows:
        number += 1
        facts = rules.ChainedFacts(number, entry.at, entry.actor, entry.event, entry.subject, entry.commitment)
        expected = rules.entry_hash(previous, facts)
        is_detail_kept = detail is None or (
            rules.commitment(detail.salt, [detail.before, detail.after]) == entry.commitment
        )
        if entry.id != number or entry.previous_hash != previous or entry.hash != expected or not is_detail_kept:
            return ChainCheck(entries=number, first_bad=number)
        previous = entry.hash
    head = db.session.execute(select(AuditHead)).scalar_one()
    if (head.entries, head.hash) != (number, previous):
        return ChainCheck(entries=number, first_bad=min(number, head.entries) + 1)
    return ChainCheck(entries=number, first_bad=None)

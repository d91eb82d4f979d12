"""Read and check the chain."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from portal.audit import chain, witness
from portal.audit.events import EVENTS
from portal.audit.models import AuditDetail, AuditEntry, AuditHead
from portal.platform import paging
from portal.platform.db import Query, db
from portal.platform.i18n import gettext
from portal.platform.paging import Page

PAGE_SIZE = 50
Row = tuple[AuditEntry, AuditDetail | None]  # The detail is None once it is erased.
_ROWS = select(AuditEntry, AuditDetail).outerjoin(AuditDetail, AuditDetail.entry_id == AuditEntry.id)


@dataclass(frozen=True)
class Filters:
    """Which entries are shown; an empty side lets everything through. `actors` None is everybody."""

    subject: str = ""
    event: str = ""
    actors: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


def count_entries(filters: Filters) -> int:
    """Return how many entries pass the filters."""
    return db.session.scalar(_filtered(select(func.count(AuditEntry.id)), filters)) or 0


def page_of_entries(filters: Filters, number: int) -> Page[Row]:
    """Return one page of the log, the newest first."""
    rows = count_entries(filters)
    number = paging.nearest(number, rows, PAGE_SIZE)
    return Page(list_entries(filters, PAGE_SIZE, (number - 1) * PAGE_SIZE), number, rows, PAGE_SIZE)


def list_entries(filters: Filters, most: int, offset: int = 0) -> list[Row]:
    """Return entries with their details, the newest first."""
    return _newest(_filtered(_ROWS, filters).offset(offset), most)


def _newest(query: Select[AuditEntry, AuditDetail], most: int) -> list[Row]:
    rows = db.session.execute(query.order_by(AuditEntry.id.desc()).limit(most))
    return [(entry, detail) for entry, detail in rows]


def _filtered(query: Query, filters: Filters) -> Query:
    if filters.subject:
        # A whole public name is that object alone: "account 1" is not "account 12".
        is_whole = select(AuditEntry.id).where(AuditEntry.subject == filters.subject).exists()
        part = func.lower(AuditEntry.subject).contains(filters.subject.lower(), autoescape=True)
        query = query.where((AuditEntry.subject == filters.subject) | (~is_whole.correlate(None) & part))
    if filters.event:
        query = query.where(AuditEntry.event == filters.event)
    if filters.actors is not None:
        query = query.where(AuditEntry.actor.in_(filters.actors))
    if filters.since:
        query = query.where(AuditEntry.at >= filters.since)
    if filters.until:
        query = query.where(AuditEntry.at < filters.until)
    return query


def list_about(subjects: Collection[str], events: Collection[str], most: int) -> list[Row]:
    """Return the entries of some events about some subjects, with their details, the newest first."""
    return _newest(_ROWS.where(AuditEntry.subject.in_(subjects), AuditEntry.event.in_(events)), most)


def find_latest(subject: str, events: Collection[str]) -> AuditEntry | None:
    """Return the latest entry about a subject among some events."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.event.in_(events))
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(1)).first()


def head_of(subject: str, event: str, at: datetime) -> chain.Head | None:
    """Return the head that the log had with the entry of an act; None if there is none of this moment."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.event == event, AuditEntry.at == at)
    entry = db.session.scalars(query.order_by(AuditEntry.id).limit(1)).first()
    return chain.Head(entry.id, entry.hash) if entry else None


def label_of(event: str) -> str:
    """Return what an event is called; one that is declared no longer, by its name."""
    return gettext(EVENTS[event].label) if event in EVENTS else event


def newest_head() -> chain.Head:
    """Return the number and the hash of the newest entry."""
    head = db.session.execute(select(AuditHead.entries, AuditHead.hash)).one()
    return chain.Head(head.entries, head.hash)


def find_head(typed: str) -> AuditEntry | None:
    """Return the entry that a printed head names; None if none begins with these letters, or another one does."""
    wanted = chain.read_head(typed)
    if wanted is None:
        return None
    number, letters = wanted
    query = select(AuditEntry).where(AuditEntry.hash >= letters, AuditEntry.hash < letters + "g")
    found = db.session.scalars(query.order_by(AuditEntry.id).limit(1)).first()
    return found if found is not None and number in (None, found.id) else None


@dataclass(frozen=True)
class Recorded:
    """What an act wrote into the log: the entry's number, whose act it was and when, and what came of it."""

    entry: int
    at: datetime
    actor: str
    subject: str
    after: dict[str, Any]


@dataclass(frozen=True)
class Mismatch:
    """A record that is not what the log says: the number of the entry that does, if any, and what does not fit."""

    entry: int | None
    subject: str
    problem: str


def list_recorded(events: Collection[str]) -> list[Recorded]:
    """Return what acts of these kinds wrote into the log, in order, as far as it was not erased."""
    query = select(AuditEntry, AuditDetail.after).join(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
    rows = db.session.execute(query.where(AuditEntry.event.in_(events)).order_by(AuditEntry.id))
    return [Recorded(entry.id, entry.at, entry.actor, entry.subject, after or {}) for entry, after in rows]


@dataclass(frozen=True)
class ChainCheck:
    """What reading the whole chain gave: how many entries, the number of the first bad one, how many details erased."""

    entries: int
    first_bad: int | None
    erased: int = 0


def check_chain(at_once: int = 1000) -> ChainCheck:
    """Return whether every entry, detail and the head still agree with each other and with the witness outside.

    A detail that was erased by an act of the log is no fault; one that is changed or gone otherwise is. A row that
    cannot even be read is bad: then the rows are read one by one, so that its number is known. Entries may be added
    meanwhile: the head is read before the rows and once more after them.
    """
    known, erased, head = witness.find(), _list_erased(), _find_head()
    begun = known.begun if known else None
    remembered = [one for one in (begun, witness.noted(), head) if one is not None]
    previous, number, missing = chain.GENESIS, 0, 0
    try:
        for entry, detail in db.session.execute(_ROWS.order_by(AuditEntry.id).execution_options(yield_per=at_once)):
            number += 1
            can_check = known is None or known.can_check(number)
            key = known.key_of(number) if known else b""
            expected = chain.entry_hash(previous, _facts(entry), key) if can_check else entry.hash
            is_good = (entry.id, entry.previous_hash, entry.hash) == (number, previous, expected)
            if not is_good or not _is_detail_good(entry, detail, erased) or _is_other(entry, remembered):
                return ChainCheck(number, number, missing)
            previous, missing = entry.hash, missing + (detail is None)
    except (TypeError, ValueError):
        return check_chain(1) if at_once > 1 else ChainCheck(number + 1, number + 1, missing)
    return ChainCheck(number, _first_missing(number, remembered), missing)


def has_keyed_hash(number: int) -> bool:
    """Tell whether an entry's hash was made with a key."""
    entry = db.session.get(AuditEntry, number)
    return entry is not None and entry.hash != chain.entry_hash(entry.previous_hash, _facts(entry), b"")


def _facts(entry: AuditEntry) -> chain.ChainedFacts:
    return chain.ChainedFacts(entry.id, entry.at, entry.actor, entry.event, entry.subject, entry.commitment)


def _is_detail_good(entry: AuditEntry, detail: AuditDetail | None, erased: Mapping[str, int]) -> bool:
    if detail is None:
        return erased.get(chain.entry_subject(entry.id), 0) > entry.id
    return chain.commitment(detail.salt, [detail.before, detail.after]) == entry.commitment


def _list_erased() -> dict[str, int]:
    """Return the numbers of the entries by which details were erased, by the name of the entry that they had."""
    query = select(AuditEntry.subject, AuditEntry.id).where(AuditEntry.event == "audit.detail_erased")
    return {row.subject: row.id for row in db.session.execute(query.order_by(AuditEntry.id))}


def _find_head() -> chain.Head | None:
    row = db.session.execute(select(AuditHead.entries, AuditHead.hash)).one_or_none()
    return chain.Head(row.entries, row.hash) if row else None


def _is_other(entry: AuditEntry, remembered: Collection[chain.Head]) -> bool:
    """Tell whether an entry is another one than is remembered under its number."""
    return any(one.number == entry.id and one.hash != entry.hash for one in remembered)


def _first_missing(number: int, remembered: Collection[chain.Head]) -> int | None:
    """Return the number of the first entry that is gone behind the last one, or has no place there, if any."""
    last_detail = db.session.scalar(select(func.max(AuditDetail.entry_id)).where(AuditDetail.entry_id > number))
    head = _find_head()
    if head is None or max([one.number for one in remembered], default=0) > number:
        return number + 1
    if head.number < number:
        return head.number + 1
    return number + 1 if last_detail is not None and last_detail > head.number else None


def note_head() -> bool:
    """Let the machine remember the newest entry; return False if what it remembered before is not there any more.

    Then it keeps that, so that the log stays known as cut.
    """
    head, seen = newest_head(), witness.noted()
    if seen is not None and seen.number:
        there = db.session.scalar(select(AuditEntry.hash).where(AuditEntry.id == seen.number))
        if there != seen.hash:
            return False
    witness.note(head)
    return True


def newest_at() -> datetime | None:
    """Return when the newest entry was made."""
    return db.session.scalars(select(AuditEntry.at).order_by(AuditEntry.id.desc()).limit(1)).first()

"""Append entries to the chain."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from portal.access.policy import Actor
from portal.audit import chain, events, queries, witness
from portal.audit.models import AuditDetail, AuditEntry, AuditHead
from portal.platform import tokens
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.platform.i18n import _l


def record(
    event: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> AuditEntry:
    """Append one act to the chain, in the transaction of the act itself.

    `subject` names the object by its public name ("training OSH-2026-01"). Call it last: the head of the chain is
    the last lock that an operation takes.

    :raises ValueError: if the event or a key of its detail is not declared in `events.EVENTS`.
    """
    declared = events.EVENTS.get(event)
    if declared is None or not {*(before or ()), *(after or ())} <= declared.keys:
        raise ValueError(f"Declare the event {event!r} and its keys in portal/audit/events.py.")
    head, known = _lock_head()
    salt = tokens.random_token()
    entry = AuditEntry(
        id=head.entries + 1,
        at=now,
        actor=actor.label,
        event=event,
        subject=subject,
        commitment=chain.commitment(salt, [before, after]),
        previous_hash=head.hash,
    )
    facts = chain.ChainedFacts(entry.id, entry.at, entry.actor, entry.event, entry.subject, entry.commitment)
    entry.hash = chain.entry_hash(head.hash, facts, known.key_of(entry.id))
    head.entries, head.hash = entry.id, entry.hash
    db.session.add(entry)
    db.session.flush()
    db.session.add(AuditDetail(entry_id=entry.id, salt=salt, before=before, after=after))
    return entry


def record_change(
    event: str, subject: str, before: dict[str, Any], after: dict[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Append what an act has changed of an object; saving without a change leaves no trace."""
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        was, became = ({name: facts[name] for name in changed} for facts in (before, after))
        record(event, subject, before=was, after=became, actor=actor, now=now)


def note_taken(what: str, subject: str, rows: int, *, actor: Actor, now: datetime) -> None:
    """Record that names were taken along in a file: what it is, whose, and how many rows it has."""
    record("audit.taken_along", subject, after={"what": what, "rows": rows}, actor=actor, now=now)


def begin_keying() -> None:
    """Make the key of the hashes, if there is none yet: every entry from now on needs it."""
    _lock_head()


def erase_detail(number: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Forget what an act has changed; that it was done, by whom and when stays in the chain.

    The entry that is left here is what lets the database's triggers remove the row.

    :raises Refusal: if there is no such detail, or it is evidence (`events.EVIDENCE`).
    """
    entry = db.session.get(AuditEntry, number)
    is_there = db.session.get(AuditDetail, number) is not None
    if entry is None or not is_there or entry.event in events.EVIDENCE:
        raise Refusal("nothing_to_erase", _l("Entry %(number)s has no details that can be erased."), number=number)
    record("audit.detail_erased", chain.entry_subject(number), after={"reason": reason}, actor=actor, now=now)
    db.session.flush()
    db.session.execute(delete(AuditDetail).where(AuditDetail.entry_id == number))


def _lock_head() -> tuple[AuditHead, witness.Witness]:
    newest = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    head = db.session.execute(newest).scalar_one()
    seen = chain.Head(head.entries, head.hash)
    return head, witness.take(lambda: (seen, queries.has_keyed_hash(head.entries)))

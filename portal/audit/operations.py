"""Append to the chain."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import rules
from portal.audit.models import AuditDetail, AuditEntry, AuditHead
from portal.platform import tokens
from portal.platform.db import db


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

    :raises ValueError: if the event or a key of its detail is not declared in `rules.EVENTS`.
    """
    allowed = rules.EVENTS.get(event)
    if allowed is None or not set(before or ()) | set(after or ()) <= allowed:
        raise ValueError(f"Declare the event {event!r} and its keys in portal/audit/rules.py.")
    newest = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    head = db.session.execute(newest).scalar_one()
    salt = tokens.random_token()
    entry = AuditEntry(
        id=head.entries + 1,
        at=now,
        actor=actor.label,
        event=event,
        subject=subject,
        commitment=rules.commitment(salt, [before, after]),
        previous_hash=head.hash,
    )
    facts = rules.ChainedFacts(entry.id, entry.at, entry.actor, entry.event, entry.subject, entry.commitment)
    entry.hash = rules.entry_hash(head.hash, facts)
    head.entries, head.hash = entry.id, entry.hash
    db.session.add(entry)
    db.session.flush()
    db.session.add(AuditDetail(entry_id=entry.id, salt=salt, before=before, after=after))
    return entry

"""Read and check the chain."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from portal.audit import rules
from portal.audit.models import AuditDetail, AuditEntry, AuditHead
from portal.platform.db import db


def find_latest(subject: str, events: Collection[str]) -> AuditEntry | None:
    """Return the latest entry about a subject among some events."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.event.in_(events))
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(1)).first()


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

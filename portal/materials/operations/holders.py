"""Note who in an institution keeps which copies of an act, and forget their names when nobody asks any more."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from portal.access.policy import Actor, Operator
from portal.audit import operations as audit
from portal.materials.models.handovers import Handover, HandoverItem
from portal.materials.models.holders import EndHolder
from portal.materials.models.materials import Material
from portal.materials.operations import act_numbers
from portal.materials.operations.handovers import subject
from portal.materials.queries import holders, parts
from portal.materials.rules import holders as rules
from portal.materials.rules.handovers import HandoverState
from portal.materials.rules.holders import HolderFault, HoldersRefused
from portal.materials.rules.numbers import Numbers
from portal.platform import clock
from portal.platform.db import change_rows, db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.wording import _l

_WORDS: Mapping[HolderFault, Any] = {
    HolderFault.UNREADABLE: _l("Line %(line)s: write unit; post; name; copies. Post and name may be left out."),
    HolderFault.UNIT_MISSING: _l("Line %(line)s: name the unit."),
    HolderFault.TEXT_TOO_LONG: _l("Line %(line)s: “%(text)s…” is too long or holds an invisible character."),
    HolderFault.COPIES_UNREADABLE: _l("Line %(line)s: “%(text)s” says neither how many copies nor which."),
    HolderFault.NUMBERS_TWICE: _l("Line %(line)s: № %(text)s stand in another line already."),
    HolderFault.NUMBERS_NOT_THERE: _l("Line %(line)s: № %(text)s were not handed over by this act."),
    HolderFault.TOO_MANY: _l("Line %(line)s: more copies than the institution has by this act, which are %(text)s."),
}


class HoldersUnreadable(Refusal):
    """Refuse a list that holds a line which cannot be kept."""

    def __init__(self, refused: HoldersRefused) -> None:
        super().__init__()
        self.refused = refused

    def __str__(self) -> str:
        """Return what stands against the line."""
        return str(_WORDS[self.refused.fault]) % {"line": self.refused.line, "text": self.refused.text}


class HoldersChanged(Conflict):
    """Refuse a list that somebody else has changed since the page was shown."""

    message = _l("Somebody else has changed this list meanwhile. Compare, and save again what is right.")


def seen(handover: Handover, material: Material) -> str:
    """Return a mark of the list as it stands, for the page that shows it to hand back."""
    text = rules.written(holders.as_typed(holders.list_holders(handover, material)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def keep(handover: Handover, material: Material, typed: str, *, mark: str, actor: Actor, now: datetime) -> int:
    """Note the whole list of one title of an act, instead of the one before; return how many holders it has.

    The names stay out of the audit log, which keeps what nobody can erase.

    :raises Conflict: if the act is a draft or void, or does not name the title.
    :raises HoldersChanged: if another list than the one of `mark` stands.
    :raises HoldersUnreadable: if a line cannot be kept.
    """
    lock(Handover, handover.id)
    if _item(handover, material) is None or handover.state not in (HandoverState.PRINTED, HandoverState.SIGNED):
        raise Conflict("not_handed_out", _l("This act does not hand the title over."))
    if seen(handover, material) != mark:
        raise HoldersChanged
    copies, numbers = there(handover, material)
    try:
        found = rules.read(typed, held=copies, of=numbers if material.is_numbered else None)
    except HoldersRefused as refused:
        raise HoldersUnreadable(refused) from refused
    this_list = (EndHolder.handover_id == handover.id, EndHolder.material_id == material.id)
    db.session.execute(delete(EndHolder).where(*this_list))
    db.session.add_all(
        EndHolder(
            handover_id=handover.id,
            material_id=material.id,
            order=order,
            unit=one.unit,
            post=one.post,
            name=one.name,
            quantity=one.quantity,
            numbers=str(one.numbers),
            noted_at=now,
            noted_by=actor.label,
        )
        for order, one in enumerate(found, start=1)
    )
    db.session.flush()
    after = {"material": material.reference, "holders": len(found), "copies": sum(one.quantity for one in found)}
    audit.record("materials.holders_noted", subject(handover), after=after, actor=actor, now=now)
    return len(found)


def forget_names(now: datetime) -> int:
    """Erase the names of holders five years after their act; units, posts and copies stay. Return how many."""
    today = clock.country_day(now)
    limit = today.replace(year=today.year - rules.NAMES_KEPT_YEARS, day=min(today.day, 28))
    old = select(Handover.id).where(Handover.handed_on < limit)
    named = update(EndHolder).where(EndHolder.name != "", EndHolder.handover_id.in_(old))
    count = change_rows(named.values(name=""))
    if count:
        audit.record("materials.holders_forgotten", "end holders", after={"holders": count}, actor=Operator(), now=now)
    return count


def there(handover: Handover, material: Material) -> tuple[int, Numbers]:
    """Return how many copies of a title the institution has by an act, and of a numbered one which."""
    lines = parts.standing_of(handover).lines
    copies = next((line.there for line in lines if line.material_id == material.id), 0)
    return copies, act_numbers.held_by(handover).get(material.id, Numbers())


def _item(handover: Handover, material: Material) -> HandoverItem | None:
    return next((item for item in handover.items if item.material_id == material.id), None)

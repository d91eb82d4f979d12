"""Draft a hand-over act, change the draft, draft one anew from another, throw a draft away."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.materials.models.handovers import Handover, HandoverItem, HandoverShare
from portal.materials.models.materials import StockPlace
from portal.materials.operations import barred
from portal.materials.operations.handover_wording import wording
from portal.materials.operations.stock import require_open
from portal.materials.queries import parts
from portal.materials.rules import handovers as rules
from portal.materials.rules.handovers import (
    ActFault,
    Bound,
    HandoverState,
    PlannedHandover,
    PlannedParty,
    PlannedProxy,
)
from portal.materials.rules.standing import ActStep, base_of
from portal.people.models import Institution
from portal.platform import clock, tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.texts import Text
from portal.platform.wording import _l
from portal.trainings.models import Training
from portal.trainings.operations.locks import TrainingLocked

_SIDES = ("giving", "receiving")
_TEXTS = ("place", "basis", "purpose", "discrepancies")


class HandoverRefused(Refusal):
    """Refuse an act because of what is planned; `faults` names every fault."""

    message = _l("Some entries do not fit.")

    def __init__(self, faults: list[ActFault]) -> None:
        super().__init__()
        self.faults = faults

    def __str__(self) -> str:
        """Return all faults as one text that names their places."""
        return " ".join(f"{_where(fault)}: {wording(fault)}" for fault in self.faults)


class HandoverChanged(Conflict):
    """Refuse to change a draft that somebody else has changed since the page was shown."""

    message = _l("Somebody else has changed this act meanwhile. Compare, and save again what is right.")


class NoDraft(Conflict):
    """Refuse to change an act that has its number."""

    message = _l("The act is printed: it no longer changes. Make it void and draw up a new one.")


def draft(
    planned: PlannedHandover, from_place: StockPlace, training: Training | None, *, actor: Actor, now: datetime
) -> Handover:
    """Draft an act; nothing is taken from the stock yet.

    :raises HandoverRefused: if something stands against what is planned.
    :raises InstitutionClosed: if a party is closed on that day.
    :raises TrainingLocked: if the training's books are closed.
    """
    region = training.region_code if training else from_place.region_code
    assert region is not None  # a place of which copies can be taken lies in a region
    if training is not None and training.is_locked:
        raise TrainingLocked
    handover = Handover(
        reference=tokens.random_token(),
        training_id=training.id if training else None,
        region_code=region,
        from_place_id=from_place.id,
        created_at=now,
        created_by=actor.label,
    )
    _write(planned, handover)
    db.session.add(handover)
    db.session.flush()
    audit.record("materials.act_drafted", subject(handover), after=recorded(handover), actor=actor, now=now)
    return handover


def change(handover: Handover, planned: PlannedHandover, *, version: int, actor: Actor, now: datetime) -> None:
    """Change a draft.

    :raises NoDraft: if it is printed or void.
    :raises HandoverChanged: if it is no longer the version that the page showed.
    :raises HandoverRefused: if something stands against what is planned.
    :raises InstitutionClosed: if a party is closed on that day.
    """
    lock(Handover, handover.id)
    if handover.state != HandoverState.DRAFT:
        raise NoDraft
    if handover.version != version:
        raise HandoverChanged
    before = recorded(handover)
    handover.items.clear()
    handover.shares.clear()
    db.session.flush()
    _write(planned, handover)
    db.session.flush()
    audit.record(
        "materials.act_changed", subject(handover), before=before, after=recorded(handover), actor=actor, now=now
    )


def discard(handover: Handover, *, actor: Actor, now: datetime) -> None:
    """Throw a draft away; it has no number and was nobody's paper.

    :raises NoDraft: if it is printed or void.
    """
    lock(Handover, handover.id)
    if handover.state != HandoverState.DRAFT:
        raise NoDraft
    before, name = recorded(handover), subject(handover)
    db.session.delete(handover)
    db.session.flush()
    audit.record("materials.act_discarded", name, before=before, actor=actor, now=now)


def draft_anew(handover: Handover, *, actor: Actor, now: datetime) -> Handover:
    """Draft an act that says the same as another one, to set that right: what is wrong is then changed in the draft.

    A void act is replaced. A signed one is corrected: it stays, the new act starts from the copies that it accounts
    for and moves the difference alone. Where the training's books are closed, its counts stand, so that the correcting
    act belongs to no training.

    :raises TrainingLocked: if a void act of a training whose books are closed is to be replaced.
    :raises ActCorrected: if another act does so already.
    """
    lock(Handover, handover.id)
    standing = parts.standing_of(handover)
    is_correction = handover.state == HandoverState.SIGNED
    barred.require(ActStep.CORRECT if is_correction else ActStep.REDRAW, handover, standing)
    is_locked = handover.training is not None and handover.training.is_locked
    if is_locked and not is_correction:
        raise TrainingLocked
    kept = base_of(standing) if is_correction else {item.material_id: item.quantity for item in handover.items}
    copied = [column.key for column in Handover.__table__.columns if column.key not in _OWN]
    values = {name: getattr(handover, name) for name in copied}
    if is_correction:
        values |= {"in_parts": False, "handed_on": max(handover.handed_on, clock.country_day(now))}
        values |= {"training_id": None} if is_locked else {}
    new = Handover(
        reference=tokens.random_token(),
        corrects_id=handover.id,
        created_at=now,
        created_by=actor.label,
        items=[
            _copy(item, HandoverItem, quantity=kept[item.material_id])
            for item in handover.items
            if item.material_id in kept
        ],
        shares=[_copy(share, HandoverShare) for share in handover.shares if share.material_id in kept],
        **values,
    )
    db.session.add(new)
    db.session.flush()
    audit.record("materials.act_drafted", subject(new), after=recorded(new), actor=actor, now=now)
    return new


def subject(handover: Handover) -> str:
    """Return how the audit log names an act."""
    return f"hand-over act {handover.number or handover.reference}"


def recorded(handover: Handover) -> dict[str, Any]:
    """Return what the audit log keeps of a draft."""
    return {
        "training": handover.training.code if handover.training else None,
        "giving": handover.giving_institution.code,
        "receiving": handover.receiving_institution.code,
        "handed_on": handover.handed_on.isoformat(),
        "from": handover.from_place.key,
        "lines": [{"material": one.material.reference, "copies": one.quantity} for one in handover.items],
        "transfer": handover.transfer,
        "corrects": handover.corrects.number if handover.corrects else None,
    }


# What an act has for itself and hands on to no other.
_OWN = frozenset(
    {"id", "reference", "number", "series", "year", "serial", "state", "facts", "document_id", "scan_document_id"}
    | {"printed_at", "signed_on", "voided_at", "void_reason", "corrects_id", "version", "created_at", "created_by"}
)


def _where(fault: ActFault) -> str:
    return fault.field if fault.place is None else f"{fault.field} {fault.place + 1}"


def _copy(row: Any, kind: type[Any], **changed: Any) -> Any:
    columns = [column.key for column in kind.__table__.columns if column.key not in ("id", "handover_id")]
    return kind(**{name: getattr(row, name) for name in columns} | changed)


def _write(planned: PlannedHandover, handover: Handover) -> None:
    found = rules.faults(planned, _bound(handover))
    if found:
        raise HandoverRefused(found)
    for side in _SIDES:
        _write_party(getattr(planned, side), side, planned, handover)
    for name in _TEXTS:
        for column, text in getattr(planned, name).columns(name).items():
            setattr(handover, column, text)
    for name in ("handed_on", "transfer", "copies", "with_english", "witness", "in_parts"):
        setattr(handover, name, getattr(planned, name))
    _write_proxy(planned.proxy, handover)
    handover.items = [
        HandoverItem(
            order=order,
            material_id=line.material_id,
            quantity=line.quantity,
            unit_value=line.unit_value,
            currency=line.currency,
            condition=line.condition,
            note=line.note,
            numbers=line.numbers,
        )
        for order, line in enumerate(planned.lines, start=1)
    ]
    handover.shares = [
        HandoverShare(order=order, unit=share.unit, material_id=share.material_id, quantity=share.quantity)
        for order, share in enumerate(planned.shares, start=1)
    ]


def _bound(handover: Handover) -> Bound | None:
    corrected = handover.corrects
    if corrected is None or not handover.is_correction:
        return None
    return Bound(corrected.giving_institution_id, corrected.receiving_institution_id, corrected.handed_on)


def _write_proxy(proxy: PlannedProxy, handover: Handover) -> None:
    handover.proxy_kind, handover.proxy_name = proxy.kind, proxy.name
    is_named = bool(proxy.kind)
    handover.proxy_number, handover.proxy_date = (proxy.number, proxy.day) if is_named else ("", None)
    for column, words in (proxy.position if is_named else Text()).columns("proxy_position").items():
        setattr(handover, column, words)


def _write_party(party: PlannedParty, side: str, planned: PlannedHandover, handover: Handover) -> None:
    institution = db.session.get_one(Institution, party.institution_id)
    require_open(institution, planned.handed_on)
    setattr(handover, f"{side}_institution_id", institution.id)
    setattr(handover, f"{side}_name", party.name)
    for name in ("position", "authority"):
        for column, text in getattr(party, name).columns(f"{side}_{name}").items():
            setattr(handover, column, text)

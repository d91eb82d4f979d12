"""Draft hand-over acts, and find or create the places of copies."""

from datetime import date, datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.catalog import queries as catalog
from portal.catalog.models import Venue
from portal.materials import queries, rules
from portal.materials.models import Handover, HandoverItem, HandoverShare, StockPlace
from portal.people import queries as people
from portal.people.models import Institution, Region
from portal.platform import tokens
from portal.platform.db import db, insert_if_missing, lock
from portal.platform.errors import Conflict, FieldError, FieldsRefused, Refusal
from portal.platform.i18n import _l, long_day, text_of
from portal.platform.texts import Text
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.trainings.operations import TrainingLocked


class InstitutionClosed(Refusal):
    message = _l("“%(name)s” was closed on %(day)s. Choose the institution that took its place.")


def ensure_open(institution: Institution, day: date) -> None:
    """Raise InstitutionClosed if an institution is closed on a day."""
    if institution.closed_on is not None and institution.closed_on <= day:
        raise InstitutionClosed(name=text_of(institution, "name"), day=long_day(institution.closed_on))


class HandoverRefused(FieldsRefused):
    """Refuse an act because of what is planned; `faults` names every fault."""

    message = _l("Some entries do not fit.")

    @staticmethod
    def where(fault: FieldError) -> str:
        return fault.field if fault.place is None else f"{fault.field} {fault.place + 1}"


class HandoverChanged(Conflict):
    message = _l("Somebody else has changed this act meanwhile. Compare, and save again what is right.")


class NoDraft(Conflict):
    message = _l("The act is printed: it no longer changes. Make it void and draw up a new one.")


def draft(
    planned: rules.PlannedHandover, from_place: StockPlace, training: Training | None, *, actor: Actor, now: datetime
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


def change(handover: Handover, planned: rules.PlannedHandover, *, version: int, actor: Actor, now: datetime) -> None:
    """Change a draft.

    :raises NoDraft: if it is printed or void.
    :raises HandoverChanged: if it is no longer the version that the page showed.
    :raises HandoverRefused: if something stands against what is planned.
    :raises InstitutionClosed: if a party is closed on that day.
    """
    lock(Handover, handover.id)
    if handover.state != rules.HandoverState.DRAFT:
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
    if handover.state != rules.HandoverState.DRAFT:
        raise NoDraft
    before, name = recorded(handover), subject(handover)
    db.session.delete(handover)
    db.session.flush()
    audit.record("materials.act_discarded", name, before=before, actor=actor, now=now)


def subject(handover: Handover) -> str:
    return f"hand-over act {handover.number or handover.reference}"


def recorded(handover: Handover) -> dict[str, Any]:
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


def _write(planned: rules.PlannedHandover, handover: Handover) -> None:
    old = handover.corrects if handover.is_correction else None
    bound = rules.Bound(old.giving_institution_id, old.receiving_institution_id, old.handed_on) if old else None
    found = rules.act_faults(planned, bound)
    if found:
        raise HandoverRefused(found)
    for institution_id in (planned.giving_institution_id, planned.receiving_institution_id):
        ensure_open(db.session.get_one(Institution, institution_id), planned.handed_on)
    for name in rules.TERMS:
        setattr(handover, name, getattr(planned, name))
    if not planned.proxy_kind:
        handover.proxy_number, handover.proxy_date, handover.proxy_position = "", None, Text()
    handover.items = [HandoverItem(order=order, **vars(line)) for order, line in enumerate(planned.lines, start=1)]
    handover.shares = [HandoverShare(order=order, **vars(share)) for order, share in enumerate(planned.shares, start=1)]


def take_source() -> StockPlace:
    """Return the source of all copies: the printer, or whoever gives them."""
    return _take(rules.PlaceKind.SOURCE, "all")


def take_office(region: Region) -> StockPlace:
    return _take(rules.PlaceKind.OFFICE, region.code, region_code=region.code)


def take_venue(venue: Venue) -> StockPlace:
    return _take(rules.PlaceKind.VENUE, str(venue.id), region_code=venue.region_code, venue_id=venue.id)


def take_training(training: Training) -> StockPlace:
    """Return what is brought to a training."""
    return _take(rules.PlaceKind.TRAINING, training.code, region_code=training.region_code, training_id=training.id)


def take_participants(training: Training) -> StockPlace:
    """Return what the participants of a training have."""
    return _take(rules.PlaceKind.PARTICIPANTS, training.code, region_code=training.region_code, training_id=training.id)


def take_institution(institution: Institution) -> StockPlace:
    return _take(rules.PlaceKind.INSTITUTION, institution.code, institution_id=institution.id)


def take_damaged(region_code: str) -> StockPlace:
    return _take(rules.PlaceKind.DAMAGED, region_code, region_code=region_code)


def take_lost(region_code: str) -> StockPlace:
    return _take(rules.PlaceKind.LOST, region_code, region_code=region_code)


def take_by_key(key: str) -> StockPlace | None:
    """Return the place that a key names, made if copies can come there; None if it names nothing."""
    known = queries.find_place(key)
    if known is not None:
        return known
    kind, _colon, name = key.partition(":")
    if kind == rules.PlaceKind.OFFICE:
        region = people.get_region(name)
        return take_office(region) if region else None
    if kind == rules.PlaceKind.VENUE:
        venue = catalog.get_venue(int(name)) if name.isascii() and name.isdigit() else None
        return take_venue(venue) if venue else None
    if kind in (rules.PlaceKind.TRAINING, rules.PlaceKind.PARTICIPANTS):
        training = trainings.get_training(name)
        take = take_training if kind == rules.PlaceKind.TRAINING else take_participants
        return take(training) if training else None
    return None


def _take(kind: rules.PlaceKind, name: str, **links: Any) -> StockPlace:
    key = f"{kind.value}:{name}"
    known = queries.find_place(key)
    if known is None:
        insert_if_missing(StockPlace, reference=tokens.random_token(), kind=kind.value, key=key, **links)
        known = queries.find_place(key)
    assert known is not None
    return known

"""Make and change venues."""

from datetime import datetime
from typing import Any

from portal.access import policy
from portal.access.policy import Actor, Scope
from portal.audit import operations as audit
from portal.people.models import Region
from portal.platform.db import db, is_referenced
from portal.platform.texts import Text
from portal.records import operations as records
from portal.records import refusals
from portal.records.contacts import phone_of
from portal.records.operations import Change
from portal.trainings.models import Venue
from portal.trainings.operations import directory, printed
from portal.trainings.operations.refusals import ClockInUse, OutOfReach, VenueKnown
from portal.trainings.rules.directory import PlannedVenue, venue_faults


def create(planned: PlannedVenue, region: Region, *, actor: Actor, now: datetime) -> Venue:
    """Make a venue in a region.

    :raises OutOfReach: if the region is not the actor's.
    :raises PlanRefused: if something stands against it.
    :raises Refusal: if its clock is unknown.
    :raises VenueKnown: if a venue of one of these names is there.
    """
    if not policy.reaches(actor, Scope(region=region.code)):
        raise OutOfReach
    _require(planned)
    _require_own_name(planned, region.code)
    venue = Venue(region_code=region.code)
    _write(planned, venue)
    db.session.add(venue)
    db.session.flush()
    audit.record("trainings.venue_added", subject(venue), after=recorded(venue), actor=actor, now=now)
    return venue


def change(venue: Venue, planned: PlannedVenue, *, version: int, actor: Actor, now: datetime) -> None:
    """Change a venue; its region stays, and its clock too once trainings are planned on it.

    :raises PlanRefused: if something stands against it.
    :raises Refusal: if its clock is unknown.
    :raises ClockInUse: if trainings are planned on another clock.
    :raises VenueKnown: if another venue of one of these names is there.
    :raises RecordChanged: if another version than `version` stands.
    """
    venue = records.lock(venue, version)
    _require(planned)
    _require_own_name(planned, venue.region_code, but=venue)
    if planned.time_zone != venue.time_zone and is_referenced(venue.id, "training.venue_id"):
        raise ClockInUse
    before = recorded(venue)
    _write(planned, venue)
    change = Change("trainings.venue_changed", subject(venue), before, recorded(venue))
    records.finish(venue, change, actor=actor, now=now)


def subject(venue: Venue) -> str:
    """Return how the audit log names a venue."""
    return f"venue {venue.id}"


def recorded(venue: Venue) -> dict[str, Any]:
    """Return what the audit log keeps of a venue."""
    return {
        "region": venue.region_code,
        **Text.of(venue, "name").columns("name"),
        **Text.of(venue, "address").columns("address"),
        "time_zone": venue.time_zone,
        "hall_capacity": venue.hall_capacity,
        "contact": venue.contact,
        "contact_phone": venue.contact_phone,
    }


def _require(planned: PlannedVenue) -> None:
    found = venue_faults(planned)
    refusals.require(printed.with_faults(found, printed.faults(planned.names, "name", printed.VENUE)))
    directory.require_time_zone(planned.time_zone)


def _require_own_name(planned: PlannedVenue, region_code: str, but: Venue | None = None) -> None:
    known = directory.find_venue(planned.names, region_code, but=but)
    if known is not None:
        raise VenueKnown(name=known.name_ru or known.name_ky or known.name_en)


def _write(planned: PlannedVenue, venue: Venue) -> None:
    for column, text in (planned.names.columns("name") | planned.addresses.columns("address")).items():
        setattr(venue, column, text)
    venue.time_zone, venue.hall_capacity = planned.time_zone, planned.hall_capacity
    venue.contact, venue.contact_phone = planned.contact, phone_of(planned.contact_phone)

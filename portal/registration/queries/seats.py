"""Read the seats of a training: how many there are, who holds them, who waits."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.people.models import Institution
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.queries import registrations
from portal.registration.rules.seats import Quota, Room, Seat, Shortage, allocate
from portal.registration.rules.states import Cause, Obstacle, RegistrationRole, RegistrationState
from portal.trainings.models import Allotment, Training

_WAITS_FOR_SEAT = (Cause.TRAINING_FULL.value, Cause.ALLOTMENT_FULL.value)


Lineages = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Placement:
    """What becomes of one registration: a seat, a wait for what is full (`shortage`), or neither (`obstacle`)."""

    registration: Registration
    shortage: Shortage | None = None
    obstacle: Obstacle | None = None


@dataclass(frozen=True)
class Placements:
    """What becomes of everyone who waits for a seat; `waiting` holds those who wait already, and still do."""

    confirmed: tuple[Placement, ...] = ()
    waitlisted: tuple[Placement, ...] = ()
    waiting: tuple[Placement, ...] = ()
    refused: tuple[Placement, ...] = ()


@dataclass(frozen=True)
class Seating:
    """The seats of a training as they are taken, its allotments by id, and what tells whose seat is whose."""

    room: Room
    allotments: Mapping[int, Allotment]
    lineages: Lineages

    def seat_of(self, registration: Registration) -> Seat:
        """Return what decides about a registration's seat."""
        line = self.lineages.get(registration.institution_id or 0, ())
        return Seat(line, registration.region_code, registration.role)


def get_lineages() -> Lineages:
    """Return the ids of each institution and of everything above it: seats for a ministry serve its services."""
    parents = dict(db.session.execute(select(Institution.id, Institution.parent_id)).all())
    lineages: dict[int, tuple[int, ...]] = {}
    for institution_id in parents:
        line: list[int] = []
        above: int | None = institution_id
        while above is not None and above not in line:
            line.append(above)
            above = parents.get(above)
        lineages[institution_id] = tuple(line)
    return lineages


def list_allotments(training_id: int) -> list[Allotment]:
    """Return a training's allotments with their institutions and regions, in the order of their making."""
    query = (
        select(Allotment)
        .options(joinedload(Allotment.institution), joinedload(Allotment.region))
        .where(Allotment.training_id == training_id)
    )
    return list(db.session.scalars(query.order_by(Allotment.id)))


def get_seating(training: Training) -> Seating:
    """Return the training's seats as they are taken now; exact only while the training's row is locked."""
    lineages, allotments = get_lineages(), list_allotments(training.id)
    confirmed = (
        select(Registration.institution_id, Registration.region_code, Registration.role, func.count())
        .where(Registration.training_id == training.id, Registration.state == RegistrationState.CONFIRMED.value)
        .group_by(Registration.institution_id, Registration.region_code, Registration.role)
        .order_by(Registration.institution_id, Registration.region_code, Registration.role)
    )
    room = Room(training.capacity, [quota(allotment) for allotment in allotments], {})
    for institution_id, region_code, role, people in db.session.execute(confirmed):
        room.take(Seat(lineages.get(institution_id or 0, ()), region_code, role), people)
    return Seating(room, {allotment.id: allotment for allotment in allotments}, lineages)


def plan(training: Training) -> Placements:
    """Return what confirming everyone would do now; binding only while the training's row is locked."""
    queue = _list_queue(training.id)
    if obstacle(training) is not None:
        return Placements(refused=tuple(Placement(entry, obstacle=obstacle(training)) for entry in queue))
    seating = get_seating(training)
    allocated = allocate([(entry, seating.seat_of(entry)) for entry in queue], seating.room)
    placed = [Placement(entry, shortage) for entry, shortage in allocated]
    wanting = [place for place in placed if place.shortage is not None]
    return Placements(
        confirmed=tuple(place for place in placed if place.shortage is None),
        waitlisted=tuple(place for place in wanting if place.registration.state == RegistrationState.NOMINATED),
        waiting=tuple(place for place in wanting if place.registration.state == RegistrationState.WAITLISTED),
    )


def next_in_line(training: Training, seating: Seating) -> Registration | None:
    """Return who of the waiting list would get the next seat in order, if one is free for them."""
    if not seating.room.free or obstacle(training) is not None:
        return None
    waiting = [entry for entry in _list_queue(training.id) if entry.state == RegistrationState.WAITLISTED]
    fitting = [entry for entry in waiting if seating.room.shortage(seating.seat_of(entry)) is None]
    return min(fitting, key=lambda entry: (entry.role == RegistrationRole.ALTERNATE, entry.order), default=None)


def obstacle(training: Training) -> Obstacle | None:
    """Return why nobody can have a seat in this training; vetting results are not recorded in the portal yet."""
    return Obstacle.VETTING_MISSING if training.is_vetting_required else None


def _list_queue(training_id: int) -> list[Registration]:
    """Return the nominated, and who is on the waiting list for want of a seat, in the order of nomination.

    Whoever was put on the waiting list by hand stays there until somebody decides otherwise.
    """
    waiting = registrations.list_registrations(
        training_id, (RegistrationState.NOMINATED.value, RegistrationState.WAITLISTED.value)
    )
    put_there = [entry.id for entry in waiting if entry.state == RegistrationState.WAITLISTED]
    decisions = registrations.last_decisions(put_there) if put_there else {}
    by_hand = {id_ for id_ in put_there if id_ not in decisions or decisions[id_].cause not in _WAITS_FOR_SEAT}
    return [entry for entry in waiting if entry.id not in by_hand]


def quota(allotment: Allotment) -> Quota:
    """Return an allotment as the rules see it."""
    return Quota(
        id=allotment.id,
        seats=allotment.seats,
        institution_id=allotment.institution_id,
        region_code=allotment.region_code,
        role=allotment.role,
    )

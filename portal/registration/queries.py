"""Read registrations, decisions and seats."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from portal.people import name_rules
from portal.people import queries as people_queries
from portal.people.models import Institution, Person, Region
from portal.people.rules import line_up
from portal.platform import paging, texts
from portal.platform.db import db
from portal.platform.paging import Page
from portal.registration.models import BulkAct, JoinRequest, ParticipantKey, Registration, RegistrationDecision
from portal.registration.rules import (
    Capacity,
    Cause,
    Quota,
    RegistrationRole,
    RegistrationState,
    Seat,
    Shortage,
    WhyNot,
    allocate,
    is_named,
)
from portal.trainings.models import Allotment, Training


def list_requests(registration_id: int) -> list[JoinRequest]:
    """Return what came by the public form for one registration, the last first."""
    query = select(JoinRequest).where(JoinRequest.registration_id == registration_id)
    return list(db.session.scalars(query.order_by(JoinRequest.id.desc())))


def find_valid_link(registration_id: int, now: datetime) -> ParticipantKey | None:
    """Return the personal link that a registration has now; only its hash is known."""
    query = select(ParticipantKey).where(
        ParticipantKey.registration_id == registration_id, ParticipantKey.kind == "link", *is_valid(now)
    )
    return db.session.scalars(query.order_by(ParticipantKey.id.desc()).limit(1)).first()


def is_valid(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Match the links and PINs that open a page now."""
    return (ParticipantKey.ended_at.is_(None), ParticipantKey.expires_at > now)


PAGE_SIZE = 50
MOST_FOUND = 20
_MOST_WORDS = 6
_LEAST_DIGITS = 4
_LEAST_LETTERS = 3


@dataclass(frozen=True)
class Filters:
    """Which registrations a page shows; an empty side lets everything through."""

    states: tuple[str, ...] = ()
    institution_id: int | None = None
    region_code: str = ""
    text: str = ""
    sort: str = "order"


def get_registration(registration_reference: str) -> Registration | None:
    """Return one registration by its reference, with its training and person."""
    query = (
        select(Registration)
        .options(joinedload(Registration.training), *_shown())
        .where(Registration.reference == registration_reference.upper())
    )
    return db.session.scalars(query).one_or_none()


def list_registrations(training_id: int, states: Collection[str] = ()) -> list[Registration]:
    """Return a training's registrations in the order of nomination, those in `states` or all."""
    return list_filtered(training_id, Filters(states=tuple(states)))


def list_confirmed(training_id: int) -> list[Registration]:
    """Return who is confirmed, by name as the Kyrgyz alphabet orders it."""
    return list_filtered(training_id, Filters(states=(RegistrationState.CONFIRMED.value,), sort="name"))


def list_page(training_id: int, filters: Filters, number: int) -> Page[Registration]:
    """Return one page of the registrations that pass the filters; a number beyond the last gives the last."""
    return paging.page(_filtered(training_id, filters), number, PAGE_SIZE, options=_shown())


def list_filtered(training_id: int, filters: Filters, limit: int | None = None) -> list[Registration]:
    """Return the registrations that pass the filters, sorted as they say."""
    return list(db.session.scalars(_filtered(training_id, filters).options(*_shown()).limit(limit)))


def list_chosen(training_id: int, references: Collection[str]) -> list[Registration]:
    """Return these registrations of a training as they are now, in the order of nomination."""
    query = (
        select(Registration)
        .options(*_shown())
        .where(Registration.training_id == training_id, Registration.reference.in_(list(references)))
        .order_by(Registration.order, Registration.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query)) if references else []


def get_bulk_act(bulk_reference: str) -> BulkAct | None:
    """Return one act on many registrations by its reference."""
    return db.session.scalars(select(BulkAct).where(BulkAct.reference == bulk_reference)).one_or_none()


def find_people(text: str) -> list[Person]:
    """Return people of the directory whom a search means, by name; who was merged stands for nobody.

    Some more than a page shows: the caller leaves out whom the actor does not reach.
    """
    query = (
        select(Person)
        .options(joinedload(Person.institution), joinedload(Person.region))
        .where(Person.merged_into_id.is_(None))
    )
    for word in _words(text):
        query = query.where(_means(word))
    return list(db.session.scalars(query.order_by(Person.sort_key, Person.id).limit(10 * MOST_FOUND)))


def list_withdrawn_own(training_id: int, since: datetime) -> list[tuple[Registration, RegistrationDecision]]:
    """Return who has withdrawn on their own page since a moment and is still out, the last first."""
    query = (
        select(Registration, RegistrationDecision)
        .join(RegistrationDecision, RegistrationDecision.registration_id == Registration.id)
        .options(joinedload(Registration.person))
        .where(
            Registration.training_id == training_id,
            Registration.state == RegistrationState.WITHDRAWN.value,
            RegistrationDecision.state == RegistrationState.WITHDRAWN.value,
            RegistrationDecision.decided_by.startswith("participant "),
            RegistrationDecision.decided_at >= since,
        )
        .order_by(RegistrationDecision.decided_at.desc(), Registration.id)
        .limit(5)
    )
    return [(registration, decision) for registration, decision in db.session.execute(query)]


def count_by_state(training_id: int) -> dict[str, int]:
    """Return how many registrations are in each state; states without any are left out."""
    query = (
        select(Registration.state, func.count())
        .where(Registration.training_id == training_id)
        .group_by(Registration.state)
        .order_by(Registration.state)
    )
    return dict(db.session.execute(query).all())


def list_institutions(training_id: int) -> list[Institution]:
    """Return the institutions that the training's registrations come from, by code."""
    used = select(Registration.institution_id).where(Registration.training_id == training_id)
    return list(db.session.scalars(select(Institution).where(Institution.id.in_(used)).order_by(Institution.code)))


def list_regions(training_id: int) -> list[Region]:
    """Return the regions that the training's registrations come from, in their official order."""
    used = select(Registration.region_code).where(Registration.training_id == training_id)
    return list(db.session.scalars(select(Region).where(Region.code.in_(used)).order_by(Region.order)))


def list_decisions(registration_id: int) -> list[RegistrationDecision]:
    """Return the decisions about one registration, the first one first."""
    query = select(RegistrationDecision).where(RegistrationDecision.registration_id == registration_id)
    return list(db.session.scalars(query.order_by(RegistrationDecision.sequence)))


def list_decided_at(training_id: int, at: datetime) -> list[tuple[Registration, RegistrationDecision]]:
    """Return what one act decided about a training's registrations, in the order of nomination."""
    query = (
        select(Registration, RegistrationDecision)
        .join(RegistrationDecision, RegistrationDecision.registration_id == Registration.id)
        .options(*_shown())
        .where(Registration.training_id == training_id, RegistrationDecision.decided_at == at)
        .order_by(Registration.order, Registration.id)
    )
    return [(registration, decision) for registration, decision in db.session.execute(query)]


def last_decisions(registration_ids: Iterable[int]) -> dict[int, RegistrationDecision]:
    """Return the last decision about each of these registrations, by registration id."""
    latest = (
        select(RegistrationDecision.registration_id, func.max(RegistrationDecision.sequence).label("sequence"))
        .where(RegistrationDecision.registration_id.in_(list(registration_ids)))
        .group_by(RegistrationDecision.registration_id)
        .subquery()
    )
    query = select(RegistrationDecision).join(
        latest,
        (RegistrationDecision.registration_id == latest.c.registration_id)
        & (RegistrationDecision.sequence == latest.c.sequence),
    )
    rows = db.session.scalars(query.order_by(RegistrationDecision.registration_id))
    return {decision.registration_id: decision for decision in rows}


def _shown() -> tuple[ExecutableOption, ...]:
    return (
        joinedload(Registration.person),
        joinedload(Registration.institution),
        joinedload(Registration.region),
    )


def _filtered(training_id: int, filters: Filters) -> Select[Registration]:
    query = select(Registration).join(Registration.person).where(Registration.training_id == training_id)
    if filters.states:
        query = query.where(Registration.state.in_(filters.states))
    if filters.institution_id is not None:
        query = query.where(Registration.institution_id == filters.institution_id)
    if filters.region_code:
        query = query.where(Registration.region_code == filters.region_code)
    words = _words(filters.text)
    institutions, regions = (list_institutions(training_id), list_regions(training_id)) if words else ([], [])
    for word in words:
        query = query.where(_holds(word, institutions, regions))
    column = Person.sort_key if filters.sort.lstrip("-") == "name" else Registration.order
    return query.order_by(column.desc() if filters.sort.startswith("-") else column, Registration.id)


def _words(text: str) -> list[str]:
    """Return what a search looks for: each word of a name, but a phone as one however it is spaced."""
    is_phone = not any(map(str.isalpha, text)) and sum(map(str.isdigit, text)) >= _LEAST_DIGITS
    return ["".join(filter(str.isdigit, text))] if is_phone else text.split()[:_MOST_WORDS]


def _holds(word: str, institutions: Iterable[Institution], regions: Iterable[Region]) -> ColumnElement[bool]:
    """Match what `_means` matches, a reference or receipt, or the institution or region that it comes from."""
    by_receipt = select(JoinRequest.registration_id).where(JoinRequest.receipt == word.upper())
    found = [_means(word), Registration.reference == word.upper(), Registration.id.in_(by_receipt)]
    institution_ids = [one.id for one in institutions if is_named(word, (one.code, *one.name, *one.aliases))]
    region_codes = [one.code for one in regions if is_named(word, (one.code, *one.name, *one.aliases))]
    if institution_ids:
        found.append(Registration.institution_id.in_(institution_ids))
    if region_codes:
        found.append(Registration.region_code.in_(region_codes))
    return or_(*found)


def _means(word: str) -> ColumnElement[bool]:
    """Match a word of a person's name in either script and any usual spelling, or a piece of a phone."""
    found = [Person.search_text.contains(texts.fold(word), autoescape=True)]
    digits = "".join(filter(str.isdigit, word)).lstrip("0")
    if len(digits) >= _LEAST_DIGITS:
        found.append(Person.phone.contains(digits))
    if word.isalpha() and len(word) >= _LEAST_LETTERS:
        found.extend(Person.match_key.contains(key, autoescape=True) for key in name_rules.match_keys(word) if key)
    return or_(*found)


_WAITS_FOR_SEAT = (Cause.TRAINING_FULL.value, Cause.ALLOTMENT_FULL.value)


@dataclass(frozen=True)
class Placement:
    """What becomes of one registration: a seat, a wait for what is full (`shortage`), or neither (`why_not`)."""

    registration: Registration
    shortage: Shortage | None = None
    why_not: WhyNot | None = None


@dataclass(frozen=True)
class Placements:
    """What becomes of everyone who waits for a seat; `waiting` holds those who wait already, and still do."""

    confirmed: tuple[Placement, ...] = ()
    waitlisted: tuple[Placement, ...] = ()
    waiting: tuple[Placement, ...] = ()
    refused: tuple[Placement, ...] = ()


@dataclass(frozen=True)
class Seating:
    """The seats of a training as they are taken, its allotments by id, and what lies above each institution."""

    capacity: Capacity
    allotments: Mapping[int, Allotment]
    lineages: Mapping[int, tuple[int, ...]]

    def seat_of(self, registration: Registration) -> Seat:
        line = self.lineages.get(registration.institution_id or 0, ())
        return Seat(line, registration.region_code, registration.role)


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
    parents, allotments = people_queries.list_parents(), list_allotments(training.id)
    lineages = {institution_id: line_up(institution_id, parents) for institution_id in parents}
    confirmed = (
        select(Registration.institution_id, Registration.region_code, Registration.role, func.count())
        .where(Registration.training_id == training.id, Registration.state == RegistrationState.CONFIRMED.value)
        .group_by(Registration.institution_id, Registration.region_code, Registration.role)
        .order_by(Registration.institution_id, Registration.region_code, Registration.role)
    )
    quotas = [Quota(one.id, one.seats, one.institution_id, one.region_code, one.role) for one in allotments]
    taken = {
        Seat(lineages.get(institution_id or 0, ()), region_code, role): people
        for institution_id, region_code, role, people in db.session.execute(confirmed)
    }
    capacity = Capacity(training.capacity, quotas, taken)
    return Seating(capacity, {allotment.id: allotment for allotment in allotments}, lineages)


def plan(training: Training, queue: Sequence[Registration] | None = None) -> Placements:
    """Return what confirming these people or everyone would do now; binding only while the training is locked."""
    queue = _list_queue(training.id) if queue is None else queue
    if (why_not := why_nobody(training)) is not None:
        return Placements(refused=tuple(Placement(entry, why_not=why_not) for entry in queue))
    seating = get_seating(training)
    allocated = allocate([(entry, seating.seat_of(entry)) for entry in queue], seating.capacity)
    placed = [Placement(entry, shortage) for entry, shortage in allocated]
    wanting = [place for place in placed if place.shortage is not None]
    return Placements(
        confirmed=tuple(place for place in placed if place.shortage is None),
        waitlisted=tuple(place for place in wanting if place.registration.state != RegistrationState.WAITLISTED),
        waiting=tuple(place for place in wanting if place.registration.state == RegistrationState.WAITLISTED),
    )


def next_in_line(training: Training, seating: Seating) -> Registration | None:
    """Return who of the waiting list would get the next seat in order, if one is free for them."""
    if not seating.capacity.free or why_nobody(training) is not None:
        return None
    waiting = [entry for entry in _list_queue(training.id) if entry.state == RegistrationState.WAITLISTED]
    fitting = [entry for entry in waiting if seating.capacity.shortage(seating.seat_of(entry)) is None]
    return min(fitting, key=lambda entry: (entry.role == RegistrationRole.ALTERNATE, entry.order), default=None)


def why_nobody(training: Training) -> WhyNot | None:
    """Return why nobody can have a seat in this training; vetting results are not recorded in the portal yet."""
    return WhyNot.VETTING_MISSING if training.is_vetting_required else None


def _list_queue(training_id: int) -> list[Registration]:
    """Return the nominated, and who is on the waiting list for want of a seat, in the order of nomination.

    Whoever was put on the waiting list by hand stays there until somebody decides otherwise.
    """
    waiting = list_registrations(training_id, (RegistrationState.NOMINATED.value, RegistrationState.WAITLISTED.value))
    put_there = [entry.id for entry in waiting if entry.state == RegistrationState.WAITLISTED]
    decisions = last_decisions(put_there) if put_there else {}
    by_hand = {id_ for id_ in put_there if id_ not in decisions or decisions[id_].cause not in _WAITS_FOR_SEAT}
    return [entry for entry in waiting if entry.id not in by_hand]

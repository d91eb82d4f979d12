"""Read registrations and the decisions about them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from portal.people.models import Institution, Person, Region
from portal.people.rules import names
from portal.platform import paging, texts
from portal.platform.db import db
from portal.platform.paging import Page
from portal.registration.models import BulkAct, JoinRequest, Registration, RegistrationDecision
from portal.registration.rules.searching import is_named
from portal.registration.rules.states import RegistrationState

PAGE_SIZE = 50
MOST_FOUND = 20
_MOST_WORDS = 6
_LEAST_DIGITS = 4
_LEAST_LETTERS = 3


@dataclass(frozen=True)
class Sieve:
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
    query = select(Registration).options(*_shown()).where(Registration.training_id == training_id)
    if states:
        query = query.where(Registration.state.in_(states))
    return list(db.session.scalars(query.order_by(Registration.order, Registration.id)))


def list_confirmed(training_id: int) -> list[Registration]:
    """Return who is confirmed, by name as the Kyrgyz alphabet orders it."""
    query = (
        select(Registration)
        .join(Registration.person)
        .options(*_shown())
        .where(Registration.training_id == training_id, Registration.state == RegistrationState.CONFIRMED.value)
    )
    return list(db.session.scalars(query.order_by(Person.sort_key, Registration.id)))


def list_page(training_id: int, sieve: Sieve, number: int) -> Page[Registration]:
    """Return one page of the registrations that pass the sieve; a number beyond the last gives the last."""
    query = _sifted(select(Registration), training_id, sieve)
    return paging.page(_sorted(query, sieve.sort), number, PAGE_SIZE, options=_shown())


def list_sifted(training_id: int, sieve: Sieve, limit: int | None = None) -> list[Registration]:
    """Return the registrations that pass the sieve, sorted as it says."""
    query = _sorted(_sifted(select(Registration), training_id, sieve), sieve.sort).options(*_shown())
    return list(db.session.scalars(query.limit(limit)))


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


def _sifted(query: Select[Registration], training_id: int, sieve: Sieve) -> Select[Registration]:
    query = query.join(Registration.person).where(Registration.training_id == training_id)
    if sieve.states:
        query = query.where(Registration.state.in_(sieve.states))
    if sieve.institution_id is not None:
        query = query.where(Registration.institution_id == sieve.institution_id)
    if sieve.region_code:
        query = query.where(Registration.region_code == sieve.region_code)
    words = _words(sieve.text)
    institutions, regions = (list_institutions(training_id), list_regions(training_id)) if words else ([], [])
    for word in words:
        query = query.where(_holds(word, institutions, regions))
    return query


def _words(text: str) -> list[str]:
    """Return what a search looks for: each word of a name, but a phone as one however it is spaced."""
    is_phone = not any(map(str.isalpha, text)) and sum(map(str.isdigit, text)) >= _LEAST_DIGITS
    return ["".join(filter(str.isdigit, text))] if is_phone else text.split()[:_MOST_WORDS]


def _holds(word: str, institutions: Iterable[Institution], regions: Iterable[Region]) -> ColumnElement[bool]:
    """Match what `_means` matches, a reference or receipt, or the institution or region that it comes from."""
    by_receipt = select(JoinRequest.registration_id).where(JoinRequest.receipt == word.upper())
    found = [_means(word), Registration.reference == word.upper(), Registration.id.in_(by_receipt)]
    institution_ids = [one.id for one in institutions if is_named(word, (one.code, *_names(one)))]
    region_codes = [one.code for one in regions if is_named(word, (one.code, *_names(one)))]
    if institution_ids:
        found.append(Registration.institution_id.in_(institution_ids))
    if region_codes:
        found.append(Registration.region_code.in_(region_codes))
    return or_(*found)


def _names(place: Institution | Region) -> tuple[str, ...]:
    return place.name_ky, place.name_ru, place.name_en, *place.aliases


def _means(word: str) -> ColumnElement[bool]:
    """Match a word of a person's name in either script and any usual spelling, or a piece of a phone."""
    found = [Person.search_text.contains(texts.fold(word), autoescape=True)]
    digits = "".join(filter(str.isdigit, word)).lstrip("0")
    if len(digits) >= _LEAST_DIGITS:
        found.append(Person.phone.contains(digits))
    if word.isalpha() and len(word) >= _LEAST_LETTERS:
        found.extend(Person.match_key.contains(key, autoescape=True) for key in names.match_keys(word) if key)
    return or_(*found)


def _sorted(query: Select[Registration], sort: str) -> Select[Registration]:
    column = Person.sort_key if sort.lstrip("-") == "name" else Registration.order
    return query.order_by(column.desc() if sort.startswith("-") else column, Registration.id)

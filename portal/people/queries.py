"""Read regions, institutions, ranks, posts, crisis centers and persons."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import CTE, ColumnElement, case, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.people.models import (
    MATCH_KEY,
    Institution,
    Person,
    Post,
    Rank,
    ReferralCenter,
    Region,
)
from portal.people.rules import names
from portal.people.rules.matching import Identity
from portal.people.rules.places import Choice
from portal.people.rules.ranks import KnownRank, RankGroup
from portal.platform import paging, texts
from portal.platform.db import AnySelect, db
from portal.platform.paging import Page
from portal.records.models import Searchable

PAGE_SIZE = 30
_DATA = Path(__file__).parent / "data"
_LARGEST_ID = 2**31 - 1  # A larger number in an address is no id, and no database takes it as one.
Record = TypeVar("Record", bound=Searchable)
_KEYS_AT_ONCE = 5_000
_MOST_OF_A_CONTACT = 5
_COMPARED = (
    Person.id,
    Person.reference,
    Person.match_key,
    Person.merged_into_id,
    Person.family,
    Person.given,
    Person.patronymic,
    Person.phone,
    Person.email,
    Person.birth_year,
    Person.sex,
    Person.region_code,
    Institution.code.label("institution"),
)


@dataclass(frozen=True)
class KnownPerson:
    """Somebody in the directory, as a comparison needs them; `id` and `reference` name the survivor of a merge."""

    id: int
    reference: str
    match_key: str
    identity: Identity


def get_country() -> dict[str, Any]:
    """Return the packaged facts of the country: regions, institutions, donors."""
    facts: dict[str, Any] = json.loads((_DATA / "KG.json").read_text(encoding="utf-8"))
    return facts


def get_titles(name: str) -> list[dict[str, Any]]:
    """Return the packaged ranks or posts, in ascending order."""
    facts: list[dict[str, Any]] = json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
    return facts


def list_regions() -> list[Region]:
    """Return all regions in their official order."""
    return list(db.session.scalars(select(Region).order_by(Region.order)))


def list_institutions() -> list[Institution]:
    """Return all institutions by code."""
    return list(db.session.scalars(select(Institution).order_by(Institution.code)))


def get_region(code: str) -> Region | None:
    """Return one region by its ISO 3166-2 code."""
    return db.session.get(Region, code)


def get_institution_by_code(code: str) -> Institution | None:
    """Return one institution by its code."""
    return db.session.scalars(select(Institution).where(Institution.code == code)).one_or_none()


def list_places() -> list[Region | Institution]:
    """Return all regions in their official order, then all institutions by code."""
    return [*list_regions(), *list_institutions()]


def list_region_choices() -> list[Choice]:
    """Return all regions under the names by which they are called."""
    return [_choice(region) for region in list_regions()]


def list_institution_choices() -> list[Choice]:
    """Return all institutions under the names by which they are called."""
    return [_choice(institution) for institution in list_institutions()]


def list_choices_by_closing(day: date) -> tuple[list[Choice], list[Choice]]:
    """Return the institutions that are open on a day, and those that are closed, under all their names."""
    open_: list[Choice] = []
    closed: list[Choice] = []
    for institution in list_institutions():
        (closed if institution.is_closed(day) else open_).append(_choice(institution))
    return open_, closed


def list_offered_institutions(day: date, kept: Collection[int] = ()) -> list[Institution]:
    """Return what may be chosen on a day, by code: all that are not closed, and those that are `kept` by their ids."""
    return [one for one in list_institutions() if one.id in kept or not one.is_closed(day)]


def get_institution(institution_id: int) -> Institution | None:
    """Return one institution."""
    return _get(Institution, institution_id)


def list_children(institution: Institution) -> list[Institution]:
    """Return the institutions right below one, by code."""
    query = select(Institution).where(Institution.parent_id == institution.id)
    return list(db.session.scalars(query.order_by(Institution.code)))


def list_parents() -> dict[int, int | None]:
    """Return the id of the institution above each one."""
    return {row.id: row.parent_id for row in db.session.execute(select(Institution.id, Institution.parent_id))}


def page_of_institutions(*, search: str, number: int) -> Page[Institution]:
    """Return one page of the institutions in which every word is found: the open ones first, by code."""
    order = (Institution.closed_on.is_not(None), Institution.code)
    return page_of(select(Institution), Institution, order, search=search, number=number)


def get_rank(rank_id: int) -> Rank | None:
    """Return one rank."""
    return _get(Rank, rank_id)


def get_post(post_id: int) -> Post | None:
    """Return one post."""
    return _get(Post, post_id)


def page_of_titles(model: type[Any], *, search: str, number: int) -> Page[Any]:
    """Return one page of the ranks or posts in which every word is found, in ascending order."""
    query = select(model).options(joinedload(model.institution))
    return page_of(query, model, (model.place, model.code), search=search, number=number)


def list_offered_titles(model: type[Any], day: date) -> list[Any]:
    """Return the ranks or posts that hold on a day, in ascending order."""
    has_begun = or_(model.valid_from.is_(None), model.valid_from <= day)
    goes_on = or_(model.closed_on.is_(None), model.closed_on > day)
    return list(db.session.scalars(select(model).where(has_begun, goes_on).order_by(model.place, model.code)))


def list_known_ranks() -> list[KnownRank]:
    """Return all ranks that ever held, with their groups, for `rules.ranks.rank_group`."""
    rows = db.session.scalars(select(Rank).order_by(Rank.place, Rank.code))
    return [KnownRank((row.title_ky, row.title_ru, row.title_en), RankGroup(row.rank_group)) for row in rows]


def get_center(center_id: int) -> ReferralCenter | None:
    """Return one crisis center."""
    return _get(ReferralCenter, center_id)


def get_region_of_center(center_id: int) -> Region | None:
    """Return the region of a crisis center: whoever runs trainings there may confirm the entry."""
    center = get_center(center_id)
    return center.region if center else None


def page_of_centers(*, search: str, number: int, region: str = "") -> Page[ReferralCenter]:
    """Return one page of the crisis centers in which every word is found: the open ones first, by region."""
    query = select(ReferralCenter).join(ReferralCenter.region).options(contains_eager(ReferralCenter.region))
    if region:
        query = query.where(ReferralCenter.region_code == region)
    order = (ReferralCenter.closed_on.is_not(None), Region.order, ReferralCenter.name_ru, ReferralCenter.id)
    return page_of(query, ReferralCenter, order, search=search, number=number)


def list_open_centers(day: date, *, first: str | None) -> list[ReferralCenter]:
    """Return the crisis centers that are open on a day: those of the region `first`, then the others by region."""
    goes_on = or_(ReferralCenter.closed_on.is_(None), ReferralCenter.closed_on > day)
    query = select(ReferralCenter).join(ReferralCenter.region).options(contains_eager(ReferralCenter.region))
    order = (case((ReferralCenter.region_code == first, 0), else_=1), Region.order, ReferralCenter.name_ru)
    return list(db.session.scalars(query.where(goes_on).order_by(*order, ReferralCenter.id)))


def page_of(
    query: AnySelect, model: type[Record], order: Sequence[ColumnElement[Any] | Any], *, search: str, number: int
) -> Page[Record]:
    """Return one page of the records of a query in which every word is found."""
    for word in texts.fold(search).split():
        query = query.where(model.search_text.contains(word, autoescape=True))
    return paging.page(query.order_by(*order), number, PAGE_SIZE)


def _get(model: type[Record], id_: int) -> Record | None:
    return db.session.get(model, id_) if id_ <= _LARGEST_ID else None


def _choice(row: Region | Institution) -> Choice:
    return Choice(row.code, (row.name_ky, row.name_ru, row.name_en, *row.aliases))


def list_by_match_keys(keys: Collection[str]) -> list[KnownPerson]:
    """Return everybody whose name has one of these keys, the older first; merged rows stand for their survivor."""
    cut = sorted({key[:MATCH_KEY] for key in keys})
    rows: list[Any] = []
    for start in range(0, len(cut), _KEYS_AT_ONCE):
        query = (
            select(*_COMPARED)
            .outerjoin(Institution, Institution.id == Person.institution_id)
            .where(Person.match_key.in_(cut[start : start + _KEYS_AT_ONCE]))
            .order_by(Person.id)
        )
        rows += db.session.execute(query).all()
    survivors = _survivors({row.merged_into_id for row in rows if row.merged_into_id})
    return [_known(row, survivors) for row in rows]


def survivors() -> CTE:
    """Return the question for whom each merged person was merged into in the end: `id` and `survivor_id`."""
    is_merged, further = Person.merged_into_id.is_not(None), aliased(Person)
    steps = select(Person.id, Person.merged_into_id.label("into_id")).where(is_merged).cte("steps", recursive=True)
    next_steps = select(steps.c.id, further.merged_into_id).join(further, further.id == steps.c.into_id)
    steps = steps.union(next_steps.where(further.merged_into_id.is_not(None)))
    last = aliased(Person)
    ends = select(steps.c.id, last.id.label("survivor_id")).join(last, last.id == steps.c.into_id)
    return ends.where(last.merged_into_id.is_(None)).cte("survivors")


def list_by_contact(*, phone: str = "", email: str = "") -> list[Person]:
    """Return who is known under a phone or an e-mail address, the older first; who was merged stands for nobody."""
    is_meant = [Person.phone == phone] if phone else [func.lower(Person.email) == email.lower()]
    query = select(Person).where(Person.merged_into_id.is_(None), *is_meant).order_by(Person.id)
    return list(db.session.scalars(query.limit(_MOST_OF_A_CONTACT)))


def find_by_name(family: str, given: str, patronymic: str) -> Person | None:
    """Return the oldest person whose name is written exactly like this."""
    query = select(Person).where(
        Person.match_key == names.person_key(family, given)[:MATCH_KEY],
        Person.family == family,
        Person.given == given,
        Person.patronymic == patronymic,
    )
    return db.session.scalars(query.order_by(Person.id).limit(1)).first()


def _known(row: Any, survivors: dict[int, tuple[int, str]]) -> KnownPerson:
    person_id, reference = survivors[row.merged_into_id] if row.merged_into_id else (row.id, row.reference)
    identity = Identity(
        family=row.family,
        given=row.given,
        patronymic=row.patronymic,
        phone=row.phone,
        email=row.email,
        birth_year=row.birth_year,
        sex=row.sex,
        institution=row.institution or "",
        region=row.region_code or "",
    )
    return KnownPerson(person_id, reference, row.match_key, identity)


def _survivors(merged_ids: set[int]) -> dict[int, tuple[int, str]]:
    """Return whom each of these persons was merged into in the end, by id."""
    found: dict[int, tuple[int, str, int | None]] = {}
    wanted = set(merged_ids)
    while wanted:
        query = select(Person.id, Person.reference, Person.merged_into_id).where(Person.id.in_(wanted))
        found |= {row.id: (row.id, row.reference, row.merged_into_id) for row in db.session.execute(query)}
        wanted = {into for _id, _reference, into in found.values() if into} - found.keys()
    return {person_id: _end(person_id, found) for person_id in merged_ids}


def _end(person_id: int, found: dict[int, tuple[int, str, int | None]]) -> tuple[int, str]:
    seen = {person_id}
    end, reference, into = found[person_id]
    while into and into not in seen:
        seen.add(into)
        end, reference, into = found[into]
    return end, reference

"""Read regions, institutions, ranks, posts, crisis centers and persons."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import CTE, Select, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.people import name_rules
from portal.people.match_rules import Identity
from portal.people.models import MATCH_KEY, Institution, Person, Post, Rank, Region
from portal.people.rules import Choice, KnownRank, RankGroup, line_up
from portal.platform.db import db
from portal.records import queries as records

_DATA = Path(__file__).parent / "data"
_KEYS_AT_ONCE = 5_000
_MOST_OF_A_CONTACT = 5
_COMPARED = (
    Person.id,
    Person.reference,
    Person.match_key,
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


def list_regions_of(actor: Actor) -> list[Region]:
    """Return the regions in which the actor may run trainings, in their official order."""
    reach = actor.reach.regions
    is_everywhere = actor.role in (Role.ADMINISTRATOR, Role.AUDITOR) or reach is None
    return [region for region in list_regions() if is_everywhere or region.code in (reach or ())]


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
    return records.get(Institution, institution_id)


def list_children(institution: Institution) -> list[Institution]:
    """Return the institutions right below one, by code."""
    query = select(Institution).where(Institution.parent_id == institution.id)
    return list(db.session.scalars(query.order_by(Institution.code)))


def list_parents() -> dict[int, int | None]:
    """Return the id of the institution above each one."""
    return {row.id: row.parent_id for row in db.session.execute(select(Institution.id, Institution.parent_id))}


def institutions() -> Select[Any]:
    """Return the question for the institutions: the open ones first, by code."""
    return select(Institution).order_by(Institution.closed_on.is_not(None), Institution.code)


def get_rank(rank_id: int) -> Rank | None:
    """Return one rank."""
    return records.get(Rank, rank_id)


def get_post(post_id: int) -> Post | None:
    """Return one post."""
    return records.get(Post, post_id)


def titles(model: type[Any]) -> Select[Any]:
    """Return the question for the ranks or posts with their institution, in ascending order."""
    return select(model).options(joinedload(model.institution)).order_by(model.place, model.code)


def list_offered_titles(model: type[Any], day: date) -> list[Any]:
    """Return the ranks or posts that hold on a day, in ascending order."""
    has_begun = or_(model.valid_from.is_(None), model.valid_from <= day)
    goes_on = or_(model.closed_on.is_(None), model.closed_on > day)
    return list(db.session.scalars(select(model).where(has_begun, goes_on).order_by(model.place, model.code)))


def list_known_ranks() -> list[KnownRank]:
    """Return all ranks that ever held, with their groups, for `rules.ranks.rank_group`."""
    rows = db.session.scalars(select(Rank).order_by(Rank.place, Rank.code))
    return [KnownRank(tuple(row.title), RankGroup(row.rank_group)) for row in rows]


def _choice(row: Region | Institution) -> Choice:
    return Choice(row.code, (*row.name, *row.aliases))


def list_by_match_keys(keys: Collection[str]) -> list[KnownPerson]:
    """Return everybody whose name has one of these keys, the older first; merged rows stand for their survivor."""
    cut = sorted({key[:MATCH_KEY] for key in keys})
    merged, survivor = survivors(), aliased(Person)
    query = (
        select(*_COMPARED, survivor.id.label("survivor_id"), survivor.reference.label("survivor_reference"))
        .outerjoin(Institution, Institution.id == Person.institution_id)
        .outerjoin(merged, merged.c.id == Person.id)
        .outerjoin(survivor, survivor.id == merged.c.survivor_id)
        .order_by(Person.id)
    )
    chunks = (cut[start : start + _KEYS_AT_ONCE] for start in range(0, len(cut), _KEYS_AT_ONCE))
    return [_known(row) for chunk in chunks for row in db.session.execute(query.where(Person.match_key.in_(chunk)))]


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
        Person.match_key == name_rules.person_key(family, given)[:MATCH_KEY],
        Person.family == family,
        Person.given == given,
        Person.patronymic == patronymic,
    )
    return db.session.scalars(query.order_by(Person.id).limit(1)).first()


def _known(row: Any) -> KnownPerson:
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
    reference = row.survivor_reference or row.reference
    return KnownPerson(row.survivor_id or row.id, reference, row.match_key, identity)


@dataclass(frozen=True)
class InstitutionTree:
    """An institution with everything that belongs to it (`own`, codes by id) and what it belongs to itself."""

    id: int
    own: Mapping[int, str]
    above: tuple[int, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self.own.values())

    @property
    def line(self) -> list[int]:
        """Return the ids of everything whose seats may serve its people."""
        return [*self.own, *self.above]


def get_institution_tree(institution_id: int) -> InstitutionTree:
    """Return an institution with what belongs to it and what it belongs to."""
    rows = db.session.execute(select(Institution.id, Institution.code, Institution.parent_id)).all()
    parents = {row.id: row.parent_id for row in rows}
    own = {row.id: row.code for row in rows if institution_id in line_up(row.id, parents)}
    return InstitutionTree(institution_id, own, line_up(institution_id, parents)[1:])

"""Read regions, institutions and persons."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.people.models import MATCH_KEY, Institution, Person, Region
from portal.people.rules import names
from portal.people.rules.matching import Identity
from portal.people.rules.places import Choice
from portal.platform.db import db

_COUNTRY = Path(__file__).parent / "data" / "KG.json"
_KEYS_AT_ONCE = 5_000
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
    facts: dict[str, Any] = json.loads(_COUNTRY.read_text(encoding="utf-8"))
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


def list_region_choices() -> list[Choice]:
    """Return all regions under the names by which they are called."""
    return [_choice(region) for region in list_regions()]


def list_institution_choices() -> list[Choice]:
    """Return all institutions under the names by which they are called."""
    return [_choice(institution) for institution in list_institutions()]


def _choice(row: Region | Institution) -> Choice:
    return Choice(row.code, (row.name_ky, row.name_ru, row.name_en, *row.aliases))


def list_by_match_keys(keys: Collection[str]) -> list[KnownPerson]:
    """Return everybody whose name has one of these keys, the older first; merged rows stand for their survivor."""
    cut = sorted({key[:MATCH_KEY] for key in keys})
    rows = []
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

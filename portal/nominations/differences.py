"""Read what a second list is compared with."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import NotNullable, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.list_reader.decisions import Absent, Present
from portal.nominations.models import NominationList, NominationRow
from portal.people.models import Institution, Person, PersonName
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules import NAME, OF_PERSON, OF_TRAINING, SEATED, TAKES_PART

_AT_ONCE = 5_000


def list_present(training_id: int, person_ids: Collection[int]) -> dict[int, Present]:
    """Return how those of these persons who are in the training are kept, by person id."""
    query = (
        select(
            Registration.id,
            Registration.reference,
            Registration.person_id,
            *(getattr(Person, name) for name in OF_PERSON),
            func.coalesce(Institution.code, "").label("institution"),
            func.coalesce(Registration.region_code, "").label("region"),
            Registration.post,
            Registration.rank,
        )
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Institution, Institution.id == Registration.institution_id)
        .where(Registration.training_id == training_id)
        .order_by(Registration.id)
    )
    rows = [
        row._mapping
        for part in parts(person_ids)
        for row in db.session.execute(query.where(Registration.person_id.in_(part)))
    ]
    spellings: dict[int, set[tuple[str, ...]]] = defaultdict(set)
    names = select(PersonName.person_id, PersonName.family, PersonName.given, PersonName.patronymic)
    for part in parts(row["person_id"] for row in rows):
        query_of_part = names.where(PersonName.person_id.in_(part)).order_by(PersonName.id)
        for person_id, *name in db.session.execute(query_of_part):
            spellings[person_id].add(tuple(name))
    present = {}
    for row in rows:
        facts = {name: row[name] for name in (*OF_PERSON, *OF_TRAINING)}
        own = tuple(row[name] for name in NAME)
        written = frozenset({own, *spellings[row["person_id"]]})
        present[row["person_id"]] = Present(row["id"], row["reference"], facts, written)
    return present


def list_contacts(contacts: Collection[str]) -> dict[str, set[int]]:
    """Return who is known under each of these phones and e-mail addresses."""
    known: dict[str, set[int]] = defaultdict(set)
    for part in parts(contacts):
        query = select(Person.id, Person.phone, Person.email).where(
            Person.merged_into_id.is_(None), or_(Person.phone.in_(part), Person.email.in_(part))
        )
        for person_id, phone, email in db.session.execute(query.order_by(Person.id)):
            known[phone].add(person_id)
            known[email].add(person_id)
    return known


def list_unnamed(training_id: int, person_ids: Collection[int]) -> list[Absent]:
    """Return who takes part in a training, nominated by name, but for these persons; in the order of nomination."""
    query = (
        select(Registration.id, Registration.reference, Person, func.coalesce(Institution.code, ""))
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Institution, Institution.id == Registration.institution_id)
        .where(
            Registration.training_id == training_id,
            Registration.state.in_(TAKES_PART),
            Registration.role.in_(SEATED),
        )
    )
    absent = []
    for registration_id, reference, person, institution in db.session.execute(
        query.order_by(Registration.order, Registration.id)
    ):
        if person.id not in person_ids:
            signs = frozenset({person.match_key, person.phone, person.email.casefold()} - {""})
            absent.append(Absent(registration_id, reference, person.full_name, institution, signs))
    return absent


def list_gone(registration_ids: Collection[int], most: int) -> list[Registration]:
    """Return who of these still takes part, by name, no more than `most`."""
    query = (
        select(Registration)
        .join(Registration.person)
        .options(contains_eager(Registration.person), joinedload(Registration.institution))
        .where(Registration.id.in_(list(registration_ids)[:_AT_ONCE]), Registration.state.in_(TAKES_PART))
    )
    return list(db.session.scalars(query.order_by(Person.sort_key, Registration.id).limit(most)))


def list_brought(training_id: int) -> dict[int, dict[int, int]]:
    """Return by list whom it brought into a training: persons with their registrations."""
    query = (
        select(NominationRow.list_id, NotNullable(NominationRow.person_id), NotNullable(NominationRow.registration_id))
        .join(NominationList, NominationList.id == NominationRow.list_id)
        .where(NominationList.training_id == training_id, NominationList.state == "committed")
        .where(NominationRow.registration_id.is_not(None))
    )
    brought: dict[int, dict[int, int]] = defaultdict(dict)
    for list_id, person_id, registration_id in db.session.execute(query.order_by(NominationRow.id)):
        brought[list_id][person_id] = registration_id
    return brought


def parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield values as far as one statement takes them, in order."""
    every = sorted(values)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))

"""Close and reopen institutions. None is ever removed: old records keep theirs.

Add persons, and update known ones from lists.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.people import name_rules
from portal.people.kinds import called, day_faults, ensure_own_names
from portal.people.models import MATCH_KEY, SORT_KEY, Institution, Person, PersonName
from portal.platform import texts, tokens
from portal.platform.db import db, insert_many, lock, serialize
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.records import operations as records
from portal.records import refusals


class InstitutionClosed(Refusal):
    message = _l("%(institution)s is closed and takes nobody any more. Choose who took over.")


def close(institution: Institution, on: date, *, version: int, actor: Actor, now: datetime) -> None:
    """Close an institution: from that day on it is offered nowhere new.

    :raises Conflict: if it is closed.
    :raises RecordRefused: if the day is before its first one.
    :raises RecordChanged: if another version than `version` stands.
    """
    institution = lock(Institution, institution.id, version=version)
    if institution.closed_on is not None:
        raise Conflict("closed_already", _l("The institution is closed already."))
    refusals.ensure_right(day_faults(institution.valid_from, on))
    institution.closed_on = on
    before, after = {"closed_on": None}, {"closed_on": str(on)}
    records.note("people.institution_closed", institution, before, after, actor=actor, now=now)


def reopen(institution: Institution, *, version: int, actor: Actor, now: datetime) -> None:
    """Open a closed institution again.

    :raises Conflict: if it is open.
    :raises NameTaken: if one of its names means another one by now.
    :raises RecordChanged: if another version than `version` stands.
    """
    institution = lock(Institution, institution.id, version=version)
    if institution.closed_on is None:
        raise Conflict("not_closed", _l("The institution is open."))
    ensure_own_names((*institution.name, *institution.aliases), but=institution)
    before, after = {"closed_on": str(institution.closed_on)}, {"closed_on": None}
    institution.closed_on = None
    records.note("people.institution_reopened", institution, before, after, actor=actor, now=now)


def ensure_open(institution_ids: Collection[int], day: date) -> None:
    """Raise InstitutionClosed with the first of these institutions that is closed on a day."""
    chosen = select(Institution).where(Institution.id.in_(institution_ids)).order_by(Institution.code)
    for institution in db.session.scalars(chosen):
        if institution.is_closed(day):
            raise InstitutionClosed(institution=called(institution))


_NAME = ("family", "given", "patronymic")
_EMPTY: dict[str, Any] = {
    "sex": None,
    "birth_year": None,
    "phone": "",
    "email": "",
    "institution_id": None,
    "region_code": None,
    "post": "",
    "rank": "",
}


@dataclass(frozen=True)
class PersonFacts:
    """What somebody says about a person; unknown is empty. The name stands as it was written."""

    family: str
    given: str
    patronymic: str = ""
    sex: str | None = None
    birth_year: int | None = None
    phone: str = ""
    email: str = ""
    institution_id: int | None = None
    region_code: str | None = None
    post: str = ""
    rank: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        return self.family, self.given, self.patronymic


def draft(fact: PersonFacts) -> dict[str, Any]:
    """Return the columns of a person to be added, with the folded name, which takes a while; nothing is written."""
    return {
        **vars(fact),
        "search_text": name_rules.search_text(*fact.name),
        "match_key": name_rules.person_key(fact.family, fact.given)[:MATCH_KEY],
        "sort_key": name_rules.sort_key(*fact.name)[:SORT_KEY],
    }


def lock_directory() -> None:
    """Keep others from adding or removing persons by lists until this transaction ends."""
    serialize("people.directory")


def add_all(drafts: Sequence[Mapping[str, Any]], *, source: str, now: datetime) -> list[int]:
    """Add persons with their written names, not confirmed yet, and return their ids in the same order.

    The caller records the act that brought them.
    """
    people = [{**draft, "reference": tokens.random_token(), "created_at": now} for draft in drafts]
    added = insert_many(Person, people)
    written = [
        {"person_id": person_id, **_spelling({part: draft[part] for part in _NAME}, source)}
        for person_id, draft in zip(added, drafts, strict=True)
    ]
    if written:
        db.session.execute(insert(PersonName.__table__), written)
    return added


def learn(people: Mapping[int, Person], facts: Mapping[int, PersonFacts], *, source: str) -> dict[int, dict[str, Any]]:
    """Fill what nobody knew of these persons and keep new spellings of their names; what is known stays.

    Both mappings go by person id. Return what each learned, so that `forget` can take it back.
    """
    known = {(name.person_id, *_parts(name)) for name in _list_names(people)}
    learned: dict[int, dict[str, Any]] = {}
    spellings: dict[int, PersonName] = {}
    for person_id, fact in facts.items():
        person = people[person_id]
        filled = {
            field: getattr(fact, field) for field in _EMPTY if getattr(fact, field) and not getattr(person, field)
        }
        for field, value in filled.items():
            setattr(person, field, value)
        learned[person_id] = {"filled": filled}
        if fact.name != _parts(person) and (person_id, *fact.name) not in known:
            spellings[person_id] = PersonName(person_id=person_id, **_spelling(_named(fact), source))
    db.session.add_all(spellings.values())
    db.session.flush()
    for person_id, name in spellings.items():
        learned[person_id]["name_id"] = name.id
    return {person_id: what for person_id, what in learned.items() if what["filled"] or "name_id" in what}


def forget(people: Mapping[int, Person], learned: Mapping[int, Mapping[str, Any]]) -> None:
    """Take back what `learn` returned, unless somebody has changed or confirmed it since."""
    for person_id, what in learned.items():
        for field, value in what["filled"].items():
            if getattr(people[person_id], field) == value:
                setattr(people[person_id], field, _EMPTY[field])
    name_ids = [what["name_id"] for what in learned.values() if "name_id" in what]
    db.session.flush()
    db.session.execute(delete(PersonName).where(PersonName.id.in_(name_ids), PersonName.confirmed_at.is_(None)))


def correct(person: Person, fields: Mapping[str, Any], *, source: str) -> dict[str, Any]:
    """Set right what is known of a person, in a new version; return what the fields that differ held before.

    The new name is kept as a spelling and folded anew. A printed form that repeats the old name is not confirmed any
    more, so that a human looks at the name before it is printed. The caller records the act.
    """
    before = {field: getattr(person, field) for field, value in fields.items() if getattr(person, field) != value}
    written = _parts(person)
    for field in before:
        setattr(person, field, fields[field])
    if _parts(person) != written:
        _rename(person, written, source)
    flag_modified(person, "search_text")  # What changes of a training alone is a new version as well.
    db.session.flush()
    return before


def keep_language(person_ids: Collection[int], language: str) -> None:
    """Keep in which language letters to these people speak; whoever edits their names at this time is not disturbed."""
    statement = Person.__table__.update().where(Person.id.in_(person_ids), Person.language != language)
    db.session.execute(statement.values(language=language))


def remove(person_ids: Collection[int]) -> None:
    """Remove persons whom nothing refers to, with their written names."""
    db.session.execute(delete(PersonName).where(PersonName.person_id.in_(person_ids)))
    db.session.execute(delete(Person).where(Person.id.in_(person_ids)))


def _rename(person: Person, written: tuple[str, str, str], source: str) -> None:
    """Fold the new name, keep it as a spelling, and open the name check for forms that repeat the old one."""
    fact = PersonFacts(*_parts(person))
    drafted = draft(fact)
    for folded in ("search_text", "match_key", "sort_key"):
        setattr(person, folded, drafted[folded])
    spellings = _list_names([person.id])
    for name in spellings:
        if _parts(name) == written:
            name.confirmed_at, name.confirmed_by = None, ""
    if fact.name not in map(_parts, spellings):
        db.session.add(PersonName(person_id=person.id, **_spelling(_named(fact), source)))


def _named(fact: PersonFacts) -> dict[str, str]:
    return dict(zip(_NAME, fact.name, strict=True))


def _spelling(parts: Mapping[str, str], source: str) -> dict[str, str]:
    scripts = {texts.script(letter) for letter in "".join(parts.values())} - {None}
    return {**parts, "script": "latin" if scripts == {"latin"} else "cyrillic", "source": source}


def _list_names(person_ids: Collection[int]) -> list[PersonName]:
    query = select(PersonName).where(PersonName.person_id.in_(list(person_ids))).order_by(PersonName.id)
    return list(db.session.scalars(query))


def _parts(name: Person | PersonName) -> tuple[str, str, str]:
    return name.family, name.given, name.patronymic

"""Nominate one person typed into a form, with the checks of a list."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.list_reader import decisions
from portal.list_reader.columns import Column, ColumnMapping
from portal.list_reader.decisions import Candidate, Match
from portal.list_reader.nominee import Nominee, ReferenceData, read_nominee
from portal.list_reader.problems import Problem
from portal.nominations import queries
from portal.nominations.reading import facts_of, get_reference_data, nomination
from portal.people import name_rules
from portal.people import operations as people
from portal.people import queries as people_queries
from portal.people.models import MATCH_KEY, Person
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.registration import operations as registration_operations
from portal.registration.models import Registration
from portal.registration.rules import RegistrationRole
from portal.trainings.models import Training
from portal.trainings.operations import lock_open


@dataclass(frozen=True)
class Entry:
    """What was typed; `institution` and `region` are codes, empty is unknown."""

    family: str = ""
    given: str = ""
    patronymic: str = ""
    sex: str = ""
    birth_year: str = ""
    institution: str = ""
    post: str = ""
    rank: str = ""
    region: str = ""
    phone: str = ""
    email: str = ""
    role: str = RegistrationRole.PARTICIPANT.value


# Read like the row of a list that has a column for each field; the role is chosen, never written.
_COLUMNS = [Column(field.name) for field in fields(Entry) if field.name != Column.ROLE]
_MAPPING = ColumnMapping(None, {column: place for place, column in enumerate(_COLUMNS)})


def judge(entry: Entry, reference_data: ReferenceData) -> tuple[Nominee, tuple[Problem, ...]]:
    """Return what was typed, normalized, and what stands against it; problems name their column."""
    row = [getattr(entry, column.value) for column in _COLUMNS]
    nominee, problems = read_nominee(row, _MAPPING, reference_data)
    return replace(nominee, role=RegistrationRole(entry.role).value), problems


BY_HAND = "hand"


class EntryRefused(Refusal):
    """Refuse what cannot be kept as it was typed; `problems` name their fields."""

    message = _l("Something that was typed cannot be kept. Correct it and send it again.")

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class PersonDoubted(Refusal):
    """Ask who is meant, since somebody of this name is known; `people` are the references of who may be meant."""

    message = _l("Somebody of this name is known already. Say whether it is the same person.")

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        super().__init__()
        self.people = tuple(candidate.reference for candidate in candidates)


@dataclass(frozen=True)
class Added:
    """The registration of somebody; `is_known` tells whether the directory knew the person before."""

    registration: Registration
    is_known: bool
    warnings: tuple[Problem, ...] = ()


def read(entry: Entry, *, today: date) -> tuple[Nominee, tuple[Problem, ...]]:
    """Return what was typed as a list would be read, and what should be looked at though it can be kept.

    :raises EntryRefused: if something cannot be kept.
    """
    nominee, problems = judge(entry, get_reference_data(today))
    bad = [problem for problem in problems if not problem.is_warning]
    if bad:
        raise EntryRefused(bad)
    return nominee, problems


def find_match(nominee: Nominee, choice: str | None = None, *, by_workplace: bool = True) -> Match:
    """Return whom somebody typed into a form means in the directory; `choice` settles a doubt."""
    keys = name_rules.person_keys(nominee.family, nominee.given)
    known = people_queries.list_by_match_keys(keys)
    cut = {key[:MATCH_KEY] for key in keys}
    candidates = [Candidate(one.id, one.reference, one.identity) for one in known if one.match_key in cut]
    return decisions.match(nominee.identity, candidates, choice, by_workplace=by_workplace)


def add(
    training: Training,
    entry: Entry,
    *,
    person: Person | None = None,
    choice: str | None = None,
    actor: Actor,
    now: datetime,
) -> Added:
    """Nominate somebody by hand: `person` of the directory, or whoever is meant; `choice` settles a doubt.

    :raises EntryRefused: if something cannot be kept as typed.
    :raises PersonDoubted: if somebody of this name is known and nobody has said who is meant.
    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if the person is in this training already.
    """
    nominee, warnings = read(entry, today=now.date())
    lock_open(training.id)
    if person is None:
        people.lock_directory()
        person = _find_person(nominee, choice)
    facts = facts_of(nominee, queries.get_institution_ids())
    if person is None:
        (person_id,) = people.add_all([people.draft(facts)], source=BY_HAND, now=now)
    else:
        person_id = person.id
        people.learn({person_id: person}, {person_id: facts}, source=BY_HAND)
    nominations = [nomination(person_id, nominee, facts)]
    (registration_id,) = registration_operations.create_all(training, nominations, source=BY_HAND, actor=actor, now=now)
    registration = db.session.get_one(Registration, registration_id)
    after = {"registration": registration.reference, "role": nominee.role, "source": BY_HAND}
    audit.record("registration.added", f"training {training.code}", after=after, actor=actor, now=now)
    return Added(registration, person is not None, warnings)


def _find_person(nominee: Nominee, choice: str | None) -> Person | None:
    found = find_match(nominee, choice)
    if found.person is None and found.possible and choice is None:
        raise PersonDoubted(found.possible)
    return db.session.get_one(Person, found.person.id) if found.person else None

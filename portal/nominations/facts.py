"""A person's facts typed into a form: nominate somebody by hand, and correct a participant."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.list_reader import decisions
from portal.list_reader.columns import Column, ColumnMapping
from portal.list_reader.decisions import Candidate, Match
from portal.list_reader.nominee import Nominee, ReferenceData, read_nominee
from portal.list_reader.problems import Problem
from portal.nominations import queries
from portal.nominations.reading import get_reference_data, nomination, person_facts
from portal.participants import operations as participant_operations
from portal.participants.operations import Moved
from portal.people import name_rules
from portal.people import operations as people
from portal.people import queries as people_queries
from portal.people.match_rules import Identity, Likeness, compare
from portal.people.models import MATCH_KEY, Person
from portal.platform.db import db, lock
from portal.platform.errors import RecordChanged, Refusal
from portal.platform.i18n import _l
from portal.registration import operations as registration_operations
from portal.registration import rules as registration_rules
from portal.registration.models import Registration
from portal.registration.rules import (
    CONTACTS,
    IN_THE_LOG,
    NAME,
    OF_PERSON_SAID,
    OF_TRAINING,
    OF_TRAINING_SAID,
    Facts,
    RegistrationRole,
)
from portal.trainings.models import Training
from portal.trainings.operations import ensure_open, lock_open

BY_HAND = "hand"
_STRENGTH = {Likeness.DIFFERENT: 0, Likeness.POSSIBLE: 1, Likeness.SAME: 2}

Changes = Mapping[str, list[Any]]


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
        found = find_match(nominee, choice)
        if found.person is None and found.possible and choice is None:
            raise PersonDoubted(found.possible)
        person = db.session.get_one(Person, found.person.id) if found.person else None
    facts = person_facts(nominee, queries.get_institution_ids())
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


class SomebodyElse(Refusal):
    """Ask once more, since what is said is known of somebody else; `people` are references by the field in doubt."""

    message = _l("Somebody else is known by this. If it is right all the same, say so below and save again.")

    def __init__(self, found: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.people = found


@dataclass(frozen=True)
class FactsInput:
    """What a form says of somebody, on top of the person's version that it showed; `is_sure` settles a doubt."""

    entry: Entry
    language: str
    version: int
    is_sure: bool = False


@dataclass(frozen=True)
class Corrected:
    """What a correction has changed, each fact with what it was and is: of the training, and of the person."""

    here: Changes
    person: Changes
    moved: Moved = Moved()  # what followed from another e-mail address
    warnings: tuple[Problem, ...] = ()  # what should be looked at

    def __bool__(self) -> bool:
        return bool(self.here or self.person)

    @property
    def is_renamed(self) -> bool:
        return any(name in self.person for name in NAME)


def correct(registration: Registration, written: FactsInput, *, actor: Actor, now: datetime) -> Corrected:
    """Set right what a form says otherwise than it is kept; the rest of the form is not judged.

    What holds at the time of the training is changed there, and of the person too if no later training knows better.

    :raises EntryRefused: if something cannot be kept as typed.
    :raises RecordChanged: if the person was changed since the form was opened.
    :raises SomebodyElse: if a name, phone or e-mail belongs to somebody else and nobody has said that it is right.
    :raises TrainingClosed: if anything but the contacts changes in a training that is finalized or cancelled.
    """
    training = lock(Training, registration.training_id)
    _lock(registration, written.version)
    present = queries.facts_of(registration)
    said, warnings = _read(written, present, now)
    changes = registration_rules.differing(present, said)
    if not changes:
        return Corrected({}, {})
    if changes.keys() - set(CONTACTS):
        ensure_open(training)
    if not written.is_sure:
        _ensure_nobody_else(registration.person, changes)
    is_outdated = registration.id in queries.list_outdated([registration.id])
    here, person = registration_rules.split(
        {name: after for name, (_before, after) in changes.items()}, is_outdated=is_outdated
    )
    done = apply(registration, here, person, source=BY_HAND, actor=actor, now=now)
    return Corrected(done.here, done.person, done.moved, warnings)


def correct_snapshot(
    registration: Registration, said: Facts, *, correction: int, actor: Actor, now: datetime
) -> Corrected:
    """Say otherwise how somebody came to a finalized training; of the person nothing changes but the sex.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    """
    lock_open(registration.training_id, correction=correction)
    here = {name: said[name] for name in OF_TRAINING if name in said}
    person = {name: said[name] for name in ("sex",) if name in said}
    return apply(registration, here, person, source=BY_HAND, actor=actor, now=now)


def apply(
    registration: Registration, here: Facts, person: Facts, *, source: str, actor: Actor, now: datetime
) -> Corrected:
    """Keep facts of the training and of the person, with their history; the caller has locked the training."""
    who = registration.person
    now_here = registration_rules.differing(queries.facts_of(registration), here)
    now_known = registration_rules.differing(queries.facts_of(who), person)
    if not now_here and not now_known:
        return Corrected({}, {})
    for column, value in _columns({name: here[name] for name in now_here}).items():
        setattr(registration, column, value)
    people.correct(who, _columns({name: person[name] for name in now_known}), source=source)
    db.session.flush()
    db.session.expire(registration, ["institution", "region"])
    db.session.expire(who, ["institution", "region"])
    before = now_known["email"][0] if "email" in now_known else ""
    done = Corrected(now_here, now_known, participant_operations.follow_address(who, before, now=now))
    _record(registration, done, actor=actor, now=now)
    return done


def revert(registration: Registration, done: Mapping[str, Changes], *, actor: Actor, now: datetime) -> Corrected:
    """Take a correction back, but for what somebody has changed since; the caller has locked the training."""
    here = registration_rules.undone(queries.facts_of(registration), done["here"])
    person = registration_rules.undone(queries.facts_of(registration.person), done["person"])
    return apply(registration, here, person, source=BY_HAND, actor=actor, now=now)


def _lock(registration: Registration, version: int) -> None:
    """Keep others from changing the directory and the person; refuse another version of the person."""
    people.lock_directory()
    person = lock(Person, registration.person_id)
    db.session.refresh(registration)
    if person.version != version:
        raise RecordChanged


def _read(written: FactsInput, present: Facts, now: datetime) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return the facts that were typed otherwise than they are kept, normalized, and what to look at."""
    typed = {name: text for name, text in vars(written.entry).items() if name in present} | {
        "language": written.language
    }
    touched = {name for name, text in typed.items() if text != shown(present[name])}
    nominee, found = judge(written.entry, get_reference_data(now.date()))
    problems = [problem for problem in found if problem.column and problem.column.value in touched]
    bad = [problem for problem in problems if not problem.is_warning]
    if bad:
        raise EntryRefused(bad)
    read = vars(nominee) | {"language": written.language}
    return {name: read[name] for name in touched}, tuple(problems)


def shown(value: Any) -> str:
    return "" if value is None else str(value)


def _columns(said: Facts) -> dict[str, Any]:
    columns = {name: value for name, value in said.items() if name not in ("institution", "region")}
    if "institution" in said:
        found = people_queries.get_institution_by_code(said["institution"]) if said["institution"] else None
        columns["institution_id"] = found.id if found else None
    if "region" in said:
        columns["region_code"] = said["region"] or None
    return columns


def _ensure_nobody_else(person: Person, changes: Changes) -> None:
    """Ask if the name or a contact now speaks of somebody else, naming who by the field that says so."""
    doubts: dict[str, tuple[str, ...]] = {}
    for field in ("phone", "email"):
        if field in changes and changes[field][1]:
            others = people_queries.list_by_contact(**{field: changes[field][1]})
            doubts[field] = tuple(one.reference for one in others if one.id != person.id)
    if changes.keys() & {*NAME, "phone", "email"}:
        known = [one for field in doubts.values() for one in field]
        doubts["family"] = tuple(one for one in _likenesses(person, changes) if one not in known)
    if any(doubts.values()):
        raise SomebodyElse({field: found for field, found in doubts.items() if found})


def _likenesses(person: Person, changes: Changes) -> Iterator[str]:
    """Yield who in the directory looks more like this person than before the change."""
    before = queries.facts_of(person)
    after = before | {name: value for name, (_before, value) in changes.items()}
    was, becomes = _identity(before), _identity(after)
    keys = {key[:MATCH_KEY] for key in name_rules.person_keys(becomes.family, becomes.given)}
    for other in people_queries.list_by_match_keys(keys):
        if other.id != person.id:
            strength = _STRENGTH[compare(becomes, other.identity).likeness]
            if strength > _STRENGTH[compare(was, other.identity).likeness]:
                yield other.reference


def _identity(known: Facts) -> Identity:
    return Identity(**{name: known[name] for name in Identity.__dataclass_fields__})


def _record(registration: Registration, done: Corrected, *, actor: Actor, now: datetime) -> None:
    moved = {name: number for name, number in vars(done.moved).items() if number}
    for event, subject, changes, more in (
        (OF_TRAINING_SAID, f"registration {registration.reference}", done.here, {}),
        (OF_PERSON_SAID, f"person {registration.person.reference}", done.person, moved),
    ):
        if changes:
            before = {IN_THE_LOG.get(name, name): was for name, (was, _is) in changes.items()}
            after = {IN_THE_LOG.get(name, name): becomes for name, (_was, becomes) in changes.items()}
            audit.record(event, subject, before=before, after=after | more, actor=actor, now=now)

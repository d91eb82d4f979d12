"""Import a staged list into its training, and take a whole import back while nothing hangs on it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people import operations as people
from portal.people.models import Person, PersonName
from portal.people.operations import PersonFacts
from portal.platform.db import db
from portal.platform.errors import Conflict, DomainError
from portal.platform.wording import _l
from portal.registration.models import (
    NominationList,
    NominationRow,
    ParticipantKey,
    ParticipantSession,
    Registration,
    RegistrationDecision,
)
from portal.registration.operations import seats
from portal.registration.operations.imports import drop_rows, expect_open, expect_waiting, lock_list
from portal.registration.operations.imports_reading import Judged, judge_rows
from portal.registration.queries import nominations as queries
from portal.registration.rules import privacy
from portal.registration.rules.judgement import Nominee
from portal.registration.rules.outcomes import IMPORTABLE, Outcome
from portal.registration.rules.problems import Problem
from portal.registration.rules.reading import ReadRow
from portal.registration.rules.rows import RowKind
from portal.registration.rules.states import RegistrationState
from portal.trainings import queries as trainings

SOURCE = "list"
_NAMED = 3  # people whom a refusal names
_AT_ONCE = 5_000


class NothingToImport(DomainError):
    """Refuse to import a list without a single good row."""

    message = _l("No row of this list can be imported. Fix at least one, or discard the list.")


class ListNotImported(Conflict):
    """Refuse to undo a list that is not imported, or not any more."""

    message = _l("This list is not imported, or its import was undone already.")


class ImportInUse(Conflict):
    """Refuse to undo an import while something hangs on it."""

    message = _l(
        "The import cannot be undone any more: people of this list were decided about or given access (%(who)s)."
    )


class ImportMarked(Conflict):
    """Refuse to undo an import whose people have attendance or certificates."""

    message = _l("The import cannot be undone any more: people of this list have attendance or certificates.")


@dataclass(frozen=True)
class Imported:
    """What an import has made. `registered` were in the training already and are left as they are."""

    registrations: int
    people: int
    registered: int


@dataclass(frozen=True)
class Undone:
    """What an undo has removed. `kept` came with the import and stay, since something else needs them."""

    registrations: int
    people: int
    kept: int


def commit(nomination_list: NominationList, *, version: int | None = None, actor: Actor, now: datetime) -> Imported:
    """Nominate the people of all good rows, new ones and known ones; bad rows and repetitions stay behind.

    Who is known is looked up anew, while the training is locked.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NothingToImport: if there is no good row.
    :raises Conflict: if the list changed, is still being read, or does not wait any more.
    """
    training = trainings.lock_training(nomination_list.training_id)
    expect_waiting(nomination_list, version)
    rows = {row.number: row for row in queries.list_rows(nomination_list.id, IMPORTABLE)}
    if not rows:
        raise NothingToImport
    choices = {row.number: row.choice for row in rows.values() if row.choice is not None}
    judged = judge_rows([_as_read(row) for row in rows.values()], training, choices)
    for verdict in judged.verdicts:
        row = rows[verdict.row.number]
        row.kind, row.person_id = verdict.outcome.value, verdict.person_id
        row.duplicate_of, row.is_warned = verdict.row.duplicate_of, verdict.is_warned
        row.problems = [problem.as_dict() for problem in verdict.row.problems]
    imported = _nominate(nomination_list, judged, rows, actor=actor, now=now)
    _keep_only_what_is_needed(nomination_list)
    nomination_list.state, nomination_list.committed_at = "committed", now
    db.session.flush()
    _record("registration.imported", nomination_list, imported.registrations, imported.people, actor=actor, now=now)
    return imported


def undo(nomination_list: NominationList, *, version: int | None = None, actor: Actor, now: datetime) -> Undone:
    """Remove the registrations that came with an import, and the people who came with it and are needed nowhere else.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises ListNotImported: if the list is not imported.
    :raises ListChanged: if the list changed since the page was shown.
    :raises ImportInUse: if somebody was decided about or given access.
    :raises ImportMarked: if somebody has attendance or a certificate.
    """
    training = trainings.lock_training(nomination_list.training_id)
    expect_open(training)
    lock_list(nomination_list, version)
    if nomination_list.state != "committed":
        raise ListNotImported
    rows = queries.list_rows(nomination_list.id, IMPORTABLE)
    registration_ids = [row.registration_id for row in rows if row.registration_id is not None]
    _expect_unused(registration_ids)
    created = [row.person_id for row in rows if row.is_person_created and row.person_id is not None]
    learned = {row.person_id: row.effects for row in rows if row.person_id is not None and row.effects}
    _remove_registrations(nomination_list, registration_ids)
    people.forget(_people(learned), learned)
    removed = _remove_people(created)
    nomination_list.state, nomination_list.undone_at = "undone", now
    db.session.flush()
    _record("registration.import_undone", nomination_list, len(registration_ids), removed, actor=actor, now=now)
    return Undone(len(registration_ids), removed, len(created) - removed)


def _nominate(
    nomination_list: NominationList, judged: Judged, rows: Mapping[int, NominationRow], *, actor: Actor, now: datetime
) -> Imported:
    institutions = queries.get_institution_ids()
    good = [verdict for verdict in judged.verdicts if verdict.outcome in IMPORTABLE]
    facts = {verdict.row.number: _facts(verdict.row.nominee, institutions) for verdict in good if verdict.row.nominee}
    new = [verdict.row.number for verdict in good if verdict.outcome is Outcome.NEW]
    added = people.add_all([facts[number] for number in new], source=SOURCE, now=now)
    for number, person in zip(new, added, strict=True):
        rows[number].person_id, rows[number].is_person_created = person.id, True
    known = {verdict.person_id: verdict.row.number for verdict in good if verdict.person_id is not None}
    persons = _people(known)
    learned = people.learn(persons, {id_: facts[number] for id_, number in known.items()}, source=SOURCE)
    for person_id, what in learned.items():
        rows[known[person_id]].effects = what
    persons |= {person.id: person for person in added}
    nominated = [verdict.row for verdict in good if verdict.person_id not in judged.registered]
    nominations = [
        _nomination(persons[rows[row.number].person_id or 0], facts[row.number], row.nominee)
        for row in nominated
        if row.nominee
    ]
    registrations = seats.create_all(nomination_list.training, nominations, source=SOURCE, actor=actor, now=now)
    for row, registration in zip(nominated, registrations, strict=True):
        rows[row.number].registration_id = registration.id
    db.session.flush()
    return Imported(len(registrations), len(added), len(judged.registered))


def _as_read(row: NominationRow) -> ReadRow:
    problems = tuple(map(Problem.from_dict, row.problems))
    return ReadRow(row.number, RowKind.DATA, tuple(row.cells), Nominee.from_dict(row.values), problems)


def _facts(nominee: Nominee, institutions: Mapping[str, int]) -> PersonFacts:
    return PersonFacts(
        family=nominee.family,
        given=nominee.given,
        patronymic=nominee.patronymic,
        sex=nominee.sex,
        birth_year=nominee.birth_year,
        phone=nominee.phone,
        email=nominee.email,
        institution_id=institutions.get(nominee.institution),
        region_code=nominee.region or None,
        post=nominee.post,
        rank=nominee.rank,
    )


def _nomination(person: Person, facts: PersonFacts, nominee: Nominee) -> seats.Nomination:
    """Return the nomination with what the list says today, whatever the directory says."""
    return seats.Nomination(
        person,
        role=nominee.role,
        institution_id=facts.institution_id,
        region_code=facts.region_code,
        post=facts.post,
        rank=facts.rank,
    )


def _keep_only_what_is_needed(nomination_list: NominationList) -> None:
    """Empty the cells of columns that were not read: they were kept for the mapping only."""
    used = set(nomination_list.mapping.values())
    for row in queries.list_rows(nomination_list.id):
        unread = [place for place in range(len(row.cells)) if place not in used]
        if row.kind != Outcome.HEADER and row.kind != Outcome.IGNORED and any(row.cells[place] for place in unread):
            row.cells = privacy.emptied(row.cells, unread)


def _expect_unused(registration_ids: Sequence[int]) -> None:
    decided = (
        select(RegistrationDecision.registration_id)
        .group_by(RegistrationDecision.registration_id)
        .having(func.count() > 1)
    )
    keyed = select(ParticipantKey.registration_id)
    used = or_(
        Registration.state != RegistrationState.NOMINATED.value,
        Registration.id.in_(decided),
        Registration.id.in_(keyed),
    )
    found: list[str] = []
    for part in _parts(registration_ids):
        query = select(Person.family, Person.given).join(Registration, Registration.person_id == Person.id)
        names = db.session.execute(query.where(Registration.id.in_(part), used).order_by(Registration.order))
        found += [f"{family} {given}" for family, given in names]
    if found:
        more = len(found) - _NAMED
        raise ImportInUse(who=", ".join(found[:_NAMED]) + (f" … +{more}" if more > 0 else ""))


def _remove_registrations(nomination_list: NominationList, registration_ids: Sequence[int]) -> None:
    """Remove the list's rows and its registrations, both or neither."""
    try:
        with db.session.begin_nested():
            drop_rows(nomination_list)
            for part in _parts(registration_ids):
                for model in (RegistrationDecision, ParticipantSession):
                    db.session.execute(delete(model).where(model.registration_id.in_(part)))
                db.session.execute(delete(Registration).where(Registration.id.in_(part)))
    except IntegrityError as error:  # Higher floors refer to a registration; the database knows them all.
        raise ImportMarked from error


def _remove_people(person_ids: Collection[int]) -> int:
    """Remove these persons as far as nothing needs them; return how many that were."""
    removed = 0
    for part in _parts(sorted(person_ids)):
        free = _unneeded(part)
        waiting = update(NominationRow).where(
            NominationRow.person_id.in_(free), NominationRow.registration_id.is_(None)
        )
        db.session.execute(
            waiting.where(NominationRow.kind == Outcome.KNOWN.value).values(kind=Outcome.NEW.value, person_id=None)
        )
        db.session.execute(waiting.values(person_id=None))
        removed += _remove_free(free)
    return removed


def _unneeded(person_ids: Collection[int]) -> list[int]:
    needed = or_(
        Person.id.in_(select(Registration.person_id)),
        Person.id.in_(select(Person.merged_into_id).where(Person.merged_into_id.is_not(None))),
        Person.id.in_(select(PersonName.person_id).where(PersonName.confirmed_at.is_not(None))),
    )
    return list(db.session.scalars(select(Person.id).where(Person.id.in_(person_ids), ~needed).order_by(Person.id)))


def _remove_free(person_ids: Sequence[int]) -> int:
    """Remove persons all at once, or one by one if something that this floor does not know refers to one of them."""
    try:
        with db.session.begin_nested():
            people.remove(person_ids)
    except IntegrityError:
        return sum(_remove_free([person_id]) for person_id in person_ids) if len(person_ids) > 1 else 0
    return len(person_ids)


def _people(person_ids: Iterable[int]) -> dict[int, Person]:
    query = select(Person).where(Person.id.in_(list(person_ids))).order_by(Person.id)
    return {person.id: person for person in db.session.scalars(query)}


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _record(
    event: str, nomination_list: NominationList, registrations: int, persons: int, *, actor: Actor, now: datetime
) -> None:
    audit.record(
        event,
        f"training {nomination_list.training.code}",
        after={
            "filename": nomination_list.filename,
            "sha256": nomination_list.sha256,
            "registrations": registrations,
            "people": persons,
        },
        actor=actor,
        now=now,
    )

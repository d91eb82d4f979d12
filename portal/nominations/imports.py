"""Import a staged list into its training, at once or by a job, and undo an import while nothing depends on it.

The job plans without a lock and then does everything in one transaction: killed before its end it leaves nothing
behind, and whoever runs it again begins anew; killed after it, it finds its work done.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.list_reader import privacy
from portal.list_reader.decisions import IMPORTABLE, Outcome
from portal.list_reader.nominee import Nominee
from portal.list_reader.problems import Problem
from portal.list_reader.reading import OnProgress, ReadRow, unreported
from portal.list_reader.rows import RowKind
from portal.nominations import operations, queries, row_corrections
from portal.nominations.differences import parts
from portal.nominations.models import NominationList, NominationRow
from portal.nominations.operations import drop_rows, ensure_waiting, lock_list
from portal.nominations.queries import BecameRow, StoredRow
from portal.nominations.reading import AT_ONCE, Decided, decide, decide_again, nomination, person_facts
from portal.participants.models import ParticipantSession
from portal.people import operations as people_operations
from portal.people.models import Person, PersonName
from portal.people.operations import PersonFacts
from portal.platform import jobs
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.jobs import Job
from portal.registration import operations as registration_operations
from portal.registration.models import ParticipantKey, Registration, RegistrationDecision
from portal.registration.rules import RegistrationState
from portal.trainings.operations import lock_open

COMMIT, UNDO = "import-nominations", "undo-import"
SOURCE = "list"
_NAMED = 3  # people whom a refusal names


class NothingToImport(Refusal):
    message = _l("No row of this list can be imported. Fix at least one, or discard the list.")


@dataclass(frozen=True)
class Imported:
    registrations: int
    people: int
    registered: int  # who were in the training already
    corrected: int = 0  # of these, who are kept otherwise now
    overtaken: int = 0  # changes that were ticked, while somebody has corrected the same


@dataclass(frozen=True)
class Undone:
    registrations: int
    people: int
    kept: int  # people who came with the import and stay, since something else needs them
    corrected: int = 0  # people who are kept again as they were before


@dataclass(frozen=True)
class Plan:
    """What an import will carry out, by row number."""

    decided: Decided
    rows: Mapping[int, StoredRow]  # the good ones as they are stored; empty if the list was not stored yet
    facts: Mapping[int, PersonFacts]
    drafts: Mapping[int, dict[str, Any]]  # of new persons


def look_through(nomination_list: NominationList, on_progress: OnProgress = unreported) -> Plan:
    """Match the good rows of a list and plan their import; nothing is written, so that nothing need be locked for it.

    :raises NothingToImport: if there is no good row.
    """
    rows = queries.list_stored(nomination_list.id, IMPORTABLE)
    if not rows:
        raise NothingToImport
    choices = {row.number: row.choice for row in rows if row.choice is not None}
    read = [
        ReadRow(
            row.number,
            RowKind.DATA,
            tuple(row.cells),
            Nominee(**row.values),
            tuple(map(Problem.from_dict, row.problems)),
        )
        for row in rows
    ]
    decided = decide(read, nomination_list.training, choices, on_progress)
    return plan(decided, {row.number: row for row in rows})


def plan(decided: Decided, rows: Mapping[int, StoredRow]) -> Plan:
    """Plan the import of rows of which it is decided what becomes of them."""
    institutions = queries.get_institution_ids()
    facts = {one.row.number: person_facts(one.row.nominee, institutions) for one in decided.good if one.row.nominee}
    new = [one.row.number for one in decided.good if one.outcome is Outcome.NEW]
    return Plan(decided, rows, facts, {number: people_operations.draft(facts[number]) for number in new})


def commit(
    nomination_list: NominationList,
    *,
    version: int | None = None,
    planned: Plan | None = None,
    takes: bool | None = None,
    actor: Actor,
    now: datetime,
) -> Imported:
    """Nominate the people of all good rows, new ones and known ones; bad rows and repetitions stay behind.

    Whoever is in the training is corrected as far as it is ticked, or as `takes` says for all rows. All of them or
    nobody, in one transaction. `planned` is the work done beforehand on the list in this `version`, so that others wait
    only for the writing; who is known is looked up anew, while the training is locked.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NothingToImport: if there is no good row.
    :raises Conflict: if the list changed, is still being read, or does not wait any more.
    """
    ensure_waiting(nomination_list, version)
    people_operations.lock_directory()
    doing = planned or look_through(nomination_list)
    rows = doing.rows or {row.number: row for row in queries.list_stored(nomination_list.id, IMPORTABLE)}
    decided = decide_again(doing.decided, nomination_list.training)
    # Planned anew if the directory or the training has changed meanwhile.
    doing = replace(doing, rows=rows) if decided is doing.decided else plan(decided, rows)
    verdicts = [verdict for verdict in doing.decided.verdicts if verdict.row.number in doing.rows]
    ticked, overtaken = row_corrections.choose(doing.rows, verdicts, takes)
    operations.store([doing.rows[verdict.row.number] for verdict in verdicts], ticked)
    registrations = _nominate(nomination_list, doing, actor=actor, now=now)
    corrected = row_corrections.take_over(nomination_list, doing.rows, ticked, source=SOURCE, actor=actor, now=now)
    _keep_only_what_is_needed(nomination_list)
    nomination_list.state, nomination_list.committed_at = "committed", now
    db.session.flush()
    made = {"registrations": registrations, "people": len(doing.drafts), "corrected": corrected}
    _record("registration.imported", nomination_list, made, actor=actor, now=now)
    return Imported(registrations, len(doing.drafts), len(doing.decided.registered), corrected, overtaken)


def _nominate(nomination_list: NominationList, doing: Plan, *, actor: Actor, now: datetime) -> int:
    """Add who is new, let the known learn, register who is not in the training yet; return how many these are."""
    good, facts, registered = doing.decided.good, doing.facts, doing.decided.registered
    new_ids = people_operations.add_all(list(doing.drafts.values()), source=SOURCE, now=now)
    added = dict(zip(doing.drafts, new_ids, strict=True))
    known = {verdict.person_id: verdict.row.number for verdict in good if verdict.person_id is not None}
    # Whoever is in the training learns no more than a spelling: the rest is a change that somebody ticks.
    said = {
        id_: PersonFacts(*facts[number].name) if id_ in registered else facts[number] for id_, number in known.items()
    }
    learned = people_operations.learn(_people(known), said, source=SOURCE)
    operations.write([{"id": doing.rows[known[person_id]].id, "effects": what} for person_id, what in learned.items()])
    persons = {verdict.row.number: verdict.person_id or added[verdict.row.number] for verdict in good}
    nominees = {one.row.number: one.row.nominee for one in good if one.person_id not in registered and one.row.nominee}
    nominations = [nomination(persons[number], nominee, facts[number]) for number, nominee in nominees.items()]
    created = registration_operations.create_all(
        nomination_list.training, nominations, source=SOURCE, actor=actor, now=now
    )
    became = dict(zip(nominees, created, strict=True))
    operations.write(
        [
            {
                "id": doing.rows[number].id,
                "person_id": person_id,
                "is_person_created": number in added,
                "registration_id": became.get(number),
            }
            for number, person_id in persons.items()
        ]
    )
    return len(created)


def _keep_only_what_is_needed(nomination_list: NominationList) -> None:
    """Empty the cells of columns that were not read: they were kept for the mapping only."""
    used = set(nomination_list.mapping.values())
    needless = [
        {"id": row_id, "cells": privacy.emptied(cells, unread)}
        for row_id, cells in queries.list_cells(nomination_list.id)
        if (unread := [place for place, cell in enumerate(cells) if cell and place not in used])
    ]
    operations.write(needless)


def undo(nomination_list: NominationList, *, version: int | None = None, actor: Actor, now: datetime) -> Undone:
    """Remove the registrations that came with an import, and the people who came with it and are needed nowhere else.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if the list is not imported or has changed, or somebody of it was decided about, was given
        access, or has attendance or a certificate.
    """
    rows = ensure_undoable(nomination_list, version)
    people_operations.lock_directory()
    registration_ids = [row.registration_id for row in rows if row.registration_id is not None]
    created = [row.person_id for row in rows if row.is_person_created and row.person_id is not None]
    learned = {row.person_id: row.effects for row in rows if row.person_id is not None and row.effects}
    _remove_registrations(nomination_list, registration_ids)
    corrected = row_corrections.take_back(nomination_list, learned, actor=actor, now=now)
    people_operations.forget(_people(learned), learned)
    removed = _remove_people(created)
    nomination_list.state, nomination_list.undone_at = "undone", now
    db.session.flush()
    gone = {"registrations": len(registration_ids), "people": removed, "corrected": corrected}
    _record("registration.import_undone", nomination_list, gone, actor=actor, now=now)
    return Undone(len(registration_ids), removed, len(created) - removed, corrected)


def ensure_undoable(nomination_list: NominationList, version: int | None) -> list[BecameRow]:
    """Lock training and list, and return what the rows became, unless the import cannot be undone.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if the list is not imported or has changed, or somebody was decided about or given access.
    """
    lock_open(nomination_list.training_id)
    lock_list(nomination_list, version)
    if nomination_list.state != "committed":
        raise Conflict("list_not_imported", _l("This list is not imported, or its import was undone already."))
    rows = queries.list_became(nomination_list.id)
    _ensure_unused([row.registration_id for row in rows if row.registration_id is not None])
    return rows


def _ensure_unused(registration_ids: Sequence[int]) -> None:
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
    for part in parts(registration_ids):
        query = select(Person.family, Person.given).join(Registration, Registration.person_id == Person.id)
        names = db.session.execute(query.where(Registration.id.in_(part), used).order_by(Registration.order))
        found += [f"{family} {given}" for family, given in names]
    if found:
        more = len(found) - _NAMED
        raise Conflict(
            "import_in_use",
            _l(
                "The import cannot be undone any more: "
                "people of this list were decided about or given access (%(who)s)."
            ),
            who=", ".join(found[:_NAMED]) + (f" … +{more}" if more > 0 else ""),
        )


def _remove_registrations(nomination_list: NominationList, registration_ids: Sequence[int]) -> None:
    """Remove the list's rows and its registrations, both or neither."""
    try:
        with db.session.begin_nested():
            drop_rows(nomination_list)
            for part in parts(registration_ids):
                for model in (RegistrationDecision, ParticipantSession):
                    db.session.execute(delete(model).where(model.registration_id.in_(part)))
                db.session.execute(delete(Registration).where(Registration.id.in_(part)))
    except IntegrityError as error:  # Higher floors refer to a registration; the database knows them all.
        raise Conflict(
            "import_marked",
            _l("The import cannot be undone any more: people of this list have attendance or certificates."),
        ) from error


def _remove_people(person_ids: Collection[int]) -> int:
    """Remove these persons as far as nothing needs them; return how many that were."""
    needed = or_(
        Person.id.in_(select(Registration.person_id)),
        Person.id.in_(select(Person.merged_into_id).where(Person.merged_into_id.is_not(None))),
        Person.id.in_(select(PersonName.person_id).where(PersonName.confirmed_at.is_not(None))),
    )
    removed = 0
    for part in parts(person_ids):
        free = list(db.session.scalars(select(Person.id).where(Person.id.in_(part), ~needed).order_by(Person.id)))
        waiting = update(NominationRow).where(
            NominationRow.person_id.in_(free), NominationRow.registration_id.is_(None)
        )
        db.session.execute(
            waiting.where(NominationRow.kind == Outcome.KNOWN.value).values(kind=Outcome.NEW.value, person_id=None)
        )
        db.session.execute(waiting.values(person_id=None))
        removed += _remove_free(free)
    return removed


def _remove_free(person_ids: Sequence[int]) -> int:
    """Remove persons but for those to whom a higher floor refers: halved until these are found."""
    try:
        with db.session.begin_nested():
            people_operations.remove(person_ids)
    except IntegrityError:
        half = len(person_ids) // 2
        return _remove_free(person_ids[:half]) + _remove_free(person_ids[half:]) if half else 0
    return len(person_ids)


def _people(person_ids: Iterable[int]) -> dict[int, Person]:
    query = select(Person).where(Person.id.in_(list(person_ids))).order_by(Person.id)
    return {person.id: person for person in db.session.scalars(query)}


def _record(event: str, nomination_list: NominationList, made: dict[str, int], *, actor: Actor, now: datetime) -> None:
    counted = {name: number for name, number in made.items() if number or name != "corrected"}
    after = {"filename": nomination_list.filename, "sha256": nomination_list.sha256, **counted}
    operations.record(event, nomination_list, after, actor=actor, now=now)


def start_import(
    nomination_list: NominationList, *, version: int | None, locale: str, actor: Actor, now: datetime
) -> Imported | None:
    """Import a list at once, or have a job import a long one and return None; `locale` is that of the job's refusal."""
    if not _is_long(nomination_list):
        return commit(nomination_list, version=version, actor=actor, now=now)
    operations.ensure_waiting(nomination_list, version)
    if not queries.count_rows(nomination_list).good:
        raise NothingToImport
    version = nomination_list.version
    operations.enqueue(COMMIT, nomination_list, version=version, locale=locale, actor=actor, now=now)
    return None


def start_undo(
    nomination_list: NominationList, *, version: int | None, locale: str, actor: Actor, now: datetime
) -> Undone | None:
    """Undo an import at once, or have a job undo a long one and return None; see `undo`."""
    if not _is_long(nomination_list):
        return undo(nomination_list, version=version, actor=actor, now=now)
    ensure_undoable(nomination_list, version)
    version = nomination_list.version
    operations.enqueue(UNDO, nomination_list, version=version, locale=locale, actor=actor, now=now)
    return None


def find_job(nomination_list: NominationList) -> Job | None:
    """Return the job that is at work on a list, or the one that failed at its next step."""
    if not nomination_list.is_read:
        return jobs.find_latest(operations.JOB, nomination_list.reference)
    name = COMMIT if nomination_list.state == "staged" else UNDO
    job = jobs.find_latest(name, nomination_list.reference)
    return job if job is not None and job.state != "done" else None


def _is_long(nomination_list: NominationList) -> bool:
    return queries.count_stored(nomination_list.id) > AT_ONCE

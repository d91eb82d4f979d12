"""Apply the differences of a second list, and undo them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.list_reader.decisions import Verdict, is_same
from portal.nominations import facts, operations, queries
from portal.nominations.models import NominationList, NominationRow
from portal.nominations.operations import ensure_waiting
from portal.nominations.queries import StoredRow
from portal.people.models import Person
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules import split

Effects = Mapping[str, Any]


def tick(
    nomination_list: NominationList,
    shown: Collection[tuple[int, str]],
    ticked: Collection[tuple[int, str]],
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep which changes of a waiting list are taken over, of those that a page has shown; each is a row and a fact.

    :raises Conflict: if the list changed, is still being read, or does not wait any more.
    """
    ensure_waiting(nomination_list, version)
    numbers = {number for number, _fact in shown}
    query = select(NominationRow).where(NominationRow.list_id == nomination_list.id, NominationRow.number.in_(numbers))
    is_changed = False
    for row in db.session.scalars(query.order_by(NominationRow.number)):
        changes = {
            fact: {**change, "is_taken": (row.number, fact) in ticked} if (row.number, fact) in shown else change
            for fact, change in (row.changes or {}).items()
        }
        if changes and changes != row.changes:
            row.changes, is_changed = changes, True
    if is_changed:
        flag_modified(nomination_list, "mapping")
        db.session.flush()
        operations.edited(nomination_list, "ticks", rows=len(numbers), actor=actor, now=now)


def choose(rows: Mapping[int, StoredRow], verdicts: Sequence[Verdict], takes: bool | None) -> tuple[list[Verdict], int]:
    """Tick in each verdict what is taken over: all or nothing, or what was ticked and is still as it was shown.

    Return how many ticks fell as well, since somebody has corrected the same.
    """
    chosen, overtaken = [], 0
    for verdict in verdicts:
        stored = rows[verdict.row.number].changes or {}
        fresh = verdict.changes or {}
        ticked = {fact for fact, change in stored.items() if change["is_taken"]}
        seen = {fact for fact in ticked if is_same(fresh.get(fact), stored[fact])}
        overtaken += len((ticked & fresh.keys()) - seen) if takes is None else 0
        wanted = seen if takes is None else fresh.keys() if takes else ()
        changes = {fact: {**change, "is_taken": fact in wanted} for fact, change in fresh.items()}
        chosen.append(replace(verdict, changes=changes or None))
    return chosen, overtaken


def take_over(
    nomination_list: NominationList,
    rows: Mapping[int, StoredRow],
    ticked: Sequence[Verdict],
    *,
    source: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Correct people of the training as their rows say, each with its history; return how many people that were.

    The caller has locked the training and the directory. What was done is kept with the row, so that it can be undone.
    """
    said: dict[int, tuple[int, dict[str, Any]]] = {}
    for verdict in ticked:
        taken = {fact: change["after"] for fact, change in (verdict.changes or {}).items() if change["is_taken"]}
        if taken and verdict.person_id is not None:
            said[verdict.person_id] = verdict.row.number, taken
    registrations = _registrations(nomination_list.training_id, said)
    outdated = queries.list_outdated([one.id for one in registrations.values()])
    query = select(NominationRow.id, NominationRow.effects).order_by(NominationRow.id)
    row_ids = [rows[number].id for number, _taken in said.values()]
    effects = {row_id: what or {} for row_id, what in db.session.execute(query.where(NominationRow.id.in_(row_ids)))}
    corrected = 0
    for person_id, (number, taken) in said.items():
        registration = registrations[person_id]
        here, person = split(taken, is_outdated=registration.id in outdated)
        done = facts.apply(registration, here, person, source=source, actor=actor, now=now)
        if done:
            row_id, corrected = rows[number].id, corrected + 1
            effects[row_id] = {"filled": {}, **effects[row_id], "corrected": {"here": done.here, "person": done.person}}
    operations.write([{"id": row_id, "effects": what} for row_id, what in effects.items() if what])
    return corrected


def take_back(nomination_list: NominationList, effects: Mapping[int, Effects], *, actor: Actor, now: datetime) -> int:
    """Correct people back to how they were before an import, but for what was changed since; return how many.

    `effects` go by person id, as they were kept with the rows.
    """
    done = {person_id: what["corrected"] for person_id, what in effects.items() if "corrected" in what}
    registrations = _registrations(nomination_list.training_id, done)
    return sum(
        bool(facts.revert(registrations[person_id], what, actor=actor, now=now))
        for person_id, what in done.items()
        if person_id in registrations
    )


def _registrations(training_id: int, person_ids: Collection[int]) -> dict[int, Registration]:
    """Return the registrations of these people in a training, with all that a correction reads, by person id."""
    query = (
        select(Registration)
        .options(
            joinedload(Registration.institution),
            joinedload(Registration.person).joinedload(Person.institution),
        )
        .where(Registration.training_id == training_id, Registration.person_id.in_(person_ids))
    )
    found = db.session.scalars(query.order_by(Registration.id).execution_options(populate_existing=True))
    return {registration.person_id: registration for registration in found}

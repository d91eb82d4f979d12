"""Stage a nomination list, set its columns, fix its rows, or discard it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.list_reader.columns import Column, ColumnMapping
from portal.list_reader.decisions import PEOPLE, Outcome, Verdict, kept_ticks
from portal.list_reader.reading import OnProgress, unreported
from portal.nominations import queries, reading
from portal.nominations.models import NominationList, NominationRow
from portal.nominations.queries import StoredRow, get_mapping, mapping_of
from portal.nominations.reading import (
    AT_ONCE,
    NO_DEFAULTS,
    Decided,
    Defaults,
    Draft,
    HeaderMissing,
    decide,
    decide_again,
)
from portal.people import operations as people_operations
from portal.people import queries as people
from portal.people.models import Institution
from portal.platform import jobs, tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, label
from portal.trainings.models import Training
from portal.trainings.operations import lock_open


def add(list_id: int, rows: Sequence[Sequence[str]], verdicts: Sequence[Verdict]) -> None:
    """Store the rows of a new list, with the verdicts on them or not judged yet."""
    values = list(map(values_of, verdicts)) or [{"cells": row, "kind": Outcome.IGNORED.value} for row in rows]
    if values:
        numbered = enumerate(values, start=1)
        db.session.execute(
            insert(NominationRow), [{"list_id": list_id, "number": number, **row} for number, row in numbered]
        )


def store(rows: Sequence[StoredRow], verdicts: Sequence[Verdict]) -> int:
    """Store what came out differently from how the rows stand there; return in how many rows."""
    different = []
    for row, verdict in zip(rows, verdicts, strict=True):
        values = values_of(verdict)
        if any(getattr(row, name) != value for name, value in values.items()):
            different.append({"id": row.id, **values})
    write(different)
    return len(different)


def write(values: Sequence[Mapping[str, Any]]) -> None:
    """Write columns into many rows by id. Rows that are loaded are read anew."""
    if not values:
        return
    db.session.execute(update(NominationRow), list(values))
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, NominationRow):
            db.session.expire(loaded)


def values_of(verdict: Verdict) -> dict[str, Any]:
    """Return what is stored of a verdict. A row that speaks of nobody says what it is instead."""
    row = verdict.row
    return {
        "cells": list(row.cells),
        "values": dict(vars(row.nominee)) if row.nominee else {"row_kind": row.kind.value},
        "problems": [problem.as_dict() for problem in row.problems],
        "kind": verdict.outcome.value,
        "is_warned": verdict.is_warned,
        "duplicate_of": row.duplicate_of,
        "person_id": verdict.person_id,
        "changes": verdict.changes,
    }


def edited(nomination_list: NominationList, act: str, *, actor: Actor, now: datetime, **where: Any) -> None:
    """Record that somebody reads a waiting list otherwise: `act` says how, `where` in which row or column."""
    after = {"list": nomination_list.reference, "act": act, **where}
    record("registration.list_edited", nomination_list, after, actor=actor, now=now)


def record(event: str, nomination_list: NominationList, after: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    audit.record(event, f"training {nomination_list.training.code}", after=after, actor=actor, now=now)


JOB = "read-nominations"


class ListChanged(Conflict):
    message = _l("Somebody has changed this list meanwhile. Look at it as it is now and decide again.")


class ListNotWaiting(Conflict):
    message = _l("This list does not wait any more: it was imported or discarded already.")


class RowChanged(Conflict):
    message = _l("Somebody else has changed this row meanwhile. What stands there now is shown beside what you typed.")


@dataclass(frozen=True)
class Layout:
    """What somebody says about a list: the row of its header, counted from 1 (0: none), and what each column holds."""

    header_row: int
    columns: Mapping[Column, int]
    defaults: Defaults = NO_DEFAULTS

    @classmethod
    def chosen(cls, header_row: int, said: Mapping[int, Column], defaults: Defaults) -> "Layout":
        """Return the layout of what each column is said to hold; no two of them may hold the same."""
        columns: dict[Column, int] = {}
        for place, column in said.items():
            if column in columns:
                raise Refusal("column_twice", _l("Two columns cannot hold the same: %(column)s."), column=label(column))
            columns[column] = place
        return cls(header_row, columns, defaults)


@dataclass(frozen=True)
class Reading:
    """A list that was looked through: the rows as they are stored in this version, and the verdicts on them."""

    version: int
    rows: Sequence[StoredRow]
    decided: Decided


def stage(
    training: Training, draft: Draft, *, sender: Institution | None = None, actor: Actor, now: datetime
) -> NominationList:
    """Keep a list with the verdict on every row, without any effect yet; a long one is judged by a job.

    `sender` is the institution whose focal point hands it in: it is meant where a row names none, and stays so.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    lock_open(training.id)
    source, mapping = draft.source, draft.source.mapping
    nomination_list = NominationList(
        reference=tokens.random_token(),
        training=training,
        filename=source.filename,
        sha256=source.sha256,
        sheet=source.sheet[:100],
        header_row=mapping.header_row + 1 if mapping and mapping.header_row is not None else 0,
        mapping={column.value: place for column, place in mapping.columns.items()} if mapping else {},
        institution=sender,
        sender=sender,
        problems=[problem.as_dict() for problem in source.problems],
        created_at=now,
        created_by=actor.label,
    )
    db.session.add(nomination_list)
    db.session.flush()
    people_operations.lock_directory()
    decided = decide_again(draft.decided, training) if draft.decided else None
    add(nomination_list.id, source.rows, decided.verdicts if decided else ())
    nomination_list.gone = _gone(decided) if decided else []
    if draft.is_long:
        _read_later(nomination_list, actor=actor, now=now)
    file = {"filename": source.filename, "sha256": source.sha256, "rows": len(source.rows)}
    after = {"list": nomination_list.reference, **file}
    record("registration.list_staged", nomination_list, after, actor=actor, now=now)
    return nomination_list


def remap(
    nomination_list: NominationList, layout: Layout, *, expected_version: str = "", actor: Actor, now: datetime
) -> None:
    """Read the list anew with another header, other columns or other defaults.

    `expected_version` is the `layout_version` of what the form showed.

    :raises Refusal: if no name can be read.
    :raises SheetTooLarge: if the list then has more rows of persons than one list may have.
    :raises Conflict: if the list changed, is still being read, or does not wait any more.
    """
    ensure_waiting(nomination_list)
    if expected_version and expected_version != layout_version(nomination_list):
        raise ListChanged
    if not ColumnMapping(None, layout.columns).has_name:
        raise Refusal(
            "name_column_missing",
            _l("Say which column holds the full name, or which ones hold the family name and the given name."),
        )
    nomination_list.header_row = layout.header_row
    nomination_list.mapping = {column.value: place for column, place in layout.columns.items()}
    named = people.get_institution_by_code(layout.defaults.institution)
    nomination_list.institution = nomination_list.sender or named
    nomination_list.region_code = layout.defaults.region if people.get_region(layout.defaults.region) else None
    _read_again(nomination_list, {}, actor=actor, now=now)
    edited(nomination_list, "columns", actor=actor, now=now)


def mend(
    row: NominationRow,
    cells: Mapping[Column, str],
    *,
    choice: str | None = None,
    expected_version: str = "",
    actor: Actor,
    now: datetime,
) -> bool:
    """Put other texts into a row's cells and judge it anew; return whether another row has changed with it.

    `expected_version` is the `row_version` that the form showed; `choice` names a known person, or nobody if empty.

    :raises Refusal: if the row cannot be imported with these cells; the problems stand in the row.
    :raises RowChanged: if the row is not what the form showed any more.
    :raises Conflict: if the list is still being read or does not wait any more.
    """
    nomination_list = row.nomination_list
    ensure_waiting(nomination_list)
    db.session.refresh(row)
    if expected_version and expected_version != row_version(row):
        raise RowChanged
    mapping = get_mapping(nomination_list)
    new_cells = list(row.cells)
    for column, written in cells.items():
        place = mapping.columns.get(column)
        if place is not None:
            new_cells.extend("" for _ in range(place + 1 - len(new_cells)))
            new_cells[place] = written
    row.choice = choice
    db.session.flush()
    updated = _read_again(nomination_list, {row.number: new_cells}, actor=actor, now=now)
    db.session.refresh(row)
    edited(nomination_list, "row", row=row.number, actor=actor, now=now)
    if row.kind == Outcome.BAD:
        raise Refusal("row_still_bad", _l("This row cannot be imported yet. What is wrong stands beside each answer."))
    return updated > 1


def interpret(
    nomination_list: NominationList, column: Column, written: str, meaning: str, *, actor: Actor, now: datetime
) -> int:
    """Put `meaning` into every cell of a column that says `written`; return how many rows that were.

    A long list is then read anew by a job.

    :raises Conflict: if the list is still being read or does not wait any more.
    """
    ensure_waiting(nomination_list)
    place = get_mapping(nomination_list).columns.get(column)
    if place is None:
        return 0
    changed = [
        {"id": row.id, "cells": [*row.cells[:place], meaning, *row.cells[place + 1 :]]}
        for row in queries.list_stored(nomination_list.id, PEOPLE)
        if row.cells[place : place + 1] == [written]
    ]
    if changed:
        write(changed)
        _read_again(nomination_list, {}, actor=actor, now=now)
        edited(nomination_list, "meaning", column=column.value, rows=len(changed), actor=actor, now=now)
    return len(changed)


def discard(nomination_list: NominationList, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """Let a list go that was not imported; its rows are not kept.

    :raises Conflict: if the list changed or does not wait any more.
    """
    _lock_staged(nomination_list, version)
    drop_rows(nomination_list)
    nomination_list.state, nomination_list.undone_at = "discarded", now
    db.session.flush()
    record("registration.list_discarded", nomination_list, {"list": nomination_list.reference}, actor=actor, now=now)


def look_through(
    nomination_list: NominationList,
    changed: Mapping[int, list[str]] | None = None,
    *,
    today: date,
    on_progress: OnProgress = unreported,
) -> Reading:
    """Judge all rows of a list with these cells changed; nothing is written, so that nothing need be locked for it.

    :raises HeaderMissing: if nobody has said what the columns hold.
    :raises SheetTooLarge: if it has more rows of persons than one list may have.
    """
    if not nomination_list.mapping:
        raise HeaderMissing
    rows = queries.list_stored(nomination_list.id)
    cells = [(changed or {}).get(row.number, row.cells) for row in rows]
    choices = {row.number: row.choice for row in rows if row.choice is not None}
    defaults = reading.defaults_of(nomination_list)
    read_rows = reading.read(
        cells, mapping_of(nomination_list, cells), defaults=defaults, today=today, on_progress=on_progress
    )
    decided = decide(read_rows, nomination_list.training, choices)
    return Reading(nomination_list.version, rows, decided)


def read(nomination_list: NominationList, found: Reading | None = None, *, now: datetime) -> int:
    """Store the verdicts on the rows of a staged list, as a job does with a long one; return how many changed.

    `found` is what `look_through` returned before anything was locked; it counts if the list is still as it was.

    :raises ListNotWaiting: if the list was discarded meanwhile.
    """
    _lock_staged(nomination_list, None)
    if found is None or found.version != nomination_list.version:
        found = look_through(nomination_list, today=now.date())
    changed = _store(nomination_list, found)
    nomination_list.is_read = True
    db.session.flush()
    return changed


def layout_version(nomination_list: NominationList) -> str:
    """Return a short sign of how a list is read, by which a form notices that somebody else has changed it."""
    held = (nomination_list.header_row, sorted(nomination_list.mapping.items()))
    return _fingerprint(held, nomination_list.institution_id, nomination_list.region_code)


def row_version(row: NominationRow) -> str:
    """Return a short sign of what a row holds, by which a form notices that somebody else has changed it."""
    return _fingerprint(row.cells, row.choice)


def ensure_waiting(nomination_list: NominationList, version: int | None = None) -> None:
    """Lock the list and refuse it unless it waits, is read, and is as the form showed it."""
    lock_open(nomination_list.training_id)
    _lock_staged(nomination_list, version)
    if not nomination_list.is_read:
        raise Conflict("list_not_read", _l("The rows of this list are still being read. Wait until that is done."))


def drop_rows(nomination_list: NominationList) -> None:
    """Remove the rows of a list that is let go: they speak of people."""
    db.session.execute(delete(NominationRow).where(NominationRow.list_id == nomination_list.id))


def _store(nomination_list: NominationList, found: Reading) -> int:
    people_operations.lock_directory()
    decided = decide_again(found.decided, nomination_list.training)
    nomination_list.gone = _gone(decided)
    pairs = zip(found.rows, decided.verdicts, strict=True)
    return store(
        found.rows, [replace(verdict, changes=kept_ticks(verdict.changes, row.changes)) for row, verdict in pairs]
    )


def _gone(decided: Decided) -> list[list[int | None]]:
    return [[one.registration_id, one.row] for one in decided.gone]


def _read_again(
    nomination_list: NominationList, changed: Mapping[int, list[str]], *, actor: Actor, now: datetime
) -> int:
    """Judge the list anew, at once or by a job, and give it a new version; return in how many rows it differs."""
    updated = 0
    if not changed and queries.count_stored(nomination_list.id) > AT_ONCE:
        _read_later(nomination_list, actor=actor, now=now)
    else:
        updated = _store(nomination_list, look_through(nomination_list, changed, today=now.date()))
    flag_modified(nomination_list, "mapping")
    db.session.flush()
    return updated


def _read_later(nomination_list: NominationList, *, actor: Actor, now: datetime) -> None:
    nomination_list.is_read = False
    enqueue(JOB, nomination_list, actor=actor, now=now)


def enqueue(name: str, nomination_list: NominationList, *, actor: Actor, now: datetime, **arguments: Any) -> None:
    reference = nomination_list.reference
    jobs.enqueue(name, subject=reference, requested_by=actor.label, now=now, list_reference=reference, **arguments)


def lock_list(nomination_list: NominationList, version: int | None) -> None:
    """Read the list anew and keep others from changing it until this transaction ends."""
    lock(NominationList, nomination_list.id, version=version, stale=ListChanged)


def _lock_staged(nomination_list: NominationList, version: int | None) -> None:
    lock_list(nomination_list, version)
    if nomination_list.state != "staged":
        raise ListNotWaiting


def _fingerprint(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

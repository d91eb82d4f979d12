"""Add, change, retire and restore records of any kind. None is removed: old data refers to them."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.db import Base, db, lock, serialize
from portal.platform.errors import CodeTaken
from portal.records.fields import Kind, Values
from portal.records.models import Searchable

Record = TypeVar("Record", bound=Base)


def create(kind: Kind[Record], values: Values, *, actor: Actor, now: datetime) -> Record:
    """Make a record.

    :raises FieldsRefused: if something stands against it.
    :raises CodeTaken: if its code is taken.
    """
    given = kind.given(values)
    ensure_right(kind, given)
    if "code" in given:
        ensure_own_code(kind.model, given["code"])
    for check in kind.checks:
        check(given, None, actor)
    record = kind.model()
    kind.write(record, given)
    if not is_added(record):
        raise CodeTaken(code=given["code"])
    audit.record(kind.added, subject_of(record), after=kind.recorded(record), actor=actor, now=now)
    return record


def change(kind: Kind[Any], record: Any, values: Values, *, version: int, actor: Actor, now: datetime) -> None:
    """Change a record; what is fixed stays, and saving without a change leaves no trace.

    :raises FieldsRefused: if something stands against it.
    :raises RecordChanged: if another version than `version` stands.
    """
    if kind.alone:
        serialize(kind.alone)
    record = lock(kind.model, record.id, version=version)
    given = kind.given(values, record)
    ensure_right(kind, given)
    for check in kind.checks:
        check(given, record, actor)
    before = kind.recorded(record)
    kind.write(record, given)
    note(kind.changed, record, before, kind.recorded(record), actor=actor, now=now)


def set_retired(kind: Kind[Any], record: Any, is_retired: bool, *, actor: Actor, now: datetime) -> None:
    """Offer a record nowhere new, or again; one that is retired stays so since it was first."""
    record = lock(kind.model, record.id)
    if (record.retired_at is not None) != is_retired:
        record.retired_at = now if is_retired else None
        db.session.flush()
        event = kind.retired if is_retired else kind.restored
        audit.record(event, subject_of(record), actor=actor, now=now)


def ensure_right(kind: Kind[Any], values: Values) -> None:
    """Raise the FieldsRefused of a kind with every fault that stands against the values."""
    found = kind.faults(values)
    if found:
        raise kind.refused(found)


def ensure_own_code(model: Any, code: str) -> None:
    """Raise CodeTaken if a code is taken, in whatever case."""
    if code.casefold() in {taken.casefold() for taken in db.session.scalars(select(model.code))}:
        raise CodeTaken(code=code)


def is_added(row: Any) -> bool:
    """Add a row; tell if somebody else has added one of the same code at the same moment."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        return False
    return True


def note(event: str, row: Any, before: dict[str, Any], after: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    """Write a change and its entry; saving without a change leaves no trace."""
    if after == before:
        return
    if isinstance(row, Searchable):
        flag_modified(row, "search_text")  # A change of parts in other tables alone is a new version as well.
    db.session.flush()
    audit.record_change(event, subject_of(row), before, after, actor=actor, now=now)


def subject_of(record: Any) -> str:
    return f"{record.__tablename__} {getattr(record, getattr(record, 'subject_key', 'id'))}"

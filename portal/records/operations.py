"""What making and changing records that administrators keep have in common."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.db import Base, db
from portal.platform.db import lock as lock_row
from portal.platform.refusals import CodeTaken
from portal.records.models import Searchable
from portal.records.refusals import RecordRefused
from portal.records.rules import RecordFault


class Versioned(Protocol):
    """A row that two editors may have open at once."""

    @property
    def id(self) -> Any: ...
    @property
    def version(self) -> Any: ...


Record = TypeVar("Record", bound=Versioned)


def require(found: list[RecordFault]) -> None:
    """Refuse what something stands against.

    :raises RecordRefused: naming every fault.
    """
    if found:
        raise RecordRefused(found)


def add(row: Any) -> None:
    """Add a row under a code of its own.

    :raises CodeTaken: if the code is taken, in whatever case.
    """
    model = type(row)
    taken = {code.casefold() for code in db.session.scalars(select(model.code))}
    if row.code.casefold() in taken or not is_added(row):
        raise CodeTaken(code=row.code)


def is_added(row: Base) -> bool:
    """Add a row; tell if somebody else has added one of the same code at the same moment."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        return False
    return True


def lock(row: Record, version: int) -> Record:
    """Return the row locked until the end of the transaction.

    :raises RecordChanged: if another version than `version` stands.
    """
    model: Any = type(row)
    locked: Record = lock_row(model, row.id, version=version)
    return locked


@dataclass(frozen=True)
class Change:
    """What the audit log keeps of a change: the event, whose record it is, and the record before and after."""

    event: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]


def finish(row: Searchable, change: Change, *, actor: Actor, now: datetime) -> None:
    """Write a change and its entry; saving without a change leaves no trace."""
    changed = [name for name in change.after if change.after[name] != change.before[name]]
    if not changed:
        return
    flag_modified(row, "search_text")  # A change of parts in other tables alone is a new version as well.
    db.session.flush()
    audit.record(
        change.event,
        change.subject,
        before={name: change.before[name] for name in changed},
        after={name: change.after[name] for name in changed},
        actor=actor,
        now=now,
    )

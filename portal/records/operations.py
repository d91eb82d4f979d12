"""What making and changing records that administrators keep have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.db import db
from portal.platform.refusals import CodeTaken, FieldsRefused, RecordChanged
from portal.platform.wording import _l
from portal.records.models import Searchable
from portal.records.rules import RecordFault, RecordFaultCode

Record = TypeVar("Record", bound=Searchable)
WORDS: Mapping[str, Any] = {
    RecordFaultCode.TEXT_TOO_LONG: _l("The text is too long: at most %(limit)s characters."),
    RecordFaultCode.HIDDEN_CHARACTER: _l("The text holds an invisible character (%(character)s). Type it again."),
    RecordFaultCode.CODE_MISSING: _l("Give a short code."),
    RecordFaultCode.NAME_MISSING: _l("Give the name in at least one language."),
    RecordFaultCode.PHONE_UNREADABLE: _l("This is no phone number that can be called."),
    RecordFaultCode.PHONE_MISSING: _l("Give at least one phone: nobody reaches the centre without one."),
    RecordFaultCode.DAYS_REVERSED: _l("The day of closing is before the first day."),
    RecordFaultCode.ORDER_IMPLAUSIBLE: _l("Give the place in the list as a number from 1 to %(most)s."),
    RecordFaultCode.CHOICE_UNKNOWN: _l("Choose one of the list."),
    RecordFaultCode.OFFERS_MISSING: _l("Choose at least one kind of help."),
    RecordFaultCode.TOO_MANY_ALIASES: _l("Give at most %(most)s further names."),
    RecordFaultCode.DAY_AHEAD: _l("This day has not come yet."),
}


class RecordRefused(FieldsRefused):
    """Refuse a record with everything that stands against it; `faults` name the fields."""

    words = WORDS


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


def is_added(row: Searchable) -> bool:
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
    query = select(model).where(model.id == row.id).with_for_update(of=model)  # type: ignore[attr-defined]
    locked: Record = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if locked.version != version:
        raise RecordChanged
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

"""Change a training's agenda block by block, and publish it as a numbered version.

Here and not with the trainings, because marks of a higher floor stand against some changes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.agenda.queries import count_marks
from portal.audit import operations as audit
from portal.people.models import Person
from portal.platform import tokens
from portal.platform.db import db
from portal.platform.errors import Conflict, FieldsRefused, Refusal, wording
from portal.platform.i18n import _l
from portal.platform.texts import LANGUAGES
from portal.records.rules import RecordFault, line_faults, text_faults
from portal.trainings import agenda_rules
from portal.trainings import operations as training_operations
from portal.trainings.agenda_rules import (
    AgendaFaultCode,
    Block,
    Direction,
    Frame,
    Saving,
    WantedBreak,
    WantedSession,
)
from portal.trainings.documents import AgendaBlock, agenda_content, list_blocks, name_of
from portal.trainings.models import AgendaBreak, AgendaVersion, SessionFacilitator, Training, TrainingSession
from portal.trainings.operations import lock_open
from portal.trainings.queries import find_published_agenda, load_agenda


class TrainingChanged(Conflict):
    """Refuse to overwrite what somebody else has saved meanwhile."""

    message = _l("Somebody else has saved this training meanwhile. Yours is kept below: compare, then save again.")


class ChangedMeanwhile(TrainingChanged):
    """Refuse the same on a page that shows how the training stands now."""

    message = _l("Somebody else has changed this training meanwhile. Look at how it stands now, then decide again.")


class SessionHasMarks(Refusal):
    message = _l("People are marked in the session “%(title)s”; it cannot be taken out.")


class AgendaRefused(FieldsRefused):
    """Refuse a block with everything that stands against it; `faults` name the fields."""

    def __str__(self) -> str:
        return " ".join(map(wording, self.faults))


class MarkedSessionsMove(Conflict):
    """Refuse to move sessions in which people are marked, until somebody says that it is meant."""

    message = _l("People are marked in %(sessions)s: the marks stay, and count for the new time.")


def save(
    training: Training,
    wanted: WantedSession | WantedBreak,
    standing: AgendaBlock | None,
    *,
    saving: Saving,
    actor: Actor,
    now: datetime,
) -> AgendaBlock:
    """Add a block to the agenda, or bring the one that stands in line with what is wanted.

    :raises ChangedMeanwhile: if another version than the one shown stands.
    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises AgendaRefused: if something stands against the block, or against a block that would move along.
    :raises MarkedSessionsMove: if people are marked in a session that would move, and nobody has said that it is meant.
    """
    training = _open(training, saving.version)
    zone = ZoneInfo(training.time_zone)
    block = Block(standing.reference if standing else "", wanted.starts_at, wanted.ends_at)
    before = _block(standing) if standing else None
    others = [one for one in map(_block, list_blocks(training)) if one.key != block.key]
    moved = agenda_rules.pushed(block, others, zone, before=before) if saving.is_pushing else []
    by_key = {one.key: one for one in moved}
    _ensure_fits(wanted, block, [by_key.get(one.key, one) for one in others], moved, training)
    if before is not None and (before.starts_at, before.ends_at) != (block.starts_at, block.ends_at):
        moved = [*moved, block]
    _ensure_meant(training, moved, saving)
    was = recorded(standing) if standing else None
    row = _written(training, wanted, standing, zone)
    _shift(training, moved, zone)
    _finish(training)
    _record(training, was, recorded(row) | _moved_names(moved, row), actor, now)
    return row


def swap(
    training: Training, standing: AgendaBlock, direction: Direction, *, saving: Saving, actor: Actor, now: datetime
) -> None:
    """Let a block change places with its neighbor of the day.

    :raises ChangedMeanwhile: if another version than the one shown stands.
    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if there is no neighbor on that side.
    :raises MarkedSessionsMove: if people are marked in one of the two, and nobody has said that it is meant.
    """
    training = _open(training, saving.version)
    zone = ZoneInfo(training.time_zone)
    moved = agenda_rules.swapped([_block(one) for one in list_blocks(training)], standing.reference, direction, zone)
    if not moved:
        raise Conflict("no_neighbor", _l("There is nothing to change places with on that day."))
    _ensure_meant(training, moved, saving)
    was = recorded(standing)
    _shift(training, moved, zone)
    _finish(training)
    _record(training, was, recorded(standing) | _moved_names(moved, standing), actor, now)


def remove(training: Training, standing: AgendaBlock, *, version: int, actor: Actor, now: datetime) -> None:
    """Take a block out of the agenda.

    :raises ChangedMeanwhile: if another version than `version` stands.
    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises SessionHasMarks: if people are marked in the session.
    :raises Refusal: if it is the only session.
    """
    training = _open(training, version)
    if isinstance(standing, TrainingSession):
        if count_marks([standing.id]):
            raise SessionHasMarks(title=name_of(standing))
        if len(training.sessions) == 1:
            raise Refusal("last_session", _l("This is the only session: a training needs one."))
        training.sessions.remove(standing)
    else:
        training.breaks.remove(standing)
    was = recorded(standing)
    _finish(training)
    _record(training, was, None, actor, now)


def publish(training: Training, *, version: int, actor: Actor, now: datetime) -> AgendaVersion:
    """Freeze the agenda under the next number, as it is given to people.

    :raises ChangedMeanwhile: if another version than `version` stands.
    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if the last number says the same.
    """
    training = load_agenda(_open(training, version))
    content, latest = agenda_content(training), find_published_agenda(training.id)
    if latest is not None and latest.content == content:
        raise Conflict("agenda_unchanged", _l("Version %(number)s says the same already."), number=latest.number)
    published = AgendaVersion(
        training_id=training.id,
        number=latest.number + 1 if latest else 1,
        content=content,
        published_at=now,
        published_by=actor.label,
    )
    db.session.add(published)
    db.session.flush()
    after = {"number": published.number}
    audit.record("trainings.agenda_published", f"training {training.code}", after=after, actor=actor, now=now)
    return published


def recorded(block: AgendaBlock) -> dict[str, Any]:
    """Return what the audit log keeps of a block."""
    facts: dict[str, Any] = {
        "block": block.reference,
        "starts_at": block.starts_at.isoformat(),
        "ends_at": block.ends_at.isoformat(),
        **block.title.columns(),
    }
    if isinstance(block, AgendaBreak):
        return facts | {"kind": block.kind}
    people = sorted(one.person.reference for one in block.facilitators)
    return facts | {"languages": list(block.languages), "room": block.room, "facilitators": people}


def _open(training: Training, version: int) -> Training:
    training = lock_open(training.id)
    if training.version != version:
        raise ChangedMeanwhile
    return training


def _block(row: AgendaBlock) -> Block:
    return Block(row.reference, row.starts_at, row.ends_at, name_of(row))


def _ensure_fits(
    wanted: WantedSession | WantedBreak, block: Block, others: list[Block], moved: list[Block], training: Training
) -> None:
    frame = Frame(training.starts_on, training.ends_on, ZoneInfo(training.time_zone))
    found: list[RecordFault] = [*text_faults(wanted.titles, "title")]
    if isinstance(wanted, WantedSession):
        if not wanted.titles:
            found.append(RecordFault(AgendaFaultCode.TITLE_MISSING, "title_ru"))
        found += line_faults(wanted.room, "room", agenda_rules.MAX_ROOM)
    if not block.key and len(others) >= agenda_rules.MOST_BLOCKS:
        found.append(RecordFault(AgendaFaultCode.TOO_MANY, "starts_at", args={"most": agenda_rules.MOST_BLOCKS}))
    found += agenda_rules.faults(block, others, frame)
    found += agenda_rules.pushed_faults(moved, block.day(frame.zone), frame.zone)
    if found:
        raise AgendaRefused(found)


def _ensure_meant(training: Training, moved: Iterable[Block], saving: Saving) -> None:
    keys = {block.key for block in moved}
    sessions = [session for session in training.sessions if session.reference in keys]
    marked = count_marks([session.id for session in sessions]) if sessions and not saving.is_sure else {}
    if marked:
        titles = (f"“{name_of(session)}” ({marked[session.id]})" for session in sessions if session.id in marked)
        raise MarkedSessionsMove(sessions=", ".join(titles))


def _written(
    training: Training, wanted: WantedSession | WantedBreak, standing: AgendaBlock | None, zone: ZoneInfo
) -> AgendaBlock:
    row = standing or _added(training, wanted)
    row.title = wanted.titles
    _set_times(row, wanted.starts_at, wanted.ends_at, zone)
    if isinstance(wanted, WantedBreak) and isinstance(row, AgendaBreak):
        row.kind = wanted.kind.value
    elif isinstance(wanted, WantedSession) and isinstance(row, TrainingSession):
        row.languages = [language for language in LANGUAGES if language in wanted.languages]
        row.room = wanted.room
        kept = {one.person_id: one for one in row.facilitators}
        people = select(Person).where(Person.id.in_(wanted.facilitators)).order_by(Person.sort_key, Person.id)
        row.facilitators = [
            kept.get(person.id) or SessionFacilitator(person=person, person_id=person.id)
            for person in db.session.scalars(people)
        ]
    return row


def _added(training: Training, wanted: WantedSession | WantedBreak) -> AgendaBlock:
    if isinstance(wanted, WantedBreak):
        made = AgendaBreak(reference=tokens.random_token())
        training.breaks.append(made)
        return made
    session = TrainingSession(reference=tokens.random_token(), facilitators=[])
    training.sessions.append(session)
    return session


def _shift(training: Training, moved: Iterable[Block], zone: ZoneInfo) -> None:
    rows = {row.reference: row for row in list_blocks(training) if row.reference}
    for block in moved:
        _set_times(rows[block.key], block.starts_at, block.ends_at, zone)


def _set_times(row: AgendaBlock, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> None:
    row.starts_at, row.ends_at = starts_at, ends_at
    row.local_date = starts_at.astimezone(zone).date()


def _finish(training: Training) -> None:
    """Make a new version of the training of it, so that two editors see each other and calendars take the change."""
    flag_modified(training, "hours")
    training_operations.keep(training)
    db.session.flush()


def _moved_names(moved: Iterable[Block], row: AgendaBlock) -> dict[str, Any]:
    others = [[one.name, one.starts_at.isoformat()] for one in moved if one.key != row.reference]
    return {"moved": others} if others else {}


def _record(
    training: Training, before: dict[str, Any] | None, after: dict[str, Any] | None, actor: Actor, now: datetime
) -> None:
    if before != after:
        event = "trainings.agenda_changed"
        audit.record(event, f"training {training.code}", before=before, after=after, actor=actor, now=now)

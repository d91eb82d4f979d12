"""Read marks: a session's roster, a training's states and shares."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.attendance import rules
from portal.attendance.models import AttendanceMark, SessionOpening
from portal.attendance.rules import AttendanceState, Attended, Counts, Mark, Span
from portal.people import name_rules
from portal.people.models import Person
from portal.platform import texts
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules import RegistrationRole, RegistrationState
from portal.trainings.models import Training, TrainingSession
from portal.trainings.rules import TrainingState

# Facilitators and guests are in the room too, but nobody takes their attendance.
MARKED_ROLES = (RegistrationRole.PARTICIPANT, RegistrationRole.ALTERNATE)
_IS_ON_ROSTER = (Registration.state == RegistrationState.CONFIRMED) & Registration.role.in_(MARKED_ROLES)

_MANY = 500  # parameters of one query

Cell = tuple[int, int]


@dataclass(frozen=True)
class RosterRow:
    """One person on the roster of a session, with all marks of that session and the number on the day's sheet.

    Who is not marked has no number; what was marked before the seat was lost stays visible.
    """

    registration: Registration
    marks: tuple[Mark, ...]
    number: int | None

    @property
    def current(self) -> Mark | None:
        return rules.current(self.marks)

    @property
    def undoable(self) -> Mark | None:
        """Return the mark that "undo" would take back."""
        standing = rules.standing(self.marks)
        return standing[-1] if standing else None

    @property
    def last_mark_id(self) -> str:
        """Return what a page shows of this row, so that a stale page can be told from a fresh one."""
        return max(self.marks, key=lambda mark: mark.precedence).mark_id if self.marks else ""

    @property
    def is_listed(self) -> bool:
        return self.number is not None

    def with_mark(self, mark: Mark) -> "RosterRow":
        return replace(self, marks=(*self.marks, mark))

    @property
    def history(self) -> list[Mark]:
        """Return all marks, the one that counts first."""
        return sorted(self.marks, key=lambda mark: mark.precedence, reverse=True)


@dataclass(frozen=True)
class Roster:
    """Everybody of one session in the Kyrgyz order of names."""

    rows: tuple[RosterRow, ...]

    @property
    def counts(self) -> Counts:
        """Return how many of the confirmed stand in each state."""
        return rules.count(row.current for row in self.rows if row.is_listed)

    def matching(self, words: str = "", state: str = "") -> "Roster":
        """Return the rows whose name has every word, in any case and script variant, and that stand in `state`."""
        wanted = words.split()
        return Roster(
            tuple(
                row
                for row in self.rows
                if all(_holds(row.registration.person, word) for word in wanted)
                and (not state or (row.current.state if row.current else "not_marked") == state)
            )
        )

    def row_of(self, registration: Registration) -> RosterRow:
        """Return one person's row, also of somebody who is not on the roster."""
        alone = RosterRow(registration, (), None)
        return next((row for row in self.rows if row.registration.id == registration.id), alone)

    @property
    def batch(self) -> tuple[str, int] | None:
        """Return the latest "all present" that still counts for somebody, and for how many."""
        batched = [mark for row in self.rows if (mark := row.current) and rules.batch_of(mark.mark_id)]
        if not batched:
            return None
        key = rules.batch_of(max(batched, key=lambda mark: mark.marked_at).mark_id)
        return key, sum(rules.batch_of(mark.mark_id) == key for mark in batched)


@dataclass(frozen=True)
class PersonStates:
    registration: Registration
    marks: tuple[Mark | None, ...]
    attended: Attended


@dataclass(frozen=True)
class Overview:
    """A training's attendance: sessions in order, people in the Kyrgyz order of names."""

    sessions: tuple[TrainingSession, ...]
    people: tuple[PersonStates, ...]

    @property
    def days(self) -> dict[date, list[tuple[TrainingSession, Counts]]]:
        """Return each day's sessions with how many people stand in each state."""
        days: dict[date, list[tuple[TrainingSession, Counts]]] = {}
        for place, session in enumerate(self.sessions):
            counts = rules.count(person.marks[place] for person in self.people)
            days.setdefault(session.local_date, []).append((session, counts))
        return days


def is_listed(registration: Registration) -> bool:
    """Tell whether somebody stands on rosters and sheets."""
    return registration.state == RegistrationState.CONFIRMED and registration.role in MARKED_ROLES


def roster(session: TrainingSession) -> Roster:
    """Return the confirmed people of a session, and whoever was marked in it before losing the seat; read anew."""
    marked = select(AttendanceMark.registration_id).where(AttendanceMark.training_session_id == session.id)
    people = (
        select(Registration)
        .join(Registration.person)
        .options(contains_eager(Registration.person), joinedload(Registration.institution))
        .where(Registration.training_id == session.training_id, or_(_IS_ON_ROSTER, Registration.id.in_(marked)))
        .order_by(Person.sort_key, Registration.id)
    )
    by_cell = _by_cell(AttendanceMark.training_session_id == session.id)
    numbers = count(1)
    return Roster(
        tuple(
            RosterRow(one, tuple(by_cell.get((one.id, session.id), ())), next(numbers) if is_listed(one) else None)
            for one in db.session.scalars(people.execution_options(populate_existing=True))
        )
    )


def list_marks(session: TrainingSession, registration: Registration) -> list[Mark]:
    """Return all marks of one person in one session, the one that counts last."""
    marks = _by_cell(
        AttendanceMark.training_session_id == session.id, AttendanceMark.registration_id == registration.id
    )
    return sorted(marks[registration.id, session.id], key=lambda mark: mark.precedence)


def get_current_mark(session: TrainingSession, registration: Registration) -> Mark | None:
    """Return the mark that counts of one person in one session."""
    return rules.current(list_marks(session, registration))


def find_opening(session: TrainingSession) -> SessionOpening | None:
    """Return by whose word a session takes marks ahead of the hour at which it begins now."""
    return db.session.get(SessionOpening, (session.id, session.starts_at))


def takes_marks(session: TrainingSession, actor: Actor, now: datetime) -> bool:
    """Tell whether a page takes marks of a session now: from its hour on, or ahead of it where that was allowed.

    A venue helper waits for the hour all the same.
    """
    if now >= rules.opens_at(session.starts_at):
        return True
    return actor.role != Role.VENUE_HELPER and find_opening(session) is not None


def states(training: Training) -> dict[Cell, Mark]:
    """Return the mark that counts for each (registration id, session id) of a training that has one."""
    sessions = select(TrainingSession.id).where(TrainingSession.training_id == training.id)
    by_cell = _by_cell(AttendanceMark.training_session_id.in_(sessions))
    return {cell: mark for cell, marks in by_cell.items() if (mark := rules.current(marks))}


def span_of(session: TrainingSession) -> Span:
    """Return what the minutes of a session follow from."""
    return Span(session.starts_at, session.ends_at, session.minutes)


def counted_until(training: Training, as_of: datetime | None) -> datetime | None:
    """Return until when the sessions of a training count at a moment: a finalized one counts whole."""
    return None if training.is_locked else as_of


def attended(training: Training, *, as_of: datetime | None, assumed: Collection[int] = ()) -> dict[int, Attended]:
    """Return the attended and scheduled minutes of every registration of a training, whatever its state.

    Of a session that has not begun `as_of` no minute counts; None is the training's end. In the sessions `assumed`
    whoever is not marked counts as present.
    """
    known, until = states(training), counted_until(training, as_of)
    unmarked, spans = dict.fromkeys(assumed, rules.ASSUMED), {one.id: span_of(one) for one in training.sessions}
    registrations = db.session.scalars(select(Registration.id).where(Registration.training_id == training.id))
    return {
        one: rules.attended(
            ((span, known.get((one, session)) or unmarked.get(session)) for session, span in spans.items()),
            as_of=until,
        )
        for one in registrations
    }


def attended_in(trainings: Select[int], people: Mapping[int, int], *, as_of: datetime | None) -> dict[int, Attended]:
    """Return attended and scheduled minutes of confirmed participants, each with the training, in two queries."""
    spans: dict[int, dict[int, Span]] = defaultdict(dict)
    until: dict[int, datetime | None] = {}
    query = select(TrainingSession).where(TrainingSession.training_id.in_(trainings))
    for one in db.session.scalars(query.options(joinedload(TrainingSession.training))):
        spans[one.training_id][one.id] = span_of(one)
        until[one.training_id] = counted_until(one.training, as_of)
    ids = select(TrainingSession.id).where(TrainingSession.training_id.in_(trainings))
    by_cell = _by_cell(AttendanceMark.training_session_id.in_(ids))
    return {
        person: rules.attended(
            ((span, rules.current(by_cell.get((person, session), ()))) for session, span in spans[training].items()),
            as_of=until.get(training),
        )
        for person, training in people.items()
    }


def counts(training: Training) -> dict[int, Counts]:
    """Return, by session id, how many of the confirmed stand in each state."""
    known = states(training)
    query = select(Registration.id).where(Registration.training_id == training.id, _IS_ON_ROSTER)
    people = list(db.session.scalars(query))
    return {one.id: rules.count(known.get((person, one.id)) for person in people) for one in training.sessions}


def overview(training: Training, *, as_of: datetime | None) -> Overview:
    """Return every confirmed person's state in every session, in the Kyrgyz order of names, and the share by then."""
    known, sessions, until = states(training), tuple(training.sessions), counted_until(training, as_of)
    people = []
    for registration in list_listed(training):
        marks = tuple(known.get((registration.id, session.id)) for session in sessions)
        share = rules.attended(zip(map(span_of, sessions), marks, strict=True), as_of=until)
        people.append(PersonStates(registration, marks, share))
    return Overview(sessions, tuple(people))


def list_listed(training: Training) -> list[Registration]:
    """Return whoever stands on the rosters and on the attendance sheet, in the Kyrgyz order of names."""
    query = (
        select(Registration)
        .join(Registration.person)
        .options(
            contains_eager(Registration.person), joinedload(Registration.institution), joinedload(Registration.region)
        )
        .where(Registration.training_id == training.id, _IS_ON_ROSTER)
        .order_by(Person.sort_key, Registration.id)
    )
    return list(db.session.scalars(query))


def has_begun(as_of: datetime | None) -> ColumnElement[bool]:
    """Return, for a query over sessions and their trainings, what `counted_until` and the rule say of minutes."""
    if as_of is None:
        return true()
    return or_(TrainingSession.starts_at <= as_of, Training.state == TrainingState.FINALIZED.value)


def counting_marks(training_ids: Sequence[int], *, as_of: datetime | None) -> Subquery:
    """Return the mark that counts for each confirmed person and session: decisions first, then the latest.

    `has_begun` tells of each whether its minutes count by then.
    """
    mark = AttendanceMark
    rank = func.row_number().over(
        partition_by=(mark.registration_id, mark.training_session_id),
        order_by=(mark.is_decision.desc(), mark.marked_at.desc(), mark.mark_id.desc()),
    )
    ranked = (
        select(mark.registration_id, mark.training_session_id, mark.state, mark.minutes, mark.reason)
        .add_columns(rank.label("rank"), has_begun(as_of).label("has_begun"))
        .join(Registration, Registration.id == mark.registration_id)
        .join(TrainingSession, TrainingSession.id == mark.training_session_id)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(Registration.training_id.in_(training_ids), _IS_ON_ROSTER)
        .subquery()
    )
    columns = ranked.c
    shown = (columns.registration_id, columns.training_session_id, columns.state, columns.minutes, columns.reason)
    counting = select(*shown, columns.has_begun).where(columns.rank == 1)
    return counting.where(columns.state != AttendanceState.CLEARED.value).subquery()


def were_there(training_ids: Sequence[int], *, as_of: datetime | None) -> Select[int]:
    """Return a query of the registrations of those who attended a minute or more by then."""
    marks = counting_marks(training_ids, as_of=as_of).c
    return select(marks.registration_id).where(
        marks.has_begun,
        marks.state.in_((AttendanceState.PRESENT.value, AttendanceState.LATE.value)),
        or_(marks.minutes.is_(None), marks.minutes > 0),
    )


def held_sessions(training_ids: Sequence[int], *, as_of: datetime | None) -> Select[int]:
    """Return a query of the sessions that have begun by then and in which somebody is marked as present or late."""
    marks = counting_marks(training_ids, as_of=as_of).c
    came = (AttendanceState.PRESENT.value, AttendanceState.LATE.value)
    return select(marks.training_session_id).where(marks.has_begun, marks.state.in_(came))


def find_marks(mark_ids: Collection[str]) -> dict[str, AttendanceMark]:
    """Return the marks that already carry one of these ids."""
    wanted, found = sorted(mark_ids), {}
    for start in range(0, len(wanted), _MANY):
        query = select(AttendanceMark).where(AttendanceMark.mark_id.in_(wanted[start : start + _MANY]))
        found.update({mark.mark_id: mark for mark in db.session.scalars(query)})
    return found


def find_seats(training: Training, references: Collection[str]) -> dict[str, Registration]:
    """Return those of a training's registrations that carry one of these references, read anew."""
    query = select(Registration).where(Registration.training_id == training.id)
    if len(references) <= _MANY:
        query = query.where(Registration.reference.in_(references))
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {one.reference: one for one in found if one.reference in references}


def _holds(person: Person, word: str) -> bool:
    """Tell whether a name holds the word in either script and any usual spelling."""
    return texts.fold(word) in person.search_text or any(
        key and key in person.match_key for key in name_rules.match_keys(word)
    )


def _by_cell(*conditions: ColumnElement[bool]) -> dict[Cell, list[Mark]]:
    """Return the marks that meet these conditions, by person and session."""
    mark, cells = AttendanceMark, defaultdict(list)
    query: Any = select(mark.registration_id, mark.training_session_id, mark.mark_id, mark.state, mark.marked_at)
    query = query.add_columns(mark.minutes, mark.is_decision, mark.reason, mark.marked_by).where(*conditions)
    for registration, session, mark_id, state, *others in db.session.execute(query):
        cells[registration, session].append(Mark(mark_id, AttendanceState(state), *others))
    return cells

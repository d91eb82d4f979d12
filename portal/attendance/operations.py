"""Append marks and undo them; open a session for marking before its hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.attendance import queries, rules
from portal.attendance.models import AttendanceMark, SessionOpening
from portal.attendance.queries import Seat
from portal.attendance.rules import AttendanceState, Mark, MarkRefusal
from portal.audit import operations as audit
from portal.platform import tokens
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.registration.models import Registration
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training, TrainingSession
from portal.trainings.operations import TrainingCancelled, TrainingLocked, lock_open

PAGE = "page"
WORDS: dict[MarkRefusal, Any] = {
    MarkRefusal.UNKNOWN_REGISTRATION: _l("This training has no such registration."),
    MarkRefusal.UNKNOWN_SESSION: _l("This training has no such session."),
    MarkRefusal.NOT_CONFIRMED: _l("The registration is not confirmed."),
    MarkRefusal.NOT_A_PARTICIPANT: _l("Facilitators and guests are not marked."),
    MarkRefusal.TRAINING_FINALIZED: _l("The training is finalized: its marks no longer change."),
    MarkRefusal.TRAINING_CANCELLED: _l("The training is cancelled: nobody is marked."),
    MarkRefusal.UNKNOWN_STATE: _l("A state is present, late, excused, absent or cleared."),
    MarkRefusal.BAD_MOMENT: _l("The moment of marking is a date and a time, such as 2026-09-14T09:05+06:00."),
    MarkRefusal.BAD_MARK_ID: _l("A mark needs an id of 1 to 64 visible characters."),
    MarkRefusal.MARK_ID_TAKEN: _l("Another mark already has this id."),
    MarkRefusal.BAD_MINUTES: _l("The minutes must be between 0 and the length of the session."),
    MarkRefusal.MINUTES_WITHOUT_PRESENCE: _l("Minutes are given only for somebody who was there."),
    MarkRefusal.BAD_REASON: _l("A reason has at most 300 visible characters."),
    MarkRefusal.NOT_OPEN_YET: _l("This session has not begun: its marks are taken from one hour before."),
}

CLOSED = frozenset({MarkRefusal.TRAINING_FINALIZED, MarkRefusal.TRAINING_CANCELLED})


class MarkRefused(Refusal):
    """Refuse a mark, or all of them."""

    def __init__(self, refusal: MarkRefusal) -> None:
        super().__init__(refusal.value, WORDS[refusal])
        self.refusal = refusal


@dataclass(frozen=True)
class NewMark:
    """A mark on its way in, its person and session named by reference."""

    mark_id: str
    registration: str
    session: str
    state: str
    marked_at: datetime
    minutes: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Wish:
    """What somebody wants a page to record, and the mark that the page showed them as the last one.

    `key` is drawn with the page's form: after a lost answer the second click leads to the same mark.
    """

    key: str
    state: str
    seen: str = ""
    minutes: int | None = None
    reason: str = ""

    @property
    def mark_id(self) -> str:
        """Return the id of the mark: the same for the same content, another for another button of the form."""
        content = tokens.hash_token(f"{self.state}\0{self.minutes}\0{self.reason}")
        return f"{self._prefix}{content[:12]}"

    def is_met(self, marks: Sequence[Mark]) -> bool:
        """Tell whether the state is already as wished, or this very wish was recorded."""
        counting = rules.current(marks)
        content = (counting.state, counting.minutes, counting.reason) if counting else None
        return content == (self.state, self.minutes, self.reason) or any(one.mark_id == self.mark_id for one in marks)

    def is_stale(self, marks: Sequence[Mark]) -> bool:
        """Tell whether the page showed another last mark, unless a button of this same form has made it."""
        last = marks[-1].mark_id if marks else ""
        return last != self.seen and not last.startswith(self._prefix)

    @property
    def _prefix(self) -> str:
        return f"page-{tokens.hash_token(self.key)[:32]}-"


@dataclass(frozen=True)
class Problem:
    """What is wrong with the mark at this place of the batch."""

    position: int
    refusal: MarkRefusal


@dataclass(frozen=True)
class Recorded:
    """What became of a batch; a mark that was there before is repeated, and harmless."""

    applied: int
    repeated: int
    problems: tuple[Problem, ...]


def record(training: Training, *, marks: Sequence[NewMark], device: str, actor: Actor, now: datetime) -> Recorded:
    """Append the good marks of a batch, count those that are there already, refuse the others one by one.

    :raises Conflict: if another training receives one of these ids in the same moment.
    """
    closed = _lock(training)
    sessions = {session.reference: session for session in training.sessions}
    seats = queries.find_seats(training, {mark.registration for mark in marks if mark.registration.isprintable()})
    ids = {mark.mark_id for mark in marks if rules.is_mark_id(mark.mark_id)}
    known = {mark_id: _content(row) for mark_id, row in queries.find_marks(ids).items()}
    rows: list[AttendanceMark] = []
    problems: list[Problem] = []
    for position, mark in enumerate(marks):
        seat, session = seats.get(mark.registration), sessions.get(mark.session)
        refusal = closed or _refusal(mark, seat, session)
        if mark.mark_id in known:
            is_same = seat and session and known[mark.mark_id] == _content(_row(mark, seat, session))
            refusal = None if is_same else MarkRefusal.MARK_ID_TAKEN
        elif refusal is None and seat and session:
            rows.append(_row(mark, seat, session))
            known[mark.mark_id] = _content(rows[-1])
        if refusal:
            problems.append(Problem(position, refusal))
    repeated = sum(mark.mark_id in known for mark in marks) - len(rows)
    _append(training, rows, device=device, actor=actor, now=now)
    return Recorded(len(rows), repeated, tuple(problems))


def mark(session: TrainingSession, registration: Registration, *, wish: Wish, actor: Actor, now: datetime) -> None:
    """Mark one person as a page wishes, unless it is so already; the same wish twice has one effect.

    :raises MarkRefused: if the mark cannot be taken, or not yet.
    :raises Conflict: if the person's last mark is no longer the one that the page showed.
    """
    closed = _lock_begun(session, actor, now)
    marks = queries.list_marks(session, registration)
    if wish.is_met(marks) and not closed:
        return
    if wish.is_stale(marks):
        raise Conflict(
            "marked_meanwhile",
            _l("Somebody has marked this person in the meantime. This is the present state; mark again to change it."),
        )
    seat = _seat(session, registration)
    new = NewMark(wish.mark_id, seat.reference, session.reference, wish.state, now, wish.minutes, wish.reason)
    if refusal := closed or _refusal(new, seat, session):
        raise MarkRefused(refusal)
    _append(session.training, [_above(marks, new, seat, session)], device=PAGE, actor=actor, now=now)


def correct(
    session: TrainingSession, registration: Registration, *, wish: Wish, correction: int, actor: Actor, now: datetime
) -> None:
    """Append a decision that outranks all marks of a person in a session of a finalized training.

    :raises TrainingClosed: if the training is finalized and `correction` is not the open one, or cancelled.
    :raises MarkRefused: if the mark cannot be taken.
    """
    lock_open(session.training_id, correction=correction)
    marks = queries.list_marks(session, registration)
    seat = _seat(session, registration)
    mark_id = f"correction-{registration.reference}-{correction}"
    new = NewMark(mark_id, seat.reference, session.reference, wish.state, now, wish.minutes, wish.reason)
    if refusal := _refusal(new, seat, session):
        raise MarkRefused(refusal)
    row = _above(marks, new, seat, session)
    row.is_decision = True
    _append(session.training, [row], device=PAGE, actor=actor, now=now)


def undo(session: TrainingSession, registration: Registration, *, mark_id: str, actor: Actor, now: datetime) -> None:
    """Take back the last mark that stands: restate what counted before it, or clear. Twice is once.

    :raises MarkRefused: if the training or the registration takes no marks any more.
    :raises Conflict: if this is not the last mark that stands.
    """
    closed = _lock(session.training)
    marks = queries.list_marks(session, registration)
    if any(one.mark_id == rules.undo_id(mark_id) for one in marks):
        return
    standing = rules.standing(marks)
    if not standing or standing[-1].mark_id != mark_id:
        raise Conflict("nothing_to_undo", _l("There is nothing to take back any more. This is the present state."))
    seat = _seat(session, registration)
    new = _reversal(standing, seat, session, now)
    if refusal := closed or _refusal(new, seat, session):
        raise MarkRefused(refusal)
    _append(session.training, [_above(marks, new, seat, session)], device=PAGE, actor=actor, now=now)


def mark_all_present(session: TrainingSession, *, actor: Actor, now: datetime) -> tuple[str, int]:
    """Mark everybody present who has no state yet; return the key that takes these marks back, and their number.

    :raises MarkRefused: if the training takes no marks any more, or the session none yet.
    """
    if closed := _lock_begun(session, actor, now):
        raise MarkRefused(closed)
    batch = tokens.random_code(10)
    rows = []
    for seat, marks in queries.list_cells(session):
        if rules.current(marks) is None:
            mark_id = rules.batch_id(batch, seat.reference)
            new = NewMark(mark_id, seat.reference, session.reference, AttendanceState.PRESENT, now)
            rows.append(_above(marks, new, seat, session))
    _append(session.training, rows, device=PAGE, actor=actor, now=now)
    return batch, len(rows)


def undo_all_present(session: TrainingSession, *, batch: str, actor: Actor, now: datetime) -> int:
    """Take back one "all present" where nobody has marked since; return for how many.

    :raises MarkRefused: if the training takes no marks any more.
    """
    if closed := _lock(session.training):
        raise MarkRefused(closed)
    rows = []
    for seat, marks in queries.list_cells(session):
        standing = rules.standing(marks)
        if standing and batch and rules.batch_of(standing[-1].mark_id) == batch:
            rows.append(_above(marks, _reversal(standing, seat, session, now), seat, session))
    _append(session.training, rows, device=PAGE, actor=actor, now=now)
    return len(rows)


def _lock(training: Training) -> MarkRefusal | None:
    """Let one after another mark a training, and say why it takes no marks any more."""
    try:
        lock_open(training.id)
    except TrainingLocked:
        return MarkRefusal.TRAINING_FINALIZED
    except TrainingCancelled:
        return MarkRefusal.TRAINING_CANCELLED
    return None


def _lock_begun(session: TrainingSession, actor: Actor, now: datetime) -> MarkRefusal | None:
    """Say the same of one session, and whether it takes marks already."""
    closed = _lock(session.training)
    return closed or (None if queries.takes_marks(session, actor, now) else MarkRefusal.NOT_OPEN_YET)


def _seat(session: TrainingSession, registration: Registration) -> Seat:
    """Return the registration as it stands now, after the lock."""
    return queries.find_seats(session.training, {registration.reference})[registration.reference]


def _refusal(mark: NewMark, seat: Seat | None, session: TrainingSession | None) -> MarkRefusal | None:
    if seat is None:
        return MarkRefusal.UNKNOWN_REGISTRATION
    if session is None:
        return MarkRefusal.UNKNOWN_SESSION
    if seat.role not in queries.MARKED_ROLES:
        return MarkRefusal.NOT_A_PARTICIPANT
    if seat.state != RegistrationState.CONFIRMED:
        return MarkRefusal.NOT_CONFIRMED
    return rules.content_refusal(mark.mark_id, mark.state, mark.minutes, mark.reason, session.minutes)


def _reversal(standing: Sequence[Mark], seat: Seat, session: TrainingSession, now: datetime) -> NewMark:
    """Return the mark that takes the last standing one back."""
    mark_id = rules.undo_id(standing[-1].mark_id)
    if len(standing) == 1:
        return NewMark(mark_id, seat.reference, session.reference, AttendanceState.CLEARED, now)
    before = standing[-2]
    return NewMark(mark_id, seat.reference, session.reference, before.state, now, before.minutes, before.reason)


def _row(mark: NewMark, seat: Seat, session: TrainingSession) -> AttendanceMark:
    return AttendanceMark(
        mark_id=mark.mark_id,
        registration_id=seat.registration_id,
        training_session_id=session.id,
        state=str(mark.state),
        minutes=mark.minutes,
        reason=mark.reason,
        marked_at=mark.marked_at,
        is_decision=False,
    )


def _above(marks: Sequence[Mark], mark: NewMark, seat: Seat, session: TrainingSession) -> AttendanceMark:
    """Return the row of a mark that outranks those that its author knew."""
    row = _row(mark, seat, session)
    row.is_decision, row.marked_at = rules.rank_above(marks, mark.marked_at)
    return row


def _content(row: AttendanceMark) -> tuple[Any, ...]:
    """Return what must agree for one mark to be a repetition of another."""
    return row.registration_id, row.training_session_id, row.state, row.minutes, row.reason, row.marked_at


def _append(training: Training, rows: Sequence[AttendanceMark], *, device: str, actor: Actor, now: datetime) -> None:
    if not rows:
        return
    for row in rows:
        row.received_at, row.marked_by, row.device = now, actor.label, device
    db.session.add_all(rows)
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict(
            "mark_id_taken", _l("Some of these marks are being received elsewhere. Send them again.")
        ) from None
    touched = {row.training_session_id for row in rows}
    sessions = [session.reference for session in training.sessions if session.id in touched]
    audit.record(
        "attendance.recorded",
        f"training {training.code}",
        after={"marks": len(rows), "sessions": sessions},
        actor=actor,
        now=now,
    )


def open_ahead(session: TrainingSession, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let accounts mark a session ahead of its hour; its minutes count once it begins. Twice is once.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Refusal: if no reason is given, or one that cannot be kept.
    """
    lock_open(session.training_id)
    if not reason or len(reason) > rules.MAX_REASON or not reason.isprintable():
        raise Refusal("ahead_reason_missing", _l("Say in at most 300 characters why people are marked ahead."))
    if queries.takes_marks(session, actor, now):
        return
    db.session.add(
        SessionOpening(
            training_session_id=session.id,
            starts_at=session.starts_at,
            reason=reason,
            opened_at=now,
            opened_by=actor.label,
        )
    )
    db.session.flush()
    after = {"session": session.reference, "starts_at": session.starts_at.isoformat(), "reason": reason}
    audit.record("attendance.opened_ahead", f"training {session.training.code}", after=after, actor=actor, now=now)

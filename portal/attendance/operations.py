"""Append marks and undo them; open a session for marking before its hour."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.attendance import queries, rules
from portal.attendance.models import AttendanceMark, SessionOpening
from portal.attendance.queries import Roster, RosterRow
from portal.attendance.rules import AttendanceState, Mark, MarkRefusal
from portal.audit import operations as audit
from portal.platform import tokens
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.registration.models import Registration
from portal.trainings.models import Training, TrainingSession
from portal.trainings.operations import TrainingCancelled, TrainingLocked, lock_open

PAGE = "page"


class MarkRefused(Refusal):
    def __init__(self, refusal: MarkRefusal) -> None:
        super().__init__(refusal.value, _l(refusal.label))
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
class MarkInput:
    """What somebody wants a page to record, and the mark that the page showed them as the last one.

    `key` is drawn with the page's form: after a lost answer the second click leads to the same mark. What the page did
    not ask for is in `kept` and stays as it is while the state does.
    """

    key: str
    state: AttendanceState
    expected: str = ""
    minutes: int | None = None
    reason: str = ""
    kept: frozenset[str] = frozenset()

    @property
    def mark_id(self) -> str:
        """Return the id of the mark: the same for the same content, another for another button of the form."""
        content = tokens.hash_token(f"{self.state}\0{self.minutes}\0{self.reason}")
        return f"{self._prefix}{content[:12]}"

    def completed(self, current: Mark | None) -> "MarkInput":
        """Return the input with what it keeps of the mark that counts now."""
        if current is None or current.state != self.state:
            return self
        return replace(self, **{name: getattr(current, name) for name in self.kept})

    def is_met(self, row: RosterRow) -> bool:
        """Tell whether the state is already as asked, or this very input was recorded."""
        counting = row.current
        content = (counting.state, counting.minutes, counting.reason) if counting else None
        return content == (self.state, self.minutes, self.reason) or any(
            one.mark_id == self.mark_id for one in row.marks
        )

    def is_stale(self, row: RosterRow) -> bool:
        """Tell whether the page showed another last mark, unless a button of this same form has made it."""
        return row.last_mark_id != self.expected and not row.last_mark_id.startswith(self._prefix)

    @property
    def _prefix(self) -> str:
        return f"page-{tokens.hash_token(self.key)[:32]}-"


@dataclass(frozen=True)
class Marked:
    """The roster of a session before and after an act of marking."""

    before: Roster
    after: Roster

    @property
    def number(self) -> int:
        """Return how many marks were made."""
        return sum(len(row.marks) for row in self.after.rows) - sum(len(row.marks) for row in self.before.rows)


@dataclass(frozen=True)
class Recorded:
    """What became of a batch; a mark that was there before is repeated, and harmless. Problems name its place."""

    applied: int
    repeated: int
    problems: tuple[tuple[int, MarkRefusal], ...]


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
    problems: list[tuple[int, MarkRefusal]] = []
    for position, mark in enumerate(marks):
        seat, session = seats.get(mark.registration), sessions.get(mark.session)
        row = _row(mark, seat, session) if seat and session else None
        if mark.mark_id in known:
            is_same = row is not None and known[mark.mark_id] == _content(row)
            refusal = None if is_same else MarkRefusal.MARK_ID_TAKEN
        else:
            refusal = closed or _refusal_of(mark, seat, session)
        if row is not None and refusal is None and mark.mark_id not in known:
            rows.append(row)
            known[mark.mark_id] = _content(row)
        if refusal:
            problems.append((position, refusal))
    repeated = sum(mark.mark_id in known for mark in marks) - len(rows)
    _append(training, rows, device=device, actor=actor, now=now)
    return Recorded(len(rows), repeated, tuple(problems))


def mark(
    session: TrainingSession, registration: Registration, *, given: MarkInput, actor: Actor, now: datetime
) -> Marked:
    """Mark one person as a page asks, unless it is so already; the same input twice has one effect.

    :raises MarkRefused: if the mark cannot be taken, or not yet.
    :raises Conflict: if the person's last mark is no longer the one that the page showed.
    """
    closed = _lock_begun(session, actor, now)
    before = queries.roster(session)
    row = before.row_of(registration)
    given = given.completed(row.current)
    if given.is_met(row) and not closed:
        return Marked(before, before)
    if given.is_stale(row):
        raise Conflict(
            "marked_meanwhile",
            _l("Somebody has marked this person in the meantime. This is the present state; mark again to change it."),
        )
    new = Mark(given.mark_id, given.state, now, given.minutes, reason=given.reason)
    _ensure_taken(closed or _refusal(new, row.registration, session, is_listed=row.is_listed))
    return _add(session, before, {row: new}, actor, now)


def correct(
    session: TrainingSession,
    registration: Registration,
    *,
    given: MarkInput,
    correction: int,
    actor: Actor,
    now: datetime,
) -> Marked:
    """Append a decision that outranks all marks of a person in a session of a finalized training.

    :raises TrainingClosed: if the training is finalized and `correction` is not the open one, or cancelled.
    :raises MarkRefused: if the mark cannot be taken.
    """
    lock_open(session.training_id, correction=correction)
    before = queries.roster(session)
    row = before.row_of(registration)
    mark_id = f"correction-{registration.reference}-{correction}"
    new = Mark(mark_id, given.state, now, given.minutes, is_decision=True, reason=given.reason)
    _ensure_taken(_refusal(new, row.registration, session, is_listed=row.is_listed))
    return _add(session, before, {row: new}, actor, now)


def undo(session: TrainingSession, registration: Registration, *, mark_id: str, actor: Actor, now: datetime) -> Marked:
    """Take back the last mark that stands: restate what counted before it, or clear. Twice is once.

    :raises MarkRefused: if the training or the registration takes no marks any more.
    :raises Conflict: if this is not the last mark that stands.
    """
    closed = _lock(session.training)
    before = queries.roster(session)
    row = before.row_of(registration)
    if any(one.mark_id == rules.undo_id(mark_id) for one in row.marks):
        return Marked(before, before)
    if row.undoable is None or row.undoable.mark_id != mark_id:
        raise Conflict("nothing_to_undo", _l("There is nothing to take back any more. This is the present state."))
    new = rules.reversal(row.marks, now)
    _ensure_taken(closed or _refusal(new, row.registration, session, is_listed=row.is_listed))
    return _add(session, before, {row: new}, actor, now)


def mark_all_present(session: TrainingSession, *, actor: Actor, now: datetime) -> Marked:
    """Mark everybody present who has no state yet, under one key that takes these marks back.

    :raises MarkRefused: if the training takes no marks any more, or the session none yet.
    """
    _ensure_taken(_lock_begun(session, actor, now))
    before, batch = queries.roster(session), tokens.random_code(10)
    new = {
        row: Mark(rules.batch_id(batch, row.registration.reference), AttendanceState.PRESENT, now)
        for row in before.rows
        if row.is_listed and row.current is None
    }
    return _add(session, before, new, actor, now)


def undo_all_present(session: TrainingSession, *, batch: str, actor: Actor, now: datetime) -> Marked:
    """Take back one "all present" where nobody has marked since.

    :raises MarkRefused: if the training takes no marks any more.
    """
    _ensure_taken(_lock(session.training))
    before, new = queries.roster(session), {}
    for row in before.rows:
        if row.is_listed and row.undoable and batch and rules.batch_of(row.undoable.mark_id) == batch:
            new[row] = rules.reversal(row.marks, now)
    return _add(session, before, new, actor, now)


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
    closed = _lock(session.training)
    return closed or (None if queries.takes_marks(session, actor, now) else MarkRefusal.NOT_OPEN_YET)


def _ensure_taken(refusal: MarkRefusal | None) -> None:
    if refusal:
        raise MarkRefused(refusal)


def _refusal_of(
    mark: NewMark, registration: Registration | None, session: TrainingSession | None
) -> MarkRefusal | None:
    if registration is None:
        return MarkRefusal.UNKNOWN_REGISTRATION
    if session is None:
        return MarkRefusal.UNKNOWN_SESSION
    return _refusal(mark, registration, session, is_listed=queries.is_listed(registration))


def _refusal(
    mark: Mark | NewMark, registration: Registration, session: TrainingSession, *, is_listed: bool
) -> MarkRefusal | None:
    if registration.role not in queries.MARKED_ROLES:
        return MarkRefusal.NOT_A_PARTICIPANT
    if not is_listed:
        return MarkRefusal.NOT_CONFIRMED
    return rules.content_refusal(mark.mark_id, mark.state, mark.minutes, mark.reason, session.minutes)


def _row(mark: Mark | NewMark, registration: Registration, session: TrainingSession) -> AttendanceMark:
    return AttendanceMark(
        mark_id=mark.mark_id,
        registration_id=registration.id,
        training_session_id=session.id,
        state=str(mark.state),
        minutes=mark.minutes,
        reason=mark.reason,
        marked_at=mark.marked_at,
        is_decision=isinstance(mark, Mark) and mark.is_decision,
    )


def _content(row: AttendanceMark) -> tuple[Any, ...]:
    """Return what must agree for one mark to be a repetition of another."""
    return row.registration_id, row.training_session_id, row.state, row.minutes, row.reason, row.marked_at


def _add(session: TrainingSession, before: Roster, new: dict[RosterRow, Mark], actor: Actor, now: datetime) -> Marked:
    """Append marks of a page, which outrank those that their author saw."""
    new = {row: replace(rules.above(row.marks, mark), marked_by=actor.label) for row, mark in new.items()}
    rows = [_row(mark, row.registration, session) for row, mark in new.items()]
    _append(session.training, rows, device=PAGE, actor=actor, now=now)
    return Marked(before, Roster(tuple(row.with_mark(new[row]) if row in new else row for row in before.rows)))


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
    after = {"marks": len(rows), "sessions": sessions}
    audit.record("attendance.recorded", f"training {training.code}", after=after, actor=actor, now=now)


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

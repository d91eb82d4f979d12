"""What marks add up to: the state in each session, the share attended, and whether it is enough."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from portal.platform.texts import N_, Labelled

MAX_MARK_ID = 64
MAX_REASON = 300
BATCH = "all-"
# How long before a session begins a page takes its marks.
OPENS_BEFORE = timedelta(hours=1)

MAX_HELPER_NAME = 60
# How long a phone stays open for a venue helper before the link must be opened again.
HELPER_STAY = timedelta(hours=18)
# Nobody guesses a link of 128 bits; all phones of a venue come from one address.
HELPER_TRIES = (300, timedelta(hours=1))


class AttendanceState(Labelled):
    """What one mark says; `cleared` takes the earlier ones back."""

    PRESENT = "present", N_("Present")
    LATE = "late", N_("Late")
    EXCUSED = "excused", N_("Excused")
    ABSENT = "absent", N_("Absent")
    CLEARED = "cleared", N_("Taken back")


# What one chooses for somebody.
CHOSEN = tuple(state for state in AttendanceState if state is not AttendanceState.CLEARED)
_THERE = frozenset({AttendanceState.PRESENT, AttendanceState.LATE})


@dataclass(frozen=True)
class Mark:
    """One act of marking. `minutes` is given only when the person was there for a part of the session."""

    mark_id: str
    state: AttendanceState
    marked_at: datetime
    minutes: int | None = None
    is_decision: bool = False
    reason: str = ""
    marked_by: str = ""

    @property
    def precedence(self) -> tuple[bool, datetime, str]:
        """Return what decides which of several marks counts: decisions first, then the latest, ties by mark id."""
        return self.is_decision, self.marked_at, self.mark_id


# A mark that nobody made: how a session that is not over counts where it is assumed that whoever is unmarked comes.
ASSUMED = Mark("", AttendanceState.PRESENT, datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Span:
    starts_at: datetime
    ends_at: datetime
    minutes: int


@dataclass(frozen=True)
class Attended:
    """Attended and scheduled minutes of one person in one training, at a moment.

    `unmarked` sessions have begun; `ahead` are the scheduled minutes of those that have not; `possible` those that may
    still be attended, or still be marked as attended; `is_over` tells that the last session has ended.
    """

    attended: int
    scheduled: int
    unmarked: int = 0
    ahead: int = 0
    possible: int = 0
    is_over: bool = True

    @property
    def so_far(self) -> int:
        """Return the scheduled minutes of what has begun."""
        return self.scheduled - self.ahead

    def may_still_reach(self, minimum: int) -> bool:
        """Tell whether what is to come of a training that is not over can lead to the minimum."""
        return not self.is_over and replace(self, attended=self.attended + self.possible).reaches(minimum)

    def reaches(self, minimum: int) -> bool:
        """Tell whether the share is at least `minimum` percent; compared as integers, never rounded."""
        return self.scheduled > 0 and self.attended * 100 >= minimum * self.scheduled

    @property
    def percent(self) -> float:
        """Return the share in percent with one decimal, for showing only."""
        return round(100 * self.attended / self.scheduled, 1) if self.scheduled else 0.0


@dataclass(frozen=True)
class Counts:
    present: int = 0
    late: int = 0
    excused: int = 0
    absent: int = 0
    not_marked: int = 0

    @property
    def people(self) -> int:
        return self.present + self.late + self.excused + self.absent + self.not_marked

    @property
    def marked(self) -> int:
        return self.people - self.not_marked


class MarkRefusal(Labelled):
    UNKNOWN_REGISTRATION = "unknown_registration", N_("This training has no such registration.")
    UNKNOWN_SESSION = "unknown_session", N_("This training has no such session.")
    NOT_CONFIRMED = "not_confirmed", N_("The registration is not confirmed.")
    NOT_A_PARTICIPANT = "not_a_participant", N_("Facilitators and guests are not marked.")
    TRAINING_FINALIZED = "training_finalized", N_("The training is finalized: its marks no longer change.")
    TRAINING_CANCELLED = "training_cancelled", N_("The training is cancelled: nobody is marked.")
    UNKNOWN_STATE = "unknown_state", N_("A state is present, late, excused, absent or cleared.")
    BAD_MOMENT = "bad_moment", N_("The moment of marking is a date and a time, such as 2026-09-14T09:05+06:00.")
    BAD_MARK_ID = "bad_mark_id", N_("A mark needs an id of 1 to 64 visible characters.")
    MARK_ID_TAKEN = "mark_id_taken", N_("Another mark already has this id.")
    BAD_MINUTES = "bad_minutes", N_("The minutes must be between 0 and the length of the session.")
    MINUTES_WITHOUT_PRESENCE = "minutes_without_presence", N_("Minutes are given only for somebody who was there.")
    BAD_REASON = "bad_reason", N_("A reason has at most 300 visible characters.")
    NOT_OPEN_YET = "not_open_yet", N_("This session has not begun: its marks are taken from one hour before.")


CLOSED = (MarkRefusal.TRAINING_FINALIZED, MarkRefusal.TRAINING_CANCELLED)


def current(marks: Iterable[Mark]) -> Mark | None:
    """Return the mark that counts, whatever the order of arrival; None if not marked or cleared.

    A person's decision on a conflict outranks plain marks; among equals the latest wins, ties by mark id.
    """
    winner = max(marks, key=lambda mark: mark.precedence, default=None)
    return None if winner is None or winner.state == AttendanceState.CLEARED else winner


def opens_at(starts_at: datetime) -> datetime:
    """Return from when on a page takes the marks of a session that begins at this moment."""
    return starts_at - OPENS_BEFORE


def above(marks: Iterable[Mark], mark: Mark) -> Mark:
    """Return a new mark as it outranks those that its author sees."""
    is_decision, marked_at = rank_above(marks, mark.marked_at)
    return replace(mark, is_decision=is_decision or mark.is_decision, marked_at=marked_at)


def rank_above(marks: Iterable[Mark], now: datetime) -> tuple[bool, datetime]:
    """Return `is_decision` and `marked_at` of a new mark by somebody who sees these and wants another state.

    A plain mark of now is enough, unless a device whose clock runs ahead or an earlier decision outranks it.
    """
    winner = max(marks, key=lambda mark: mark.precedence, default=None)
    if winner is None or (not winner.is_decision and winner.marked_at < now):
        return False, now
    if winner.is_decision and winner.marked_at >= now:
        return True, winner.marked_at + timedelta(microseconds=1)
    return True, now


def undo_id(mark_id: str) -> str:
    """Return the id of the mark that takes this one back: always the same, so that undoing twice is undoing once."""
    return "undo-" + hashlib.sha256(mark_id.encode()).hexdigest()[:40]


def standing(marks: Iterable[Mark]) -> list[Mark]:
    """Return the marks that were not taken back, the one that would be taken back next at the end."""
    stack: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: mark.precedence):
        undone = next((earlier for earlier in stack if undo_id(earlier.mark_id) == mark.mark_id), None)
        if undone is None:
            stack.append(mark)
        else:
            stack.remove(undone)
    return stack


def reversal(marks: Iterable[Mark], now: datetime) -> Mark:
    """Return the mark that takes back the last one that stands: it restates what counted before, or clears."""
    *_, before, last = [None, *standing(marks)]
    assert last is not None
    if before is None:
        return Mark(undo_id(last.mark_id), AttendanceState.CLEARED, now)
    return replace(before, mark_id=undo_id(last.mark_id), marked_at=now, is_decision=False)


def attended_minutes(mark: Mark | None, scheduled: int) -> int:
    """Return the minutes that a session counts for: late is full unless minutes are given, excused is missed."""
    if mark is None or mark.state not in _THERE:
        return 0
    return scheduled if mark.minutes is None else min(mark.minutes, scheduled)


def has_begun(starts_at: datetime, as_of: datetime | None) -> bool:
    """Tell whether the minutes of a session that begins at this moment count; None is the training's end."""
    return as_of is None or starts_at <= as_of


def attended(sessions: Iterable[tuple[Span, Mark | None]], *, as_of: datetime | None) -> Attended:
    """Return the sum over a training's sessions, each with the mark that counts, at a moment or, with None, at its end.

    A mark made ahead counts no minute before its session begins.
    """
    minutes = scheduled = unmarked = ahead = possible = 0
    is_over = True
    for span, mark in sessions:
        begun, ended = has_begun(span.starts_at, as_of), has_begun(span.ends_at, as_of)
        counted = attended_minutes(mark, span.minutes) if begun else 0
        minutes += counted
        scheduled += span.minutes
        unmarked += begun and mark is None
        ahead += 0 if begun else span.minutes
        possible += span.minutes if mark is None or not begun else 0
        is_over = is_over and ended
    return Attended(minutes, scheduled, unmarked, ahead, possible, is_over)


def count(marks: Iterable[Mark | None]) -> Counts:
    """Return how many of the people whose counting marks these are stand in each state."""
    numbers = dict.fromkeys((field.name for field in fields(Counts)), 0)
    for mark in marks:
        numbers["not_marked" if mark is None else mark.state] += 1
    return Counts(**numbers)


def content_refusal(mark_id: str, state: str, minutes: int | None, reason: str, scheduled: int) -> MarkRefusal | None:
    """Return what stands against the content of a mark for a session of `scheduled` minutes."""
    if not is_mark_id(mark_id):
        return MarkRefusal.BAD_MARK_ID
    if state not in set(AttendanceState):
        return MarkRefusal.UNKNOWN_STATE
    if minutes is not None and state not in _THERE:
        return MarkRefusal.MINUTES_WITHOUT_PRESENCE
    if minutes is not None and not 0 <= minutes <= scheduled:
        return MarkRefusal.BAD_MINUTES
    return None if len(reason) <= MAX_REASON and reason.isprintable() else MarkRefusal.BAD_REASON


def is_mark_id(text: str) -> bool:
    return 0 < len(text) <= MAX_MARK_ID and text.isprintable()


def batch_id(batch: str, registration: str) -> str:
    """Return the id of one of the marks that "all present" makes together."""
    return f"{BATCH}{batch}-{registration}"


def batch_of(mark_id: str) -> str:
    """Return the key of the "all present" that made this mark, or nothing if it was made alone."""
    return mark_id.removeprefix(BATCH).rpartition("-")[0] if mark_id.startswith(BATCH) else ""


def helper_until(days: Collection[date], zone: tzinfo) -> datetime:
    """Return when a helper's link ends: at the end of the day after its last one, on the venue's clock."""
    return datetime.combine(max(days) + timedelta(days=2), time(), zone)

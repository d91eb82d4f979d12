"""What marks say together: the state per session, the share attended, and whether it is enough."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AttendanceState(StrEnum):
    """What one mark says; `cleared` takes the earlier ones back."""

    PRESENT = "present"
    LATE = "late"
    EXCUSED = "excused"
    ABSENT = "absent"
    CLEARED = "cleared"


@dataclass(frozen=True)
class Mark:
    """One act of marking. `minutes` is given only when the person was there for a part of the session."""

    mark_id: str
    state: AttendanceState
    marked_at: datetime
    minutes: int | None = None
    is_decision: bool = False


@dataclass(frozen=True)
class Attended:
    """Attended and scheduled minutes of one person in one training."""

    attended: int
    scheduled: int
    unmarked: int = 0

    def reaches(self, minimum: int) -> bool:
        """Tell whether the share is at least `minimum` percent; compared as integers, never rounded."""
        return self.scheduled > 0 and self.attended * 100 >= minimum * self.scheduled

    @property
    def percent(self) -> float:
        """Return the share in percent with one decimal, for showing only."""
        return round(100 * self.attended / self.scheduled, 1) if self.scheduled else 0.0


def current(marks: Iterable[Mark]) -> Mark | None:
    """Return the mark that counts, whatever the order of arrival; None if not marked or cleared.

    A person's decision on a conflict outranks plain marks; among equals the latest wins, ties by mark id.
    """
    latest = max(marks, key=lambda mark: (mark.is_decision, mark.marked_at, mark.mark_id), default=None)
    return None if latest is None or latest.state == AttendanceState.CLEARED else latest


def attended_minutes(mark: Mark | None, scheduled: int) -> int:
    """Return the minutes that a session counts for: late is full unless minutes are given, excused is missed."""
    if mark is None or mark.state in (AttendanceState.ABSENT, AttendanceState.EXCUSED, AttendanceState.CLEARED):
        return 0
    return scheduled if mark.minutes is None else min(mark.minutes, scheduled)

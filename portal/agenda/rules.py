"""Conflicts: who or what is needed twice at a time. They are shown, and the coordinator decides."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any

from portal.trainings.rules import Lasting


@dataclass(frozen=True)
class Booking:
    """A session that needs a facilitator or a place. `wanted` says whom or which, `key` which session it is."""

    wanted: Hashable
    key: Any
    training_id: int
    starts_at: datetime
    ends_at: datetime
    room: str = ""


@dataclass(frozen=True)
class Clash:
    """Two bookings that want the same at one time, the earlier first."""

    first: Booking
    second: Booking

    def involves(self, training_id: int) -> bool:
        return training_id in (self.first.training_id, self.second.training_id)

    def other_than(self, training_id: int) -> Booking:
        """Return the side that is not of this training; of two sessions of one training, the second."""
        return self.first if self.second.training_id == training_id != self.first.training_id else self.second


def clashes(bookings: Iterable[Booking]) -> Iterator[Clash]:
    """Yield every pair of bookings that want the same at one time."""
    wanted: dict[Hashable, list[Booking]] = defaultdict(list)
    for booking in bookings:
        wanted[booking.wanted].append(booking)
    for same in wanted.values():
        for first, second in combinations(sorted(same, key=lambda one: (one.starts_at, one.ends_at)), 2):
            if second.starts_at < first.ends_at and first.key != second.key:
                yield Clash(first, second)


def room_clashes(bookings: Iterable[Booking]) -> list[Clash]:
    """Return every pair of different trainings that want the same place at one time; two named rooms do not clash."""
    return [
        clash
        for clash in clashes(bookings)
        if clash.first.training_id != clash.second.training_id and not _apart(clash.first.room, clash.second.room)
    ]


def shared_days(one: Lasting, other: Lasting) -> tuple[date, date] | None:
    """Return the first and last day on which both trainings need the person, if there is one."""
    first, last = max(one.starts_on, other.starts_on), min(one.ends_on, other.ends_on)
    return (first, last) if first <= last else None


def _apart(one: str, other: str) -> bool:
    """Tell whether two rooms are surely different ones."""
    here, there = " ".join(one.split()).casefold(), " ".join(other.split()).casefold()
    return bool(here and there and here != there)

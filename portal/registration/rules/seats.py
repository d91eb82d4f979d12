"""Who gets a seat: the whole training's capacity, and every allotment that matches a person."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from portal.registration.rules.states import RegistrationRole

T = TypeVar("T")


@dataclass(frozen=True)
class Seat:
    """What decides about a person's seat; `institution_ids` holds the institution and its parents."""

    institution_ids: tuple[int, ...]
    region_code: str | None
    role: str


@dataclass(frozen=True)
class Quota:
    """Seats for everyone who matches all its given sides; a side that is None matches everyone.

    Seats for a ministry serve its services, since a person's institution counts with its parents.
    """

    id: int
    seats: int
    institution_id: int | None = None
    region_code: str | None = None
    role: str | None = None

    def matches(self, seat: Seat) -> bool:
        """Tell whether the person takes one of these seats."""
        return (
            (self.institution_id is None or self.institution_id in seat.institution_ids)
            and (self.region_code is None or self.region_code == seat.region_code)
            and (self.role is None or self.role == seat.role)
        )


@dataclass(frozen=True)
class Shortage:
    """Why there is no seat: the training is full, or the allotment `quota_id` is."""

    quota_id: int | None
    seats: int


class Room:
    """The seats of one training and how many of them are taken, of the whole and of each allotment."""

    def __init__(self, capacity: int, quotas: Iterable[Quota], taken: Mapping[Seat, int]) -> None:
        self.capacity = capacity
        self.quotas = tuple(quotas)
        self.taken = 0
        self._taken_of: Counter[int] = Counter()
        for seat, people in taken.items():
            self.take(seat, people)

    @property
    def free(self) -> int:
        """Return the seats that the whole training has left; never less than none."""
        return max(0, self.capacity - self.taken)

    def taken_of(self, quota: Quota) -> int:
        """Return how many seats of an allotment are taken."""
        return self._taken_of[quota.id]

    def shortage(self, seat: Seat) -> Shortage | None:
        """Return what stands against one more person, or None if there is a seat."""
        if not needs_seat(seat.role):
            return None
        if self.taken >= self.capacity:
            return Shortage(quota_id=None, seats=self.capacity)
        for quota in self.quotas:
            if quota.matches(seat) and self._taken_of[quota.id] >= quota.seats:
                return Shortage(quota_id=quota.id, seats=quota.seats)
        return None

    def take(self, seat: Seat, people: int = 1) -> None:
        """Give the person a seat of the whole and of every allotment that matches."""
        if not needs_seat(seat.role):
            return
        self.taken += people
        self._taken_of.update({quota.id: people for quota in self.quotas if quota.matches(seat)})


def needs_seat(role: str) -> bool:
    """Tell whether such people compete for seats; facilitators and guests do not."""
    return role in (RegistrationRole.PARTICIPANT, RegistrationRole.ALTERNATE)


def allocate(queue: Iterable[tuple[T, Seat]], room: Room) -> list[tuple[T, Shortage | None]]:
    """Return who of the queue gets a seat (None) and who waits for what; the room fills up on the way.

    Participants come first and alternates after them, each in the order of the queue: an alternate stands in for
    people who do not come, and so takes no seat that somebody nominated as a participant could have had.
    """
    ordered = sorted(queue, key=lambda entry: entry[1].role == RegistrationRole.ALTERNATE)
    allocated = []
    for entry, seat in ordered:
        shortage = room.shortage(seat)
        if shortage is None:
            room.take(seat)
        allocated.append((entry, shortage))
    return allocated

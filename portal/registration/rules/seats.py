"""Who gets a seat: the whole training's capacity, and every allotment that matches a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Seat:
    """What decides about a person's seat."""

    institution_ids: tuple[int, ...]
    region_code: str | None
    role: str


@dataclass(frozen=True)
class Quota:
    """Seats for everyone who matches all its given sides; a side that is None matches everyone.

    `Seat.institution_ids` holds the institution and its parents, so that seats for a ministry serve its services.
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


def shortage(seat: Seat, taken: Sequence[Seat], capacity: int, quotas: Iterable[Quota]) -> Shortage | None:
    """Return what stands against one more confirmed person, or None if there is a seat."""
    if len(taken) >= capacity:
        return Shortage(quota_id=None, seats=capacity)
    for quota in quotas:
        if quota.matches(seat) and sum(map(quota.matches, taken)) >= quota.seats:
            return Shortage(quota_id=quota.id, seats=quota.seats)
    return None

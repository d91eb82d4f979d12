"""What is counted: people once, seats as often as they were completed, hours as they were attended.

People trained are unique persons who completed a training; they are counted as they stood at the first that they
completed: their region of service and institution of that time. A seat is one completed registration.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.evaluation.rules import statistics
from portal.evaluation.rules.statistics import Change

UNKNOWN = "?"  # What is not stated of somebody.
FEWEST_PAIRS = 10


class Dimension(StrEnum):
    """By what people are counted."""

    SEX = "sex"
    REGION = "region"
    INSTITUTION = "institution"
    SERVICE = "service"


# Of each training, and of all together; services stand only inside their institution, of all together.
BY_TRAINING = (Dimension.SEX, Dimension.REGION, Dimension.INSTITUTION)


@dataclass(frozen=True)
class Seat:
    """One completed registration, as at the time of its training."""

    person_id: int
    sex: str
    region: str
    institution: str
    service: str

    def at(self, dimension: Dimension) -> str:
        """Return the category that it counts in; a service is named within its institution."""
        if dimension == Dimension.SERVICE:
            return f"{self.institution}/{self.service}"
        return str(getattr(self, dimension.value))


@dataclass(frozen=True)
class TrainingFacts:
    """What one training adds to the counts."""

    id: int
    code: str
    project: str
    titles: Mapping[str, str]
    region: str
    starts_on: date
    ends_on: date
    seats: Sequence[Seat] = ()
    attended: int = 0
    minutes: int = 0
    pairs: Sequence[tuple[float, float]] = ()
    forms: int = 0
    rated: int = 0
    favorable: int = 0
    copies: int = 0
    corrections: int = 0
    is_final: bool = True


@dataclass(frozen=True)
class Counted:
    """The counts of some trainings, nothing hidden."""

    trainings: Sequence[TrainingFacts]
    people: int
    tables: Mapping[Dimension, Mapping[str, int]] = field(default_factory=dict)

    @property
    def seats(self) -> int:
        """Return the completed registrations."""
        return sum(len(one.seats) for one in self.trainings)

    @property
    def hours(self) -> int:
        """Return the attended hours, rounded half up."""
        return (sum(one.minutes for one in self.trainings) + 30) // 60

    @property
    def attended(self) -> int:
        """Return how many people came, training by training."""
        return sum(one.attended for one in self.trainings)

    @property
    def copies(self) -> int:
        """Return the manuals that were handed over or given."""
        return sum(one.copies for one in self.trainings)

    @property
    def pairs(self) -> list[tuple[float, float]]:
        """Return the scores before and after of everybody who took both tests."""
        return [pair for one in self.trainings for pair in one.pairs]

    @property
    def change(self) -> Change | None:
        """Return how much people knew more afterwards, if enough took both tests."""
        return statistics.change(self.pairs) if len(self.pairs) >= FEWEST_PAIRS else None


def count(trainings: Iterable[TrainingFacts]) -> Counted:
    """Return the counts of some trainings together."""
    in_order = sorted(trainings, key=lambda one: (one.ends_on, one.id))
    first: dict[int, Seat] = {}
    for training in in_order:
        for seat in training.seats:
            first.setdefault(seat.person_id, seat)
    people = list(first.values())
    return Counted(in_order, len(people), {dimension: tally(people, dimension) for dimension in Dimension})


def tally(seats: Iterable[Seat], dimension: Dimension) -> dict[str, int]:
    """Return how many seats stand in each category."""
    return dict(Counter(seat.at(dimension) for seat in seats))


def months(trainings: Iterable[TrainingFacts]) -> list[tuple[str, int, int]]:
    """Return each month from the first to the last with its trainings and seats; months without any count zero."""
    held: Counter[tuple[int, int]] = Counter()
    seats: Counter[tuple[int, int]] = Counter()
    for one in trainings:
        month = one.ends_on.year, one.ends_on.month
        held[month] += 1
        seats[month] += len(one.seats)
    if not held:
        return []
    (year, month), last = min(held), max(held)
    found = []
    while (year, month) <= last:
        found.append((f"{year}-{month:02d}", held[year, month], seats[year, month]))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found

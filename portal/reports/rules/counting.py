"""What is counted: people once, seats as often as they were completed, for each seat the hours of its training.

People trained are unique persons who completed a training; they are counted as they stood at the first that counted
them: their region of service and institution of that time. A seat is one completed registration.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from portal.evaluation.rules import statistics
from portal.evaluation.rules.statistics import Change
from portal.people.rules.institutions import InstitutionKind

UNKNOWN = "?"  # What is not stated of somebody.
FEWEST_PAIRS = 10
# Institutions of which mostly few come are counted together, whoever comes: which ones are large is no one's secret.
STATE_BODIES, OTHER_BODIES = "state-bodies", "other-bodies"
GROUPS = {
    InstitutionKind.COURT: STATE_BODIES,
    InstitutionKind.OMBUDSMAN: STATE_BODIES,
    InstitutionKind.RAPPORTEUR: STATE_BODIES,
    InstitutionKind.OTHER_STATE: STATE_BODIES,
    InstitutionKind.BAR: OTHER_BODIES,
    InstitutionKind.NGO: OTHER_BODIES,
    InstitutionKind.INTERNATIONAL: OTHER_BODIES,
}


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

    def grouped(self, groups: Mapping[str, str]) -> "Seat":
        """Return the seat with its institution's group for the institution, if it has one."""
        group = groups.get(self.institution)
        return replace(self, institution=group, service=group) if group else self


@dataclass(frozen=True)
class TrainingFacts:
    """What one training adds to the counts.

    `minutes` are those of its sessions, `attended` is whoever came at all, which stays inside the house, and `copies`
    went to institutions by act.
    """

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

    def grouped(self, groups: Mapping[str, str]) -> "TrainingFacts":
        """Return the training with small institutions in their groups."""
        return replace(self, seats=tuple(seat.grouped(groups) for seat in self.seats)) if groups else self


def change_of(pairs: Sequence[tuple[float, float]]) -> Change | None:
    """Return how much people knew more afterwards, if enough took both tests to say it outside."""
    return statistics.change(pairs) if len(pairs) >= FEWEST_PAIRS else None


def by_day(trainings: Iterable[TrainingFacts]) -> list[TrainingFacts]:
    """Return trainings by their last day."""
    return sorted(trainings, key=lambda one: (one.ends_on, one.id))


def newcomers(in_order: Sequence[TrainingFacts]) -> dict[str, list[Seat]]:
    """Return the seats in which each training counts somebody for the first time, by code."""
    known: set[int] = set()
    found = {}
    for training in in_order:
        found[training.code] = [seat for seat in training.seats if seat.person_id not in known]
        known.update(seat.person_id for seat in training.seats)
    return found


def tally(seats: Iterable[Seat], dimension: Dimension) -> dict[str, int]:
    """Return how many seats stand in each category."""
    return dict(Counter(seat.at(dimension) for seat in seats))


def months(completed: Iterable[tuple[date, int]]) -> list[tuple[str, int, int]]:
    """Return each month from the first to the last with its trainings and seats; months without any count zero.

    `completed` are each training's last day and seats.
    """
    held: Counter[tuple[int, int]] = Counter()
    seats: Counter[tuple[int, int]] = Counter()
    for last_day, number in completed:
        its_month = last_day.year, last_day.month
        held[its_month] += 1
        seats[its_month] += number
    if not held:
        return []
    (year, month), last = min(held), max(held)
    found = []
    while (year, month) <= last:
        found.append((f"{year}-{month:02d}", held[year, month], seats[year, month]))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found

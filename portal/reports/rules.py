"""What is counted, the parts of a release, and what the public report may say.

People trained are unique persons who completed a training; they are counted as they stood at the first that counted
them: their region of service and institution of that time. A seat is one completed registration.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from portal.assessments import statistics
from portal.assessments.statistics import Change
from portal.people.rules import InstitutionKind

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


WHOLE = "all"  # The part of all trainings.
Json = dict[str, Any]
Books = Mapping[str, int | None]  # By training: how often a finalized one was corrected; None while its books are open.


@dataclass(frozen=True)
class Issue:
    """Which release this is to be, what a count must stand for in it, and what it names.

    `regions` stand in every table; `names` are those of regions and institutions by code and language;
    `left_out` are the trainings of each project that were held and are not finalized; `groups` are what institutions
    are counted in that are not counted on their own.
    """

    number: int
    until: date
    k: int
    regions: Sequence[str]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    draw: Callable[[str], str] = lambda _text: ""

    def draw_for(self, place: str) -> Callable[[str], str]:
        """Return the draw between the categories of one table: the same in every release, and no reader's to repeat."""
        return lambda name: self.draw(f"{place} {name}")


@dataclass(frozen=True)
class Seen:
    """What somebody has looked at before a release is published: what it counts, and how the books stood then."""

    number: int
    until: date
    k: int
    books: Books


@dataclass(frozen=True)
class Part:
    """A part of a release: what may be read, and what stands behind it."""

    project: str
    content: Json
    basis: Json

    @property
    def number(self) -> int:
        return int(self.content["release"])

    def grouped(self, groups: Mapping[str, str]) -> "Part":
        """Return the part with small institutions in their groups, as releases before this rule did not count them.

        Of a group with something hidden a reader is taken to know nothing.
        """

        def of(name: str) -> str:
            institution, slash, _service = name.partition("/")
            group = groups.get(institution)
            return f"{group}{slash}{group if slash else ''}" if group else name

        def state(one: Json) -> Json:
            sides: Json = {side: _merged(one[side], of) for side in ("tables", "new") if side in one}
            for side in ("hidden", "small"):
                sides |= {side: {at: sorted({of(it) for it in names}) for at, names in one.get(side, {}).items()}}
            return one | sides

        trainings = {code: state(one) for code, one in self.basis["trainings"].items()}
        return Part(self.project, self.content, state(self.basis) | {"trainings": trainings})


def _merged(tables: Json, of: Callable[[str], str]) -> Json:
    found: Json = {}
    for at, table in tables.items():
        found[at] = {}
        for name, count in table.items():
            found[at][of(name)] = found[at].get(of(name), 0) + count
    return found


def in_order(content: Json) -> Json:
    """Return a content with its categories as a reader expects them; the frozen text has them by code."""
    ranks = {code: place for place, code in enumerate(content["regions"])}

    def ordered(name: str, table: Json) -> Json:
        def place(cell: tuple[str, int | None]) -> tuple[int, str]:
            code, count = cell
            return (ranks.get(code, len(ranks)) if name == "region" else -(count or 0) if name != "sex" else 0, code)

        return table | {"cells": dict(sorted(table["cells"].items(), key=place))}

    def all_of(tables: Json) -> Json:
        return {name: table if name == "service" else ordered(name, table) for name, table in tables.items()}

    services = {name: ordered("service", table) for name, table in content["tables"]["service"].items()}
    trainings = [one | {"tables": all_of(one["tables"])} for one in content["trainings"]]
    return content | {"tables": all_of(content["tables"]) | {"service": services}, "trainings": trainings}


MEASURED = ("minutes", "attended", "pairs", "forms", "copies")  # as a release keeps them of each training


def may_show_mean(own: int, each: Iterable[int], least: int) -> bool:
    """Tell whether the mean of one training gives no mean of a few away.

    `each` is how many were measured in every training that the release counts together, this one among them. Whoever
    subtracts what reports say from what the release says is left with the others, in any combination.
    """
    return own >= least and all(number == 0 or number >= least for number in each)

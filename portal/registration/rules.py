"""States of a registration, seats, a participant's facts, and finding institutions and regions by name."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from portal.people import name_rules
from portal.people.rules import place_key
from portal.platform import texts
from portal.platform.texts import N_, Labelled

_LEAST_LETTERS = 3
_WORD = re.compile(r"\w+")


def is_named(word: str, written: Iterable[str]) -> bool:
    """Tell whether the word begins a word of one of the names; one of one or two letters must be the whole word."""
    parts = {part for name in written for part in _words(name)}
    skeletons = {name_rules.match_key(part) for part in parts}
    typed = _words(word)
    return any(map(parts.__contains__, typed)) or any(
        known.startswith(key)
        for keys, among in ((typed, parts), (name_rules.match_keys(word), skeletons))
        for key in keys
        if len(key) >= _LEAST_LETTERS
        for known in among
    )


def _words(text: str) -> set[str]:
    """Return the folded words of a name, as they are written and without the ways to abbreviate."""
    return {*place_key(text).split(), *_WORD.findall(texts.fold(text))}


class RegistrationState(Labelled):
    NOMINATED = "nominated", N_("Nominated")
    INVITED = "invited", N_("Invited")
    CONFIRMED = "confirmed", N_("Confirmed")
    WAITLISTED = "waitlisted", N_("Waiting list")
    DECLINED = "declined", N_("Declined")
    WITHDRAWN = "withdrawn", N_("Withdrawn")
    SUBSTITUTED = "substituted", N_("Substituted")


class RegistrationRole(Labelled):
    """What a person comes as; only participants and alternates compete for seats."""

    PARTICIPANT = "participant", N_("participant")
    ALTERNATE = "alternate", N_("alternate")
    FACILITATOR = "facilitator", N_("facilitator")
    GUEST = "guest", N_("guest")


class Cause(Labelled):
    """The usual reasons of a move; the first two are found by counting seats, the others are somebody's choice."""

    TRAINING_FULL = "training_full"
    ALLOTMENT_FULL = "allotment_full"
    ADMINISTRATIVE = "administrative", N_("Administrative")
    DOCUMENTS_INCOMPLETE = "documents_incomplete", N_("Documents incomplete")
    PREREQUISITES_UNMET = "prerequisites_unmet", N_("Does not fit the profile")
    WORK = "work", N_("Called away by work")
    ILLNESS = "illness", N_("Illness")
    PERSONAL = "personal", N_("Personal circumstances")
    OTHER = "other", N_("Another reason, written below")
    UNKNOWN = "unknown", N_("Reason not known")


class WhyNot(Labelled):
    """Why something was not done with one registration, alone or among many."""

    CHANGED = (
        "changed",
        N_("Somebody has changed this registration meanwhile. Look at it as it is now and decide again."),
    )
    NOT_POSSIBLE = "not_possible", N_("This cannot be done from the registration's present state.")
    NO_SEAT = "no_seat", N_("There is no free seat for this person yet; the place on the waiting list is kept.")
    WAITLISTED = "waitlisted", N_("No seat was free: put on the waiting list.")
    VETTING_MISSING = (
        "vetting_missing",
        N_("This training demands vetting, and no valid vetting is recorded for this person."),
    )


_ENDS = frozenset({RegistrationState.DECLINED, RegistrationState.WITHDRAWN, RegistrationState.SUBSTITUTED})
TAKES_PART = frozenset(state.value for state in RegistrationState if state not in _ENDS)
# Who competes for seats; facilitators and guests do not.
SEATED = (RegistrationRole.PARTICIPANT.value, RegistrationRole.ALTERNATE.value)

MOVES: dict[RegistrationState, frozenset[RegistrationState]] = {
    RegistrationState.NOMINATED: frozenset(RegistrationState) - {RegistrationState.NOMINATED},
    RegistrationState.INVITED: frozenset(RegistrationState) - {RegistrationState.INVITED},
    RegistrationState.WAITLISTED: frozenset(
        {RegistrationState.CONFIRMED, RegistrationState.DECLINED, RegistrationState.WITHDRAWN}
    ),
    RegistrationState.CONFIRMED: frozenset({RegistrationState.WAITLISTED}) | _ENDS,
    RegistrationState.DECLINED: frozenset({RegistrationState.NOMINATED}),
    RegistrationState.WITHDRAWN: frozenset({RegistrationState.NOMINATED}),
    RegistrationState.SUBSTITUTED: frozenset(),
}

# What somebody may give as the reason of a move; a move that is not here needs none.
CAUSES: dict[RegistrationState, tuple[Cause, ...]] = {
    RegistrationState.WAITLISTED: (Cause.ADMINISTRATIVE, Cause.DOCUMENTS_INCOMPLETE, Cause.OTHER),
    RegistrationState.DECLINED: (
        Cause.PREREQUISITES_UNMET,
        Cause.DOCUMENTS_INCOMPLETE,
        Cause.ADMINISTRATIVE,
        Cause.OTHER,
    ),
    RegistrationState.WITHDRAWN: (Cause.WORK, Cause.ILLNESS, Cause.PERSONAL, Cause.UNKNOWN, Cause.OTHER),
}


def can_move(state: RegistrationState, target: RegistrationState) -> bool:
    return target in MOVES[state]


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


class Capacity:
    """The seats of one training and how many of them are taken, of the whole and of each allotment."""

    def __init__(self, seats: int, quotas: Iterable[Quota], taken: Mapping[Seat, int]) -> None:
        self.seats = seats
        self.quotas = tuple(quotas)
        self.taken = 0
        self._taken_of: Counter[int] = Counter()
        for seat, people in taken.items():
            self.take(seat, people)

    @property
    def free(self) -> int:
        return max(0, self.seats - self.taken)

    def taken_of(self, quota: Quota) -> int:
        return self._taken_of[quota.id]

    def shortage(self, seat: Seat) -> Shortage | None:
        """Return what stands against one more person, or None if there is a seat."""
        if seat.role not in SEATED:
            return None
        if self.taken >= self.seats:
            return Shortage(quota_id=None, seats=self.seats)
        for quota in self.quotas:
            if quota.matches(seat) and self._taken_of[quota.id] >= quota.seats:
                return Shortage(quota_id=quota.id, seats=quota.seats)
        return None

    def take(self, seat: Seat, people: int = 1) -> None:
        """Give the person a seat of the whole and of every allotment that matches."""
        if seat.role not in SEATED:
            return
        self.taken += people
        self._taken_of.update({quota.id: people for quota in self.quotas if quota.matches(seat)})


def allocate(queue: Iterable[tuple[T, Seat]], capacity: Capacity) -> list[tuple[T, Shortage | None]]:
    """Return who of the queue gets a seat (None) and who waits for what; the seats fill up on the way.

    Participants come first and alternates after them, each in the order of the queue: an alternate stands in for
    people who do not come, and so takes no seat that somebody nominated as a participant could have had.
    """
    ordered = sorted(queue, key=lambda entry: entry[1].role == RegistrationRole.ALTERNATE)
    allocated = []
    for entry, seat in ordered:
        shortage = capacity.shortage(seat)
        if shortage is None:
            capacity.take(seat)
        allocated.append((entry, shortage))
    return allocated


NAME = ("family", "given", "patronymic")
# As at the time of the training: kept on the registration, and on the person as what is known now.
OF_TRAINING = ("institution", "region", "post", "rank")
# Kept on the person alone, whatever the training.
OF_PERSON = (*NAME, "sex", "birth_year", "phone", "email", "language")
# How somebody is reached: no paper and no count holds it, so that it changes also after the lock.
CONTACTS = ("phone", "email", "language")

OF_TRAINING_SAID, OF_PERSON_SAID = "registration.restated", "people.corrected"
# How the log calls the facts that it keeps from whoever does not run trainings.
IN_THE_LOG = {"phone": "contact_phone", "email": "contact_email"}

Facts = Mapping[str, Any]


def differing(present: Facts, said: Facts) -> dict[str, list[Any]]:
    """Return the facts that are said to be otherwise than they are, each with what it is and what it shall be."""
    return {name: [present[name], value] for name, value in said.items() if present[name] != value}


def undone(present: Facts, changes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what takes changes back: the values before, of the facts that nobody has changed since."""
    return {name: before for name, (before, after) in changes.items() if present[name] == after}


def split(said: Facts, *, is_outdated: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of these facts is to be kept of the training, and what of the person.

    What holds at the time of a training holds of the person now, unless a later training knows better.
    """
    here = {name: said[name] for name in OF_TRAINING if name in said}
    person = {name: said[name] for name in OF_PERSON if name in said}
    return here, person if is_outdated else person | here

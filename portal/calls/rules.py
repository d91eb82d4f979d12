"""Deadline and state of a call, and when a public link accepts registrations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.platform import texts
from portal.registration.rules import RegistrationState
from portal.trainings.rules import TrainingState


class CallStatus(StrEnum):
    """How the answer of an institution stands, what is most urgent first."""

    MISSED = "missed"  # lists are not taken any more, and seats that were kept are left
    OPEN = "open"
    HANDED_IN = "handed_in"
    ANSWERED = "answered"
    OVER = "over"
    PASSED = "passed"  # lists are not taken any more, and the institution was not asked in particular


class Verdict(StrEnum):
    """What an institution learns about somebody whom it nominated: no reason, and nothing between yes and no."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    NOT_CONFIRMED = "not_confirmed"


VERDICTS = {
    RegistrationState.NOMINATED: Verdict.WAITING,
    RegistrationState.INVITED: Verdict.WAITING,
    RegistrationState.WAITLISTED: Verdict.WAITING,
    RegistrationState.CONFIRMED: Verdict.CONFIRMED,
    RegistrationState.DECLINED: Verdict.NOT_CONFIRMED,
    RegistrationState.WITHDRAWN: Verdict.NOT_CONFIRMED,
    RegistrationState.SUBSTITUTED: Verdict.NOT_CONFIRMED,
}


@dataclass(frozen=True)
class Answer:
    """What an institution has done so far: people by verdict, seats kept for it (None: none in particular)."""

    seats: int | None = None
    confirmed: int = 0
    waiting: int = 0
    not_confirmed: int = 0
    has_list: bool = False

    @property
    def nominated(self) -> int:
        return self.confirmed + self.waiting + self.not_confirmed

    @property
    def is_short(self) -> bool:
        return self.seats is not None and self.confirmed + self.waiting < self.seats


def takes_lists(state: str, due_on: date, today: date) -> bool:
    return state == TrainingState.APPROVED and today <= due_on


def kept_seats(allotments: Sequence[tuple[int, bool]]) -> int | None:
    """Return the seats kept for an institution, each number with whether it is for the institution as a whole.

    Those of its parts count only where it has none as a whole.
    """
    whole = [seats for seats, is_whole in allotments if is_whole]
    return sum(whole or [seats for seats, _is_whole in allotments]) if allotments else None


def status_of(state: str, starts_on: date, due_on: date, answer: Answer, today: date) -> CallStatus:
    if state != TrainingState.APPROVED or today >= starts_on:
        return CallStatus.OVER
    if answer.has_list:
        return CallStatus.HANDED_IN
    if not takes_lists(state, due_on, today):
        unasked = CallStatus.ANSWERED if answer.nominated else CallStatus.PASSED
        return unasked if answer.seats is None else CallStatus.MISSED if answer.is_short else CallStatus.ANSWERED
    if answer.is_short or not answer.nominated:
        return CallStatus.OPEN
    return CallStatus.ANSWERED


# A whole ministry registers from one address; a script that sends thousands does not.
ADDRESS_TRIES = (120, timedelta(hours=1))
LINK_TRIES = (1_000, timedelta(days=1))
LINK_PAUSE = timedelta(seconds=10)
PHONE_TRIES = (10, timedelta(hours=1))
# What is kept of people who register again and again with other words: the last of them.
MOST_REQUESTS = 5
RECEIPT_LENGTH = 8

_NOT_YET = (TrainingState.DRAFT, TrainingState.PENDING_APPROVAL)
_LATIN = dict(zip("АВЕКМНОРСТХУІ", "ABEKMHOPCTXYI", strict=True))


class Closed(StrEnum):
    """Why a link takes no registration."""

    NOT_YET = "not_yet"
    DUE = "due"
    OVER = "over"


def closed(state: str, due_on: date, ends_on: date, today: date) -> Closed | None:
    """Return why a training takes no registration by its link now, or None while it does."""
    if state in _NOT_YET:
        return Closed.NOT_YET
    if state != TrainingState.APPROVED or today > ends_on:
        return Closed.OVER
    return Closed.DUE if today > due_on else None


def institution_code(typed: str) -> str:
    """Return a typed code of an institution as codes are kept: capitals, hyphens, Latin letters."""
    letters = "".join(_LATIN.get(letter, letter) for letter in texts.clean(typed).upper())
    return "-".join(letters.replace("-", " ").replace("–", " ").split())

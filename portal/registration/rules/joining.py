"""When a training's public link takes registrations, and how often it may be used."""

from datetime import date, timedelta
from enum import StrEnum

from portal.platform import texts
from portal.trainings.rules.states import TrainingState

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

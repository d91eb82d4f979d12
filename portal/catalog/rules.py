"""Limits of catalog entries, and when an entry of a crisis center needs checking."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.platform.texts import Text, clean
from portal.records.contacts import phone_of

MAX_HOURS = 1_000
MAX_VENUE = 200
MAX_LINES = 500
MAX_SIGNATORY = 120
MOST_SIGNATORIES = 3
MOST_IN_A_HALL = 100_000
MOST_PHONES = 6
_SHORT_NUMBER = re.compile(r"\d{3,5}")  # Hotlines have numbers that only the country's own network knows.


@dataclass(frozen=True)
class PlannedSignatory:
    """Who signs certificates: the name as printed, and the post in three languages."""

    name: str
    posts: Text


@dataclass(frozen=True)
class NewCourse:
    """A course that comes with its first training."""

    code: str
    titles: Text
    hours: int


@dataclass(frozen=True)
class NewVenue:
    """A venue that comes with a training."""

    names: Text
    time_zone: str = "Asia/Bishkek"


class Offer(StrEnum):
    """What a center does for people."""

    SHELTER = "shelter"
    HOTLINE = "hotline"
    PSYCHOLOGIST = "psychologist"
    LAWYER = "lawyer"
    MEDICAL = "medical"
    SOCIAL = "social"
    COURT = "court"
    TRANSPORT = "transport"
    RETURN_HOME = "return_home"


class Guest(StrEnum):
    """Whom a center takes in."""

    WOMEN = "women"
    MEN = "men"
    CHILDREN = "children"
    FAMILIES = "families"
    FOREIGNERS = "foreigners"
    DISABLED = "disabled"


class Tongue(StrEnum):
    """A language in which a center speaks with people."""

    KY = "ky"
    RU = "ru"
    UZ = "uz"
    TG = "tg"
    EN = "en"


def phones_of(typed: str) -> tuple[str, ...]:
    """Return the phones of a typed text, one to a line or parted by commas, as they were written."""
    return tuple(filter(None, (clean(part) for part in re.split(r"[\n,;]", typed))))


def callable_phone(typed: str) -> str:
    """Return a phone as it is called: E.164, or a short number as it is; empty if it cannot be called."""
    return typed if _SHORT_NUMBER.fullmatch(typed) else phone_of(typed)


def is_stale(checked_on: date | None, today: date) -> bool:
    """Tell whether twelve months have passed since somebody made sure that an entry is right."""
    if checked_on is None:
        return True
    months = (today.year - checked_on.year) * 12 + today.month - checked_on.month
    return months > 12 or (months == 12 and today.day >= checked_on.day)

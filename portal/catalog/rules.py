"""Limits of catalog entries, and when an entry of a crisis center needs checking."""

import re
from dataclasses import dataclass
from datetime import date

from portal.platform.texts import N_, Labelled, Text, clean
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


class Offer(Labelled):
    SHELTER = "shelter", N_("Shelter")
    HOTLINE = "hotline", N_("Hotline")
    PSYCHOLOGIST = "psychologist", N_("Psychologist")
    LAWYER = "lawyer", N_("Lawyer")
    MEDICAL = "medical", N_("Medical help")
    SOCIAL = "social", N_("Papers and benefits")
    COURT = "court", N_("Company to police and court")
    TRANSPORT = "transport", N_("Transport to the centre")
    RETURN_HOME = "return_home", N_("Return home from abroad")


class Guest(Labelled):
    WOMEN = "women", N_("Women")
    MEN = "men", N_("Men")
    CHILDREN = "children", N_("Children")
    FAMILIES = "families", N_("Families")
    FOREIGNERS = "foreigners", N_("Foreigners")
    DISABLED = "disabled", N_("People with disabilities")


class Tongue(Labelled):
    KY = "ky", N_("Kyrgyz")
    RU = "ru", N_("Russian")
    UZ = "uz", N_("Uzbek")
    TG = "tg", N_("Tajik")
    EN = "en", N_("English")


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

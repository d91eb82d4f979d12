"""Crisis centers: what one is to be, what stands against it, and whether somebody should look again if it is right."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.platform import texts
from portal.platform.texts import Text
from portal.records.contacts import phone_of
from portal.records.rules import RecordFault, RecordFaultCode, line_faults, name_faults, text_faults

MAX_ADDRESS, MAX_HOURS, MAX_NOTE = 300, 200, 500
MOST_PHONES = 6
_SHORT_NUMBER = re.compile(r"\d{3,5}")  # Hotlines have numbers that only the country's own network knows.


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


@dataclass(frozen=True)
class PlannedCenter:
    """A crisis center as it is to be."""

    names: Text
    region_code: str
    addresses: Text = Text()
    phones: tuple[str, ...] = ()
    hours: Text = Text()
    offers: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    notes: Text = Text()
    closed_on: date | None = None


def center_faults(planned: PlannedCenter) -> list[RecordFault]:
    """Return everything that stands against a center."""
    found = [
        *name_faults(planned.names),
        *text_faults(planned.addresses, "address", limit=MAX_ADDRESS),
        *text_faults(planned.hours, "hours", limit=MAX_HOURS),
        *text_faults(planned.notes, "note", limit=MAX_NOTE),
    ]
    found += [fault for phone in planned.phones for fault in line_faults(phone, "phones", 40)]
    if not planned.phones:
        found.append(RecordFault(RecordFaultCode.PHONE_MISSING, "phones"))
    elif not all(map(callable_phone, planned.phones)) or len(planned.phones) > MOST_PHONES:
        found.append(RecordFault(RecordFaultCode.PHONE_UNREADABLE, "phones"))
    if not planned.offers:
        found.append(RecordFault(RecordFaultCode.OFFERS_MISSING, "offers"))
    return found


def phones_of(typed: str) -> tuple[str, ...]:
    """Return the phones of a typed text, one to a line or parted by commas, as they were written."""
    return tuple(filter(None, (texts.clean(part) for part in re.split(r"[\n,;]", typed))))


def callable_phone(typed: str) -> str:
    """Return a phone as it is called: E.164, or a short number as it is; empty if it cannot be called."""
    return typed if _SHORT_NUMBER.fullmatch(typed) else phone_of(typed)


def is_stale(checked_on: date | None, today: date) -> bool:
    """Tell whether twelve months have passed since somebody made sure that an entry is right."""
    if checked_on is None:
        return True
    months = (today.year - checked_on.year) * 12 + today.month - checked_on.month
    return months > 12 or (months == 12 and today.day >= checked_on.day)

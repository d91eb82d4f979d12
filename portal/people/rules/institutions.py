"""What institutions are, what lies under which, and whether one is closed."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

MOST_ALIASES = 60


class InstitutionKind(StrEnum):
    """What an institution is."""

    MINISTRY = "ministry"
    COMMITTEE = "committee"
    SERVICE = "service"
    PROSECUTION = "prosecution"
    COURT = "court"
    ACADEMY = "academy"
    OMBUDSMAN = "ombudsman"
    RAPPORTEUR = "rapporteur"
    BAR = "bar"
    OTHER_STATE = "state"
    NGO = "ngo"
    INTERNATIONAL = "international"


def is_closed(closed_on: date | None, day: date) -> bool:
    """Tell whether something that was closed on a day takes nobody any more: the day itself is the first without it."""
    return closed_on is not None and closed_on <= day


def lies_under(id_: int, other: int | None, parents: Mapping[int, int | None]) -> bool:
    """Tell whether `other` is the institution itself or lies under it, however deep."""
    seen: set[int] = set()
    while other is not None and other not in seen:
        if other == id_:
            return True
        seen.add(other)
        other = parents.get(other)
    return False

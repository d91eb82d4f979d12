"""What an institution is to be, everything that stands against it, and whether it is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.platform.texts import Text
from portal.records.rules import MAX_NAME, RecordFault, RecordFaultCode, line_faults, name_faults

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


@dataclass(frozen=True)
class PlannedInstitution:
    """An institution as it is to be."""

    names: Text
    kind: str
    aliases: tuple[str, ...] = ()
    parent_id: int | None = None
    region_code: str | None = None
    is_security_force: bool = False
    valid_from: date | None = None


def institution_faults(planned: PlannedInstitution) -> list[RecordFault]:
    """Return everything that stands against an institution."""
    found = list(name_faults(planned.names))
    for alias in planned.aliases:
        found += line_faults(alias, "aliases", MAX_NAME)
    if len(planned.aliases) > MOST_ALIASES:
        found.append(RecordFault(RecordFaultCode.TOO_MANY_ALIASES, "aliases", args={"most": MOST_ALIASES}))
    if planned.kind not in set(InstitutionKind):
        found.append(RecordFault(RecordFaultCode.CHOICE_UNKNOWN, "kind"))
    return found


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

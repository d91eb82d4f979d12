"""How certificates of a project or a course are to look, and what stands against that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.platform.texts import Text
from portal.records.rules import RecordFault, text_faults

# The texts of a template and how many letters of each are kept; paper is the narrower judge.
TEMPLATE_TEXTS = {
    "completion": 120,
    "attendance": 120,
    "facilitator": 120,
    "line": 120,
    "acknowledgement": 500,
    "disclaimer": 300,
}
MOST_LOGOS = 5
MAX_ALT = 120


class LogoPlace(StrEnum):
    """Where the logos stand."""

    TOP = "top"
    SIDES = "sides"
    NONE = "none"


class DesignFault(StrEnum):
    """What else stands against a template or a logo."""

    SCOPE_MISSING = "scope_missing"
    ALT_MISSING = "alt_missing"


@dataclass(frozen=True)
class PlannedTemplate:
    """How certificates are to look: texts by name, how many sign (0: all whom the project names), the logos' place."""

    texts: Mapping[str, Text] = field(default_factory=dict)
    signatories: int = 0
    logos_at: LogoPlace = LogoPlace.TOP


def template_faults(planned: PlannedTemplate) -> list[RecordFault]:
    """Return what stands against the texts of a template, but for what does not fit its place."""
    return [
        fault
        for name, limit in TEMPLATE_TEXTS.items()
        for fault in text_faults(planned.texts.get(name, Text()), name, limit=limit)
    ]


def alt_faults(alts: Text) -> list[RecordFault]:
    """Return what stands against the words for a logo: whoever cannot see it reads them, in each language."""
    missing = [RecordFault(DesignFault.ALT_MISSING, column) for column, text in alts.columns("alt").items() if not text]
    return [*missing, *text_faults(alts, "alt", limit=MAX_ALT)]

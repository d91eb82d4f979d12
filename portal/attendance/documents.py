"""The facts of an attendance sheet: one paper per day, printed anew from the rows whenever it is asked for."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal.platform.dates import long_date, numeric_date
from portal.platform.trilingual import Trilingual

TEMPLATE = "attendance_sheet.html"


@dataclass(frozen=True)
class SheetRow:
    """One pre-printed line: the number that finds it again, and only what everybody in the room may see."""

    number: str
    name: str
    position: str
    institution: str
    region: str


@dataclass(frozen=True)
class Day:
    """The day of a training that a sheet is for, in the words of its header."""

    training: str
    title: Trilingual
    project: str
    donors: Sequence[str]
    venue: str
    day: date
    ordinal: int
    days: int
    coordinator: str


@dataclass(frozen=True)
class SheetFacts:
    """Everything that one day's sheet says. No phone, no birth date, no identity number."""

    lang: str
    training: str
    title: Trilingual
    project: str
    donors: str
    venue: str
    day: str
    short_day: str
    ordinal: int
    days: int
    rows: tuple[SheetRow, ...]
    blank_rows: tuple[int, ...]
    coordinator: str

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON values, as the template takes them."""
        return json.loads(json.dumps(asdict(self)))

    @property
    def document_title(self) -> str:
        """Return the title of the PDF file."""
        return f"{self.training} · {self.short_day}"


def attendance_sheet(day: Day, rows: Sequence[SheetRow], *, blank_rows: int, lang: str) -> SheetFacts:
    """Return the printed facts of one day's sheet; blank rows for substitutes are numbered after the last person."""
    return SheetFacts(
        lang=lang,
        training=day.training,
        title=day.title,
        project=day.project,
        donors=", ".join(day.donors),
        venue=day.venue,
        day=long_date(day.day, lang),
        short_day=numeric_date(day.day),
        ordinal=day.ordinal,
        days=day.days,
        rows=tuple(rows),
        blank_rows=tuple(range(1, blank_rows + 1)),
        coordinator=day.coordinator,
    )

"""The facts of an attendance sheet: one per day, from the current registrations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.platform.dates import long_date, numeric_date
from portal.platform.i18n import text_of
from portal.platform.texts import Trilingual
from portal.printing.orders import Facts
from portal.registration.models import Registration
from portal.trainings.models import Training

TEMPLATE = "attendance_sheet.html"
BLANK_ROWS = 8
MOST_BLANK_ROWS = 60


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
class SheetFacts(Facts):
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

    @property
    def document_title(self) -> str:
        return f"{self.training} · {self.short_day}"


def attendance_sheet(day: Day, rows: Sequence[SheetRow], *, blank_rows: int, lang: str) -> SheetFacts:
    """Return the printed facts of one day's sheet; blank rows for substitutes are numbered after the last person."""
    shown = {"donors": ", ".join(day.donors), "day": long_date(day.day, lang), "short_day": numeric_date(day.day)}
    numbers = tuple(range(1, blank_rows + 1))
    return SheetFacts(**vars(day) | shown, lang=lang, rows=tuple(rows), blank_rows=numbers)


def sheet_of(
    training: Training,
    day: date,
    registrations: Sequence[Registration],
    *,
    coordinator: str,
    blank_rows: int,
    lang: str,
) -> SheetFacts:
    """Return the facts of one day's sheet, read from the rows; the numbers are those of the roster."""
    days = sorted({session.local_date for session in training.sessions})
    project = training.project
    header = Day(
        training=training.code,
        title=training.title.printed(),
        project=text_of(project, "title", lang) if project else "",
        donors=[text_of(donor, "name", lang) for donor in project.donors] if project else [],
        venue=", ".join(dict.fromkeys((text_of(training.venue, "name", lang), text_of(training.region, "name", lang)))),
        day=day,
        ordinal=days.index(day) + 1,
        days=len(days),
        coordinator=coordinator,
    )
    rows = [
        SheetRow(
            number=str(number),
            name=one.person.full_name,
            position=one.post,
            institution=text_of(one.institution, "name", lang) if one.institution else "",
            region=text_of(one.region, "name", lang) if one.region else "",
        )
        for number, one in enumerate(registrations, start=1)
    ]
    return attendance_sheet(header, rows, blank_rows=blank_rows, lang=lang)

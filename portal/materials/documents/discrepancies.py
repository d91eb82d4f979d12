"""The facts of a discrepancy note: an act in parts that ends with fewer copies than planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.materials.documents.acts import Deed, Party, act_date
from portal.materials.rules import spelling
from portal.platform.dates import numeric_date
from portal.platform.pdf.orders import Facts
from portal.platform.texts import LANGUAGES, Passage, Text, Trilingual

TEMPLATE = "discrepancy_note.html"


@dataclass(frozen=True)
class Part:
    """A part that left: its number, day, copies, and who took them with which paper."""

    serial: int
    day: date
    copies: int
    taken_by: str
    paper: str


@dataclass(frozen=True)
class Ending:
    """When an act ended and why, what had left of each line by then, and by which parts."""

    day: date
    reason: Trilingual
    delivered: Sequence[int]
    parts: Sequence[Part]


@dataclass(frozen=True)
class NoteLine:
    """One line of the act: agreed, delivered, missing."""

    number: str
    title: Trilingual
    unit: dict[str, str]
    agreed: str
    delivered: str
    missing: str


@dataclass(frozen=True)
class NotePart:
    """One part as printed."""

    number: str
    day: str
    copies: str
    taken_by: str
    paper: str


@dataclass(frozen=True)
class NoteFacts(Facts):
    """Everything that the note says, in the words that it says it in."""

    number: str
    act_date: Trilingual
    date: Trilingual
    place: Trilingual
    giving: Party
    receiving: Party
    lines: tuple[NoteLine, ...]
    agreed: str
    delivered: str
    missing: str
    parts: tuple[NotePart, ...]
    reason: Trilingual
    is_in_english: bool
    record_url: str
    audit_head: str

    @property
    def document_title(self) -> str:
        """Return the title of the PDF file."""
        return f"Акт о расхождениях к акту № {self.number}"


def discrepancy_note(deed: Deed, ending: Ending, *, record_url: str, audit_head: str) -> NoteFacts:
    """Return the printed facts of the note that belongs to an act."""
    pairs = list(zip(deed.items, ending.delivered, strict=True))
    agreed, delivered = sum(item.quantity for item in deed.items), sum(ending.delivered)
    return NoteFacts(
        number=deed.number,
        act_date=_day(deed.day),
        date=_day(ending.day),
        place=deed.place,
        giving=deed.giving,
        receiving=deed.receiving,
        lines=tuple(
            NoteLine(
                str(number),
                item.title,
                spelling.SHORT_UNITS[item.unit],
                spelling.grouped(item.quantity),
                spelling.grouped(came),
                spelling.grouped(item.quantity - came),
            )
            for number, (item, came) in enumerate(pairs, start=1)
        ),
        agreed=spelling.grouped(agreed),
        delivered=spelling.grouped(delivered),
        missing=spelling.grouped(agreed - delivered),
        parts=tuple(
            NotePart(str(one.serial), numeric_date(one.day), spelling.grouped(one.copies), one.taken_by, one.paper)
            for one in ending.parts
        ),
        reason=ending.reason,
        is_in_english=deed.is_in_english,
        record_url=record_url,
        audit_head=audit_head,
    )


def reason_of(reason: Text) -> Trilingual:
    """Return why fewer copies came, as papers say it."""
    return Text(ky=reason.ky, ru=reason.ru, en=reason.en).printed()


def _day(day: date) -> Trilingual:
    return Trilingual(*(Passage(act_date(day, side), side) for side in LANGUAGES))

"""The facts of a receipt list: one per training and title, from the current registrations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.custody import rules
from portal.platform.dates import date_range, numeric_date
from portal.platform.texts import Trilingual
from portal.printing.orders import Facts

TEMPLATE = "receipt_list.html"


@dataclass(frozen=True)
class ReceiptRow:
    """One pre-printed line: its number, the person's mark that finds the person again, and what the room may see."""

    number: int
    mark: str
    name: str
    institution: str
    begins_page: bool = False
    signed_by: str = ""  # a colleague, where the list is printed again after the signatures
    copy_number: str = ""


@dataclass(frozen=True)
class Occasion:
    """What is given at which training, in the words of the header."""

    training: str
    title: Trilingual
    starts_on: date
    ends_on: date
    place: str
    material: Trilingual
    language: str
    edition: str
    unit: str
    issuer: str
    printed_on: date


@dataclass(frozen=True)
class ReceiptFacts(Facts):
    """Everything that the list says. No phone, no birth date, no identity number."""

    lang: str
    training: str
    title: Trilingual
    dates: str
    place: str
    material: Trilingual
    language: str
    edition: str
    unit: str
    rows: tuple[ReceiptRow, ...]
    blank_rows: tuple[ReceiptRow, ...]
    issuer: str
    printed_on: str

    @property
    def document_title(self) -> str:
        """Return the title of the PDF file."""
        return f"{self.training} · {self.material.ru.text}"


def receipt_list(occasion: Occasion, rows: Sequence[ReceiptRow], *, blank_rows: int, lang: str) -> ReceiptFacts:
    """Return the printed facts of a list; blank rows for substitutes go on counting after the last person."""
    numbered = tuple(
        replace(row, number=number, begins_page=rules.begins_page(number)) for number, row in enumerate(rows, start=1)
    )
    blank = tuple(
        ReceiptRow(number, "", "", "", rules.begins_page(number))
        for number in range(len(rows) + 1, len(rows) + 1 + blank_rows)
    )
    return ReceiptFacts(
        lang=lang,
        training=occasion.training,
        title=occasion.title,
        dates=date_range(occasion.starts_on, occasion.ends_on, lang),
        place=occasion.place,
        material=occasion.material,
        language=occasion.language,
        edition=occasion.edition,
        unit=occasion.unit,
        rows=numbered,
        blank_rows=blank,
        issuer=occasion.issuer,
        printed_on=numeric_date(occasion.printed_on),
    )

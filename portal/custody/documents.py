"""The facts of a receipt list: one per training and title, from the current registrations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.custody import rules
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
        return f"{self.training} · {self.material.ru.text}"


def numbered(people: Sequence[ReceiptRow], blank_rows: int) -> tuple[tuple[ReceiptRow, ...], tuple[ReceiptRow, ...]]:
    """Return the rows of people and blank ones for substitutes, which go on counting after the last person."""
    rows = [*people, *[ReceiptRow(0, "", "", "")] * blank_rows]
    counted = tuple(
        replace(row, number=number, begins_page=rules.begins_page(number)) for number, row in enumerate(rows, start=1)
    )
    return counted[: len(people)], counted[len(people) :]

"""What a title is and what stands against it; the same one is found again however it is typed."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.materials.rules import money
from portal.platform import texts
from portal.platform.texts import Text
from portal.records.rules import YEARS, PlanFault, PlanFaultCode, line_faults, text_faults

CURRENCY = money.CURRENCIES[0]
MAX_EDITION, MAX_ISBN = 40, 17
MATERIAL_LANGUAGES = ("ky", "ru", "ky-ru", "en")


class Unit(StrEnum):
    """What is counted."""

    COPY = "copy"
    SET = "set"
    PIECE = "piece"


@dataclass(frozen=True)
class PlannedMaterial:
    """What a title is to be; the value of one copy in the smallest unit of its currency, None if it is not said."""

    titles: Text
    language: str
    edition: str = ""
    year: int | None = None
    unit: str = Unit.COPY.value
    isbn: str = ""
    owner_institution_id: int | None = None
    unit_value: int | None = None
    currency: str = CURRENCY
    is_numbered: bool = False


def faults(planned: PlannedMaterial) -> list[PlanFault]:
    """Return everything that stands against a title."""
    return [*_text_faults(planned), *_choice_faults(planned)]


def is_isbn(text: str) -> bool:
    """Tell whether a text is a book number of 10 or 13 digits whose last digit is right."""
    digits = text.replace("-", "").replace(" ", "").upper()
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        return sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(digits)) % 11 == 0
    if re.fullmatch(r"[0-9]{13}", digits):
        return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    return False


def identity(titles: Text, language: str, edition: str) -> str:
    """Return one key for every spelling of the same titles, language and edition."""
    parts = [*(texts.fold(text) for text in titles.columns().values()), language, texts.fold(edition)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_same_title(one: Text, other: Text) -> bool:
    """Tell whether two titles agree in every language in which both are given, and share at least one."""
    here, there = one.columns(), other.columns()
    shared = [name for name in here if here[name] and there[name]]
    return bool(shared) and all(texts.fold(here[name]) == texts.fold(there[name]) for name in shared)


def _text_faults(planned: PlannedMaterial) -> Iterator[PlanFault]:
    if not planned.titles:
        yield PlanFault(PlanFaultCode.TITLE_MISSING, "title_ru")
    yield from text_faults(planned.titles, "title")
    yield from line_faults(planned.edition, "edition", MAX_EDITION)
    if planned.isbn and not is_isbn(planned.isbn):
        yield PlanFault(PlanFaultCode.ISBN_WRONG, "isbn")


def _choice_faults(planned: PlannedMaterial) -> Iterator[PlanFault]:
    offered = (
        ("language", planned.language, MATERIAL_LANGUAGES),
        ("unit", planned.unit, tuple(Unit)),
        ("currency", planned.currency, money.CURRENCIES),
    )
    for name, value, choices in offered:
        if value not in choices:
            yield PlanFault(PlanFaultCode.LANGUAGE_UNKNOWN, name)
    if planned.year is not None and planned.year not in YEARS:
        yield PlanFault(PlanFaultCode.YEAR_IMPLAUSIBLE, "year", args={"year": planned.year})
    if planned.unit_value is not None and not 0 <= planned.unit_value <= money.MOST:
        yield PlanFault(PlanFaultCode.SUM_IMPLAUSIBLE, "unit_value", args={"most": money.MOST // 100})

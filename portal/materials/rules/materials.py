"""What a title is: the same one is found again however it is typed."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from portal.people.rules import names
from portal.trainings.rules.plans import Titles

CURRENCY = "KGS"
MATERIAL_LANGUAGES = ("ky", "ru", "ky-ru", "en")


class Unit(StrEnum):
    """What is counted."""

    COPY = "copy"
    SET = "set"
    PIECE = "piece"


@dataclass(frozen=True)
class PlannedMaterial:
    """What a title is to be; the value of one copy in the smallest unit of its currency, None if it is not said."""

    titles: Titles
    language: str
    edition: str = ""
    year: int | None = None
    unit: str = Unit.COPY.value
    isbn: str = ""
    owner_institution_id: int | None = None
    unit_value: int | None = None
    currency: str = CURRENCY


def identity(titles: Titles, language: str, edition: str) -> str:
    """Return one key for every spelling of the same titles, language and edition."""
    parts = [*(names.fold(text) for text in titles.columns().values()), language, names.fold(edition)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_same_title(one: Titles, other: Titles) -> bool:
    """Tell whether two titles agree in every language in which both are given, and share at least one."""
    here, there = one.columns(), other.columns()
    shared = [name for name in here if here[name] and there[name]]
    return bool(shared) and all(names.fold(here[name]) == names.fold(there[name]) for name in shared)

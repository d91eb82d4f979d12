"""What the records that administrators keep are made of: texts in three languages, and what stands against them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.people.rules import contacts, names

LANGUAGES = ("ky", "ru", "en")
MAX_CODE = 20
MAX_NAME = 200
MAX_TITLE = 300


class RecordFaultCode(StrEnum):
    """The stable name of one thing that stands against a record of any kind."""

    TEXT_TOO_LONG = "text_too_long"
    HIDDEN_CHARACTER = "hidden_character"
    CODE_MISSING = "code_missing"
    NAME_MISSING = "name_missing"
    PHONE_UNREADABLE = "phone_unreadable"
    PHONE_MISSING = "phone_missing"
    DAYS_REVERSED = "days_reversed"
    ORDER_IMPLAUSIBLE = "order_implausible"
    CHOICE_UNKNOWN = "choice_unknown"
    OFFERS_MISSING = "offers_missing"
    TOO_MANY_ALIASES = "too_many_aliases"
    DAY_AHEAD = "day_ahead"


@dataclass(frozen=True)
class RecordFault:
    """One fault: the field that it stands at, and in a list of parts the place of the part."""

    code: StrEnum
    field: str
    place: int | None = None
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Titles:
    """A text in the three languages; at least one is given."""

    ky: str = ""
    ru: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.ky or self.ru or self.en)

    @classmethod
    def of(cls, row: object, name: str = "title") -> "Titles":
        """Return the texts that stand in the columns of a row."""
        return cls(**{language: getattr(row, f"{name}_{language}") for language in LANGUAGES})

    def columns(self, name: str = "title") -> dict[str, str]:
        """Return the texts by the columns in which they are kept."""
        return {f"{name}_{language}": getattr(self, language) for language in LANGUAGES}


def text_faults(titles: Titles, name: str, place: int | None = None, limit: int = MAX_TITLE) -> Iterator[RecordFault]:
    """Yield what stands against the letters of a text: too many, or one that nobody sees."""
    for column, text in titles.columns(name).items():
        yield from line_faults(text, column, limit, place)


def line_faults(text: str, name: str, limit: int, place: int | None = None) -> Iterator[RecordFault]:
    """Yield what stands against the letters of one line."""
    for fault in names.text_faults(text, limit):
        is_long = fault.code == names.FaultCode.TOO_LONG
        code = RecordFaultCode.TEXT_TOO_LONG if is_long else RecordFaultCode.HIDDEN_CHARACTER
        yield RecordFault(code, name, place, fault.args)


def code_faults(code: str) -> Iterator[RecordFault]:
    """Yield what stands against the short code of a record."""
    if not code:
        yield RecordFault(RecordFaultCode.CODE_MISSING, "code")
    yield from line_faults(code, "code", MAX_CODE)


def name_faults(texts: Titles, name: str = "name", limit: int = MAX_NAME) -> Iterator[RecordFault]:
    """Yield what stands against a name, which is needed in one language at least."""
    if not texts:
        yield RecordFault(RecordFaultCode.NAME_MISSING, f"{name}_ru")
    yield from text_faults(texts, name, limit=limit)


def phone_of(typed: str) -> str:
    """Return a typed phone in E.164; empty if it cannot be read."""
    return contacts.phone(typed)[0] if typed else ""

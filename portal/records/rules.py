"""Building blocks of reference records: texts in three languages, and their checks."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.platform.texts import Text, hidden_character

MAX_CODE = 20
MAX_NAME = 200
MAX_TITLE = 300
MAX_LONG = 2000
YEARS = range(2000, 2100)


class FaultCode(StrEnum):
    """The stable name of one thing that can be wrong with a value that describes a person."""

    REQUIRED = "required"
    TOO_LONG = "too_long"
    HIDDEN_CHARACTER = "hidden_character"
    NAME_CHARACTER = "name_character"
    NAME_WITHOUT_LETTERS = "name_without_letters"
    NAME_MIXED_SCRIPT = "name_mixed_script"
    NAME_INITIALS = "name_initials"
    SEX_UNKNOWN = "sex_unknown"
    PHONE_INVALID = "phone_invalid"
    PHONE_DIGITS_LOST = "phone_digits_lost"
    PHONE_UNUSUAL = "phone_unusual"
    PHONE_SEVERAL = "phone_several"
    EMAIL_INVALID = "email_invalid"
    EMAIL_SEVERAL = "email_several"
    BIRTH_YEAR_UNREADABLE = "birth_year_unreadable"
    BIRTH_YEAR_IMPLAUSIBLE = "birth_year_implausible"


WARNINGS = frozenset(
    {
        FaultCode.NAME_MIXED_SCRIPT,
        FaultCode.NAME_INITIALS,
        FaultCode.PHONE_UNUSUAL,
        FaultCode.PHONE_SEVERAL,
        FaultCode.EMAIL_SEVERAL,
    }
)


@dataclass(frozen=True)
class Fault:
    """One fault of a value. A warning leaves the value usable, anything else does not."""

    code: FaultCode
    args: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def is_warning(self) -> bool:
        """Tell whether the value may be kept all the same."""
        return self.code in WARNINGS


def letter_faults(text: str, limit: int) -> list[Fault]:
    """Return what stands against any short text of one line: its length, or a character that nobody sees."""
    if len(text) > limit:
        return [Fault(FaultCode.TOO_LONG, {"limit": limit})]
    hidden = hidden_character(text)
    return [Fault(FaultCode.HIDDEN_CHARACTER, {"character": hidden[0], "position": hidden[1]})] if hidden else []


class RecordFaultCode(StrEnum):
    """The stable name of one thing that stands against a record or a plan."""

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
    TITLE_MISSING = "title_missing"
    YEAR_IMPLAUSIBLE = "year_implausible"
    ENDS_BEFORE_START = "ends_before_start"
    TOO_MANY_DAYS = "too_many_days"
    SEATS_TOO_FEW = "seats_too_few"
    SEATS_TOO_MANY = "seats_too_many"
    MINIMUM_NOT_PERCENT = "minimum_not_percent"
    HOURS_IMPLAUSIBLE = "hours_implausible"
    SESSIONS_MISSING = "sessions_missing"
    SESSIONS_TOO_MANY = "sessions_too_many"
    SESSION_TITLE_MISSING = "session_title_missing"
    SESSION_ENDS_BEFORE_START = "session_ends_before_start"
    SESSION_OVER_MIDNIGHT = "session_over_midnight"
    SESSION_OUTSIDE_DAYS = "session_outside_days"
    SESSIONS_OVERLAP = "sessions_overlap"
    ALLOTMENT_OVER_CAPACITY = "allotment_over_capacity"
    ALLOTMENT_TWICE = "allotment_twice"
    GRADE_NOT_PERCENT = "grade_not_percent"
    CERTIFICATES_MISSING = "certificates_missing"
    PEOPLE_IMPLAUSIBLE = "people_implausible"
    DEADLINE_IMPLAUSIBLE = "deadline_implausible"
    DEADLINES_REVERSED = "deadlines_reversed"
    LANGUAGE_UNKNOWN = "language_unknown"
    POST_MISSING = "post_missing"
    SERIES_UNFIT = "series_unfit"
    HALL_IMPLAUSIBLE = "hall_implausible"
    DOES_NOT_FIT = "does_not_fit"
    LETTER_NOT_PRINTED = "letter_not_printed"
    ISBN_WRONG = "isbn_wrong"
    SUM_IMPLAUSIBLE = "sum_implausible"
    CONTACT_ELSEWHERE = "contact_elsewhere"
    PAST_NOT_MEANT = "past_not_meant"


@dataclass(frozen=True)
class RecordFault:
    """One fault: the field that it stands at, and in a list of parts the place of the part."""

    code: StrEnum
    field: str
    place: int | None = None
    args: Mapping[str, object] = dataclasses.field(default_factory=dict)


def text_faults(titles: Text, name: str, place: int | None = None, limit: int = MAX_TITLE) -> Iterator[RecordFault]:
    """Yield what stands against the letters of a text: too many, or one that nobody sees."""
    for column, text in titles.columns(name).items():
        yield from line_faults(text, column, limit, place)


def line_faults(text: str, name: str, limit: int, place: int | None = None) -> Iterator[RecordFault]:
    """Yield what stands against the letters of one line."""
    for fault in letter_faults(text, limit):
        is_long = fault.code == FaultCode.TOO_LONG
        code = RecordFaultCode.TEXT_TOO_LONG if is_long else RecordFaultCode.HIDDEN_CHARACTER
        yield RecordFault(code, name, place, fault.args)


def name_faults(texts: Text, name: str = "name", limit: int = MAX_NAME) -> Iterator[RecordFault]:
    """Yield what stands against a name, which is needed in one language at least."""
    if not texts:
        yield RecordFault(RecordFaultCode.NAME_MISSING, f"{name}_ru")
    yield from text_faults(texts, name, limit=limit)


def long_faults(text: str, name: str) -> Iterator[RecordFault]:
    """Yield what stands against a text of several lines."""
    yield from line_faults(text.replace("\n", " "), name, MAX_LONG)

"""Building blocks of reference records: texts in three languages, and their checks."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.platform.texts import N_, Labelled, Text, hidden_character

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
        return self.code in WARNINGS


def letter_faults(text: str, limit: int) -> list[Fault]:
    """Return what stands against any short text of one line: its length, or a character that nobody sees."""
    if len(text) > limit:
        return [Fault(FaultCode.TOO_LONG, {"limit": limit})]
    hidden = hidden_character(text)
    return [Fault(FaultCode.HIDDEN_CHARACTER, {"character": hidden[0], "position": hidden[1]})] if hidden else []


class RecordFaultCode(Labelled):
    """The stable name of one thing that stands against a record or a plan."""

    TEXT_TOO_LONG = "text_too_long", N_("The text is too long: at most %(limit)s characters.")
    HIDDEN_CHARACTER = "hidden_character", N_("The text holds an invisible character (%(character)s). Type it again.")
    CODE_MISSING = "code_missing", N_("Give a short code.")
    NAME_MISSING = "name_missing", N_("Give the name in at least one language.")
    PHONE_UNREADABLE = "phone_unreadable", N_("This is no phone number that can be called.")
    PHONE_MISSING = "phone_missing", N_("Give at least one phone: nobody reaches the centre without one.")
    DAYS_REVERSED = "days_reversed", N_("The day of closing is before the first day.")
    ORDER_IMPLAUSIBLE = "order_implausible", N_("Give the place in the list as a number from 1 to %(most)s.")
    CHOICE_UNKNOWN = "choice_unknown", N_("Choose one of the list.")
    OFFERS_MISSING = "offers_missing", N_("Choose at least one kind of help.")
    TOO_MANY_ALIASES = "too_many_aliases", N_("Give at most %(most)s further names.")
    DAY_AHEAD = "day_ahead", N_("This day has not come yet.")
    TITLE_MISSING = "title_missing", N_("Give the title in at least one language.")
    YEAR_IMPLAUSIBLE = "year_implausible", N_("The year %(year)s cannot be right.")
    ENDS_BEFORE_START = "ends_before_start", N_("The last day is before the first one.")
    TOO_MANY_DAYS = "too_many_days", N_("The training would last %(days)s days; at most %(most)s are planned as one.")
    SEATS_TOO_FEW = "seats_too_few", N_("Give at least one seat.")
    SEATS_TOO_MANY = "seats_too_many", N_("Give at most %(most)s seats.")
    MINIMUM_NOT_PERCENT = "minimum_not_percent", N_("The minimum attendance is a percentage from 0 to 100.")
    HOURS_IMPLAUSIBLE = "hours_implausible", N_("Give the hours as a number from 1 to %(most)s.")
    SESSIONS_MISSING = "sessions_missing", N_("Plan at least one session.")
    SESSIONS_TOO_MANY = "sessions_too_many", N_("Plan at most %(most)s sessions.")
    SESSION_TITLE_MISSING = "session_title_missing", N_("Give the session a title in at least one language.")
    SESSION_ENDS_BEFORE_START = "session_ends_before_start", N_("The session ends before it begins.")
    SESSION_OVER_MIDNIGHT = "session_over_midnight", N_("The session runs past midnight: make two of it.")
    SESSION_OUTSIDE_DAYS = (
        "session_outside_days",
        N_("The session is on %(date)s, the training from %(first)s to %(last)s."),
    )
    SESSIONS_OVERLAP = "sessions_overlap", N_("The session overlaps session %(other)s.")
    ALLOTMENT_OVER_CAPACITY = (
        "allotment_over_capacity",
        N_("%(seats)s seats are kept, but the training has %(capacity)s."),
    )
    ALLOTMENT_TWICE = "allotment_twice", N_("Seats are kept for the same group twice.")
    GRADE_NOT_PERCENT = "grade_not_percent", N_("The minimum grade is a percentage from 0 to 100.")
    CERTIFICATES_MISSING = "certificates_missing", N_("Choose certificates of completion, of attendance, or both.")
    PEOPLE_IMPLAUSIBLE = "people_implausible", N_("Give the planned number as a number from 1 to %(most)s.")
    DEADLINE_IMPLAUSIBLE = (
        "deadline_implausible",
        N_("Give the days before the first day as a number from 0 to %(most)s."),
    )
    DEADLINES_REVERSED = "deadlines_reversed", N_("The list of names is final before the lists of nominees are due.")
    LANGUAGE_UNKNOWN = "language_unknown", N_("Choose one of the list.")
    POST_MISSING = "post_missing", N_("Give the post in at least one language.")
    SERIES_UNFIT = "series_unfit", N_("Give a Latin capital letter, then at most nine capital letters or digits.")
    HALL_IMPLAUSIBLE = "hall_implausible", N_("Give the places in the hall as a number from 1 to %(most)s.")
    DOES_NOT_FIT = (
        "does_not_fit",
        N_("The text is too long for its place on paper: about %(letters)s of its %(length)s letters fit."),
    )
    LETTER_NOT_PRINTED = "letter_not_printed", N_("“%(letter)s” cannot be printed. Write it in another way.")
    ISBN_WRONG = "isbn_wrong", N_("This is no ISBN: compare it with the imprint, digit by digit.")
    SUM_IMPLAUSIBLE = "sum_implausible", N_("Give a sum from 0 to %(most)s.")
    CONTACT_ELSEWHERE = "contact_elsewhere", N_("Choose somebody who signs in and runs trainings in this region.")
    PAST_NOT_MEANT = "past_not_meant", N_("The first day has gone by already. If that is meant, tick it here.")


@dataclass(frozen=True)
class RecordFault:
    """One fault: the field that it stands at, and in a list of parts the place of the part."""

    code: Labelled
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
    yield from line_faults(text.replace("\n", " "), name, MAX_LONG)

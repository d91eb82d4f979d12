"""Texts of refusals of records and plans."""

from collections.abc import Mapping
from typing import Any

from portal.platform.errors import Fault, FieldsRefused
from portal.platform.i18n import _l
from portal.records.rules import RecordFault, RecordFaultCode

WORDS: Mapping[str, Any] = {
    RecordFaultCode.TEXT_TOO_LONG: _l("The text is too long: at most %(limit)s characters."),
    RecordFaultCode.HIDDEN_CHARACTER: _l("The text holds an invisible character (%(character)s). Type it again."),
    RecordFaultCode.CODE_MISSING: _l("Give a short code."),
    RecordFaultCode.NAME_MISSING: _l("Give the name in at least one language."),
    RecordFaultCode.PHONE_UNREADABLE: _l("This is no phone number that can be called."),
    RecordFaultCode.PHONE_MISSING: _l("Give at least one phone: nobody reaches the centre without one."),
    RecordFaultCode.DAYS_REVERSED: _l("The day of closing is before the first day."),
    RecordFaultCode.ORDER_IMPLAUSIBLE: _l("Give the place in the list as a number from 1 to %(most)s."),
    RecordFaultCode.CHOICE_UNKNOWN: _l("Choose one of the list."),
    RecordFaultCode.OFFERS_MISSING: _l("Choose at least one kind of help."),
    RecordFaultCode.TOO_MANY_ALIASES: _l("Give at most %(most)s further names."),
    RecordFaultCode.DAY_AHEAD: _l("This day has not come yet."),
    RecordFaultCode.TITLE_MISSING: _l("Give the title in at least one language."),
    RecordFaultCode.YEAR_IMPLAUSIBLE: _l("The year %(year)s cannot be right."),
    RecordFaultCode.ENDS_BEFORE_START: _l("The last day is before the first one."),
    RecordFaultCode.TOO_MANY_DAYS: _l("The training would last %(days)s days; at most %(most)s are planned as one."),
    RecordFaultCode.SEATS_TOO_FEW: _l("Give at least one seat."),
    RecordFaultCode.SEATS_TOO_MANY: _l("Give at most %(most)s seats."),
    RecordFaultCode.MINIMUM_NOT_PERCENT: _l("The minimum attendance is a percentage from 0 to 100."),
    RecordFaultCode.HOURS_IMPLAUSIBLE: _l("Give the hours as a number from 1 to %(most)s."),
    RecordFaultCode.SESSIONS_MISSING: _l("Plan at least one session."),
    RecordFaultCode.SESSIONS_TOO_MANY: _l("Plan at most %(most)s sessions."),
    RecordFaultCode.SESSION_TITLE_MISSING: _l("Give the session a title in at least one language."),
    RecordFaultCode.SESSION_ENDS_BEFORE_START: _l("The session ends before it begins."),
    RecordFaultCode.SESSION_OVER_MIDNIGHT: _l("The session runs past midnight: make two of it."),
    RecordFaultCode.SESSION_OUTSIDE_DAYS: _l("The session is on %(date)s, the training from %(first)s to %(last)s."),
    RecordFaultCode.SESSIONS_OVERLAP: _l("The session overlaps session %(other)s."),
    RecordFaultCode.ALLOTMENT_OVER_CAPACITY: _l("%(seats)s seats are kept, but the training has %(capacity)s."),
    RecordFaultCode.ALLOTMENT_TWICE: _l("Seats are kept for the same group twice."),
    RecordFaultCode.CERTIFICATES_MISSING: _l("Choose certificates of completion, of attendance, or both."),
    RecordFaultCode.GRADE_NOT_PERCENT: _l("The minimum grade is a percentage from 0 to 100."),
    RecordFaultCode.PEOPLE_IMPLAUSIBLE: _l("Give the planned number as a number from 1 to %(most)s."),
    RecordFaultCode.DEADLINE_IMPLAUSIBLE: _l("Give the days before the first day as a number from 0 to %(most)s."),
    RecordFaultCode.DEADLINES_REVERSED: _l("The list of names is final before the lists of nominees are due."),
    RecordFaultCode.LANGUAGE_UNKNOWN: _l("Choose one of the list."),
    RecordFaultCode.POST_MISSING: _l("Give the post in at least one language."),
    RecordFaultCode.SERIES_UNFIT: _l("Give a Latin capital letter, then at most nine capital letters or digits."),
    RecordFaultCode.HALL_IMPLAUSIBLE: _l("Give the places in the hall as a number from 1 to %(most)s."),
    RecordFaultCode.DOES_NOT_FIT: _l(
        "The text is too long for its place on paper: about %(letters)s of its %(length)s letters fit."
    ),
    RecordFaultCode.ISBN_WRONG: _l("This is no ISBN: compare it with the imprint, digit by digit."),
    RecordFaultCode.SUM_IMPLAUSIBLE: _l("Give a sum from 0 to %(most)s."),
    RecordFaultCode.CONTACT_ELSEWHERE: _l("Choose somebody who signs in and runs trainings in this region."),
    RecordFaultCode.PAST_NOT_MEANT: _l("The first day has gone by already. If that is meant, tick it here."),
    RecordFaultCode.LETTER_NOT_PRINTED: _l("“%(letter)s” cannot be printed. Write it in another way."),
}


class RecordRefused(FieldsRefused):
    """Refuse a record with everything that stands against it; `faults` name the fields."""

    words = WORDS


class PlanRefused(FieldsRefused):
    """Refuse a plan with everything that stands against it; `faults` name the fields."""

    words = WORDS

    @staticmethod
    def where(fault: Fault) -> str:
        """Return where in a plan the fault stands."""
        if fault.place is None:
            return fault.field
        if fault.field == "name" or fault.field.startswith("post"):
            group = "signatories"
        else:
            group = "allotments" if fault.field in ("seats", "institution_id") else "sessions"
        return f"{group}[{fault.place + 1}].{fault.field}"


def require(found: list[RecordFault]) -> None:
    """Refuse a record that something stands against.

    :raises RecordRefused: naming every fault.
    """
    if found:
        raise RecordRefused(found)


def wording(fault: RecordFault) -> str:
    """Return a fault in the language of the reader."""
    return PlanRefused.wording(fault)

"""What records are refused for, in words."""

from collections.abc import Mapping
from typing import Any

from portal.people.rules.records import RecordFaultCode
from portal.platform.refusals import FieldsRefused
from portal.platform.wording import _l

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
}


class RecordRefused(FieldsRefused):
    """Refuse a record with everything that stands against it; `faults` name the fields."""

    words = WORDS

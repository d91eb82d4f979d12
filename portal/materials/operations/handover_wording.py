"""What stands against a hand-over act, in words."""

from collections.abc import Mapping
from typing import Any

from portal.materials.rules.handovers import ActFault, ActFaultCode
from portal.platform.wording import _l

WORDS: Mapping[ActFaultCode, Any] = {
    ActFaultCode.TEXT_TOO_LONG: _l("The text is too long: at most %(limit)s characters."),
    ActFaultCode.HIDDEN_CHARACTER: _l("The text holds an invisible character (%(character)s). Type it again."),
    ActFaultCode.YEAR_IMPLAUSIBLE: _l("The year %(year)s cannot be right."),
    ActFaultCode.LINES_MISSING: _l("Give the copies of at least one title."),
    ActFaultCode.LINES_TOO_MANY: _l("An act has at most %(most)s lines. Draw up a second one."),
    ActFaultCode.LINE_TWICE: _l("The same title stands in the act twice."),
    ActFaultCode.QUANTITY_IMPLAUSIBLE: _l("Give the number of copies as a number from 1 to %(most)s."),
    ActFaultCode.VALUE_MISSING: _l("Give the value of one copy, or 0 for without charge."),
    ActFaultCode.CURRENCY_UNKNOWN: _l("Choose one of the list."),
    ActFaultCode.CURRENCIES_DIFFER: _l("The titles have values in several currencies. Draw up an act for each."),
    ActFaultCode.COPIES_IMPLAUSIBLE: _l("An act is made in %(least)s to %(most)s copies."),
    ActFaultCode.TRANSFER_UNKNOWN: _l("Choose one of the list."),
    ActFaultCode.SHARE_OF_NOTHING: _l("This title is not handed over by this act."),
    ActFaultCode.SHARES_EXCEED_LINE: _l("The units get %(shared)s copies together, but the act has only %(held)s."),
    ActFaultCode.UNIT_MISSING: _l("Name the unit."),
    ActFaultCode.NUMBERS_UNREADABLE: _l("“%(text)s” is no number and no range. Write it like 1–40, 55."),
    ActFaultCode.NUMBERS_DIFFER: _l("These are %(found)s numbers, but %(copies)s copies."),
    ActFaultCode.SAME_INSTITUTION: _l("An institution hands nothing over to itself."),
    ActFaultCode.PROXY_UNKNOWN: _l("Choose one of the list."),
    ActFaultCode.PROXY_UNNAMED: _l("Say who signs."),
    ActFaultCode.PROXY_NEEDLESS: _l("Say by what right this person signs, or leave the name empty."),
    ActFaultCode.PROXY_ONESELF: _l("This is whoever receives. Name the person who signs instead."),
    ActFaultCode.ATTORNEY_MISSING: _l("A power of attorney has a number and a date. Give both."),
    ActFaultCode.ATTORNEY_LATER: _l("The power of attorney is dated after the act. Check both days."),
    ActFaultCode.RECEIVER_DIFFERS: _l(
        "A correcting act stays between the same two sides. For another institution take the copies back, then draw up "
        "an act of its own."
    ),
    ActFaultCode.GIVER_DIFFERS: _l("A correcting act stays between the same two sides."),
    ActFaultCode.CORRECTION_EARLY: _l("A correcting act cannot be older than the act that it corrects."),
    ActFaultCode.CORRECTION_IN_PARTS: _l("A correcting act moves the difference at once."),
}


def wording(fault: ActFault) -> str:
    """Return a fault as a sentence."""
    words = str(WORDS[fault.code])
    return words % fault.args if fault.args else words

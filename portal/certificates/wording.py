"""Texts of reasons, and of problems with names."""

from collections.abc import Mapping
from typing import Any

from portal.certificates.rules import RevokeClass
from portal.completion.rules import Eligibility, Ineligible
from portal.platform.i18n import _l, format_decimal
from portal.printing.fonts import TextRefusal, TextRefused
from portal.records.rules import FaultCode

_NAME_FAULTS = {
    FaultCode.REQUIRED: _l("Enter this part of the name."),
    FaultCode.TOO_LONG: _l("Use at most 120 letters."),
    FaultCode.NAME_CHARACTER: _l("Use letters, spaces, hyphens, apostrophes and dots only."),
    FaultCode.HIDDEN_CHARACTER: _l("Delete the invisible character and type the name again."),
    FaultCode.NAME_WITHOUT_LETTERS: _l("Enter a name with letters."),
    "not_latin": _l("Use Latin letters here, as in the passport."),
    "too_wide": _l(
        "The whole name is too long for its place on the certificate. Write it as the passport shortens it."
    ),
    "not_printable": _l("The certificate's font lacks a letter of this name. Write it as the passport does."),
}
_REASONS = {
    Ineligible.TRAINING_CANCELLED: _l("The training was cancelled."),
    Ineligible.NOT_CONFIRMED: _l("Has no confirmed seat."),
    Ineligible.NOT_A_PARTICIPANT: _l("Is not a participant."),
    Ineligible.NO_SESSIONS: _l("The training has no sessions."),
    # No figure: a score is for the person and the coordinator only, and this text is read by others too.
    Ineligible.NOT_TESTED: _l("Has not taken the test after the training."),
    Ineligible.BELOW_GRADE: _l("Has not reached the minimum grade in the test after the training."),
    Ineligible.LEADS_NO_SESSION: _l("Leads no session of the agenda."),
    Ineligible.SESSION_NOT_HELD: _l("Nobody is marked yet in the sessions that this person leads."),
}
REVOKE_CLASSES: Mapping[RevokeClass, Any] = {
    RevokeClass.ISSUED_IN_ERROR: _l("Issued in error"),
    RevokeClass.RULE_NOT_MET: _l("The rule is not met"),
    RevokeClass.FALSE_DATA: _l("Rests on false data"),
    RevokeClass.AUTHORITY: _l("An authority asks for it"),
    RevokeClass.OTHER: _l("Other"),
    RevokeClass.NOT_HANDED_OVER: _l("Printed and handed to nobody"),
}
_NOT_MARKED = _l("Attended %(percent)s %% of the required %(minimum)s %%; sessions not marked: %(unmarked)s.")
_NOT_BEGUN = _l("The training has not begun.")
_STILL_RUNNING = _l("The training is still running: attended %(attended)s h of %(so_far)s h so far.")
_BELOW_MINIMUM = _l("Attended %(percent)s %% of the required %(minimum)s %%.")


def name_fault(code: str) -> Any:
    """Return what is wrong with a part of a name, as a sentence that says what to do."""
    return _NAME_FAULTS.get(code, _NAME_FAULTS[FaultCode.NAME_CHARACTER])


def revoke_class(value: str) -> str:
    """Return why a certificate was taken back, in words; nothing of one that was revoked before classes were asked."""
    return str(REVOKE_CLASSES[RevokeClass(value)]) if value else ""


def reason(eligibility: Eligibility) -> Any:
    """Return why somebody has not completed the training, or an empty text; nothing is asked of who led it."""
    if eligibility.reason is None or eligibility.has_led:
        return ""
    if eligibility.reason in _REASONS:
        return _REASONS[eligibility.reason]
    attended = eligibility.attended
    if eligibility.reason is Ineligible.STILL_RUNNING:
        return str(_STILL_RUNNING if attended.so_far else _NOT_BEGUN) % {
            "attended": format_decimal(round(attended.attended / 60, 1)),
            "so_far": format_decimal(round(attended.so_far / 60, 1)),
        }
    text = _NOT_MARKED if eligibility.reason is Ineligible.NOT_MARKED else _BELOW_MINIMUM
    return str(text) % {
        "percent": format_decimal(attended.percent),
        "minimum": eligibility.minimum,
        "unmarked": attended.unmarked,
    }


_TOO_LONG = _l("“%(text)s” is too long for its place on the page.")
_LACKING = _l("“%(text)s” holds the character %(letter)s, which the font of the certificate lacks.")
_HIDDEN = _l("A text holds the invisible character %(letter)s.")


def pack_refusal(refusal: TextRefused) -> str:
    """Return what stays written beside a void number, in no language."""
    letter = f"U+{ord(refusal.letter):04X}" if refusal.letter else "-"
    text = "".join(character for character in refusal.text if character.isprintable())
    return f"{refusal.reason.value} {letter} {text}"[:300]


def void_reason(packed: str) -> str:
    """Return why a number is void, as a sentence, from what `pack_refusal` wrote."""
    reason, letter, text = packed.split(" ", 2)
    if reason == TextRefusal.TOO_LONG.value:
        return str(_TOO_LONG) % {"text": text}
    if reason == TextRefusal.CONTROL.value:
        return str(_HIDDEN) % {"letter": letter}
    return str(_LACKING) % {"text": text, "letter": f"{chr(int(letter[2:], 16))} ({letter})"}

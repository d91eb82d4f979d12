"""Why somebody gets no certificate, why one is taken back, and why a number is void."""

from portal.certificates.rules import RevokeClass
from portal.completion.rules import Eligibility, Ineligible
from portal.platform.i18n import format_decimal, gettext, label
from portal.printing.fonts import TextRefusal, TextRefused


def revoke_class(value: str) -> str:
    """Return why a certificate was taken back, in words; nothing of one that was revoked before classes were asked."""
    return label(RevokeClass(value)) if value else ""


def reason(eligibility: Eligibility) -> str:
    """Return why somebody has not completed the training, or an empty text; nothing is asked of who led it."""
    attended, why = eligibility.attended, eligibility.reason
    if why is None or eligibility.has_led:
        return ""
    if why is Ineligible.STILL_RUNNING and not attended.so_far:
        return gettext("The training has not begun.")
    return label(why) % {
        "attended": format_decimal(round(attended.attended / 60, 1)),
        "so_far": format_decimal(round(attended.so_far / 60, 1)),
        "percent": format_decimal(attended.percent),
        "minimum": eligibility.minimum,
        "unmarked": attended.unmarked,
    }


def pack_refusal(refusal: TextRefused) -> str:
    """Return what stays written beside a void number, in no language."""
    letter = f"U+{ord(refusal.letter):04X}" if refusal.letter else "-"
    text = "".join(character for character in refusal.text if character.isprintable())
    return f"{refusal.reason.value} {letter} {text}"[:300]


def void_reason(packed: str) -> str:
    """Return why a number is void, as a sentence, from what `pack_refusal` wrote."""
    reason, letter, text = packed.split(" ", 2)
    match reason:
        case TextRefusal.TOO_LONG.value:
            return gettext("“%(text)s” is too long for its place on the page.", text=text)
        case TextRefusal.CONTROL.value:
            return gettext("A text holds the invisible character %(letter)s.", letter=letter)
    return gettext(
        "“%(text)s” holds the character %(letter)s, which the font of the certificate lacks.",
        text=text,
        letter=f"{chr(int(letter[2:], 16))} ({letter})",
    )

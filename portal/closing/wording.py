"""Reasons for missing, and what does not agree, in words."""

from portal.closing.rules import CHOICES, Mismatch, Shortfall
from portal.platform.i18n import gettext, label


def shortfall(one: Shortfall) -> str:
    """Return a reason in words: its kind, and the cause where it has one."""
    return f"{label(one.kind)}: {label(one.cause)}" if one.cause else label(one.kind)


def choice(value: str) -> str:
    """Return the words of one choice of a form's select; nothing for none."""
    return shortfall(CHOICES[value]) if value else ""


def mismatch(one: Mismatch) -> str:
    """Return what does not agree in words; of a receipt list also which title and by how much."""
    if one.receipts is None:
        return label(one.kind)
    counts = gettext(
        "“%(title)s”: %(given)s given, %(signed)s signed",
        title=one.receipts.title,
        given=one.receipts.given,
        signed=one.receipts.signed,
    )
    return f"{label(one.kind)} ({counts})"

"""The packaged fonts, the only ones that documents use, and the alphabet that they print, checked before layout."""

import os
import tempfile
import unicodedata
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts" / "documents"
_VARIABLE = "FONTCONFIG_FILE"  # fontconfig reads it whenever it is set up: Pango does that once more in a thread.
_CONFIGURATION = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
    "<fontconfig><dir>{fonts}</dir><cachedir>{folder}</cachedir></fontconfig>"
)


def _span(first: str, last: str) -> str:
    return "".join(chr(point) for point in range(ord(first), ord(last) + 1))


# Latin with European, Turkish, Azeri and Uzbek letters, Cyrillic with Kyrgyz, Kazakh, Tajik, Uzbek and Ukrainian ones,
# and the punctuation of the three languages. Without ¹ ² ³, which the serif lacks, and the soft hyphen.
ALPHABET = frozenset(
    set(_span(" ", "~") + _span("\u00a0", "\u017f") + _span("\u0400", "\u045f") + _span("\u0490", "\u04ff"))
    | set("ƏəǦǧȘșȚțʻʼ–—‘’‚“”„•…№")
) - set("\u00ad¹²³")

_FORBIDDEN = {
    "Cc": "control character",
    "Cf": "invisible format character",
    "Cs": "half of a character",
    "Co": "private character",
    "Cn": "unassigned character",
    "Zl": "line separator",
    "Zp": "paragraph separator",
}


class TextRefusal(Enum):
    """Why a text cannot be printed."""

    CONTROL = "control"
    COMBINING = "combining"
    LETTER = "letter"
    TOO_LONG = "too_long"


class TextRefused(ValueError):
    """Refuse a text that a document would print wrongly; `letter` is the one to blame, None for a text too long."""

    def __init__(self, reason: TextRefusal, text: str, letter: str | None = None) -> None:
        self.reason, self.text, self.letter = reason, text, letter
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        if self.letter is None:
            return f"“{self.text}” is too long for its place in the document."
        named = f"U+{ord(self.letter):04X} {unicodedata.name(self.letter, 'without a name')}"
        if self.reason is TextRefusal.CONTROL:
            kind = _FORBIDDEN.get(unicodedata.category(self.letter), "character")
            return f"A text holds the {kind} {named}, which cannot be printed."
        if self.reason is TextRefusal.COMBINING:
            return f"“{self.text}” holds the loose accent {named}, which cannot be printed."
        return f"“{self.text}” holds the letter {self.letter} ({named}), which is not in the document's font."


def printable(text: str) -> str:
    """Return `text` in composed form (NFC), as it will be printed.

    :raises TextRefused: if it holds a control, a bidirectional or other format character, a loose accent, or a letter
        outside the fonts.
    """
    composed = unicodedata.normalize("NFC", text)
    for letter in composed:
        if letter in ALPHABET:
            continue
        category = unicodedata.category(letter)
        if category in _FORBIDDEN:
            raise TextRefused(TextRefusal.CONTROL, "", letter)
        if category.startswith("M"):
            raise TextRefused(TextRefusal.COMBINING, composed, letter)
        raise TextRefused(TextRefusal.LETTER, composed, letter)
    return composed


def printable_facts(facts: Any) -> Any:
    """Return `facts` with every text in it, keys excepted, made printable."""
    if isinstance(facts, str):
        return printable(facts)
    if isinstance(facts, dict):
        return {key: printable_facts(value) for key, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [printable_facts(value) for value in facts]
    return facts


def know_no_others(folder: str) -> None:
    """Let this process find the packaged fonts only, from now until its end."""
    configuration = Path(folder) / "fonts.conf"
    configuration.write_text(_CONFIGURATION.format(fonts=FONTS, folder=folder))
    os.environ[_VARIABLE] = str(configuration)


def alone(set_up: Callable[[], T]) -> tuple[T, tempfile.TemporaryDirectory[str]]:
    """Return what `set_up` makes where only the packaged fonts are found, and the folder that it needs as long."""
    folder = tempfile.TemporaryDirectory(prefix="portal-fonts-")
    before = os.environ.get(_VARIABLE)
    know_no_others(folder.name)
    try:
        return set_up(), folder
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before

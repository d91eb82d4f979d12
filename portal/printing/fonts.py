"""The alphabet that documents can print, checked before layout."""

import unicodedata
from enum import Enum
from typing import Any


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

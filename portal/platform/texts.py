"""Texts in three languages: clean them without altering, fold them for search."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self

LANGUAGES = ("ky", "ru", "en")
FALLBACK = ("ru", "ky", "en")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_DASHES = str.maketrans("‐‑‒–—−", "------")
_FOLDS = str.maketrans("ңөүёғқұҳ’ʼ`‘", "ноуегкух''''")
_LATIN_FOLDS = str.maketrans("öüïñğı", "ouingi") | str.maketrans(
    {"ŋ": "ng", "ç": "ch", "č": "ch", "ş": "sh", "š": "sh", "ž": "zh"}
)
# Letters that look the same in both scripts: a Latin one inside a Cyrillic word is a slip of the keyboard.
_LOOK_ALIKES = dict(zip("ABCEHKMOPTXYaceopxyöÖ", "АВСЕНКМОРТХУасеорхуөӨ", strict=True))
_ANY_LATIN, _ANY_CYRILLIC = re.compile(r"[A-Za-z\u00c0-\u024f]"), re.compile(r"[\u0400-\u052f]")
_LOOK_ALIKES_BACK = {cyrillic: latin for latin, cyrillic in _LOOK_ALIKES.items()}


def N_(message: str) -> str:
    """Mark a text for translation."""
    return message


def NN_(singular: str, plural: str) -> tuple[str, str]:
    """Mark a text that counts for translation."""
    return singular, plural


class Labelled(StrEnum):
    """An enum whose members say what people call them: `COPY = "copy", N_("copy")`; `i18n.label` translates it."""

    _value_: str
    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.label = value, label
        return member


@dataclass(frozen=True)
class Passage:
    """A text and the language that it is really in."""

    text: str
    lang: str


@dataclass(frozen=True)
class Text:
    """A text in the three languages; any of them may be missing."""

    ky: str = ""
    ru: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.ky or self.ru or self.en)

    def __iter__(self) -> Iterator[str]:
        return iter((self.ky, self.ru, self.en))

    def passage(self, side: str) -> Passage:
        """Return what stands on one side of a paper: the own text, else the Russian, Kyrgyz or English one."""
        for lang in (side, *FALLBACK):
            if text := (getattr(self, lang) or "").strip():
                return Passage(text, lang)
        return Passage("", side)

    def printed(self) -> "Trilingual":
        return Trilingual(*(self.passage(side) for side in LANGUAGES))

    def columns(self, name: str = "title") -> dict[str, str]:
        return {f"{name}_{language}": getattr(self, language) for language in LANGUAGES}


@dataclass(frozen=True)
class Trilingual:
    ky: Passage
    ru: Passage
    en: Passage


def clean(text: str) -> str:
    """Return the text without leading, trailing and doubled spaces. Letters and their case stay as written."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_lines(text: str) -> str:
    """Return a text of several lines: each cleaned, empty ones at the ends and doubled ones dropped."""
    lines = [clean(line) for line in text.splitlines()]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip("\n")


@lru_cache(maxsize=4096)
def script(character: str) -> str | None:
    """Return "cyrillic" or "latin" for a letter of these scripts, otherwise None."""
    if not unicodedata.category(character).startswith("L"):
        return None
    kind = unicodedata.name(character, "").partition(" ")[0]
    return kind.lower() if kind in {"CYRILLIC", "LATIN"} else None


def one_script(text: str) -> str:
    """Return the text with look-alike letters of the rarer script replaced, word by word: a proposal, never applied."""
    if not _ANY_LATIN.search(text) or not _ANY_CYRILLIC.search(text):
        return text
    return " ".join(map(_word_in_one_script, text.split(" ")))


def _word_in_one_script(word: str) -> str:
    kinds = [script(letter) for letter in word]
    latin, cyrillic = kinds.count("latin"), kinds.count("cyrillic")
    if not latin or not cyrillic:
        return word
    table = _LOOK_ALIKES if latin <= cyrillic else _LOOK_ALIKES_BACK
    return "".join(table.get(letter, letter) for letter in word)


def fold(text: str) -> str:
    """Return the search text: no case, ң ө ү ё as н о у е, accents of Latin letters dropped, single spaces."""
    folded = one_script(clean(text)).casefold().translate(_FOLDS).translate(_LATIN_FOLDS).translate(_DASHES)
    return one_script(folded)


def hidden_character(text: str) -> tuple[str, int] | None:
    """Return the first character that nobody sees, or that turns the words around it, with its place from 1."""
    for position, character in enumerate(text, start=1):
        if unicodedata.category(character) in _HIDDEN:
            return f"U+{ord(character):04X}", position
    return None

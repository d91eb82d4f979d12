"""Numbers, copies and amounts in Kyrgyz, Russian and English words, as acts spell them out.

No library spells Kyrgyz. Gender and form belong to the counted word: одна тысяча, два экземпляра, пять сомов.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

LARGEST = 999_999_999_999
_THOUSAND = 1000


class Gender(StrEnum):
    """The gender of a counted word; only Russian has it."""

    MASCULINE = "masculine"
    FEMININE = "feminine"
    NEUTER = "neuter"


@dataclass(frozen=True)
class Noun:
    """What is counted, per language: Kyrgyz has one form, Russian three (1, 2, 5) with a gender, English two (1, 2)."""

    ky: str
    ru: tuple[str, str, str]
    en: tuple[str, str]
    gender: Gender = Gender.MASCULINE

    def form(self, number: int, lang: str) -> str:
        if lang == "ky":
            return self.ky
        if lang == "en":
            return self.en[number != 1]
        return self.ru[_russian_form(number)]


def _noun(words: Mapping[str, Any]) -> Noun:
    return Noun(words["ky"], tuple(words["ru"]), tuple(words["en"]), Gender(words.get("gender", Gender.MASCULINE)))


# The fixed words of acts: what is counted, how numbers are said, and what stands in every act.
WORDS: Mapping[str, Any] = json.loads((Path(__file__).parent / "data" / "words.json").read_text(encoding="utf-8"))
UNITS = {unit: _noun(words) for unit, words in WORDS["units"].items()}  # by the value that is stored
SHORT_UNITS = WORDS["short_units"]  # what stands in the column of units
CURRENCIES = {code: tuple(map(_noun, words)) for code, words in WORDS["currencies"].items()}  # whole and hundredth
_SCALES = tuple(map(_noun, WORDS["scales"]))
# Words from one on, and from ten or twenty on.
_ONES = {lang: ("", *words) for lang, words in WORDS["ones"].items()}
_TENS, _ZERO, _RU_HUNDREDS = WORDS["tens"], WORDS["zero"], WORDS["russian_hundreds"]
_RU_GENDERED = {Gender(gender): words for gender, words in WORDS["russian_gendered"].items()}
# «в двух экземплярах»: after the preposition the Russian number stands in its own case.
_RU_PREPOSITIONAL = {int(number): word for number, word in WORDS["russian_prepositional"].items()}


def number(value: int, lang: str, gender: Gender = Gender.MASCULINE) -> str:
    """Return a number in words.

    :raises ValueError: if it is negative or too large to be spelled.
    """
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{value} cannot be spelled.")
    zero: str = _ZERO[lang]
    return " ".join(word for word in _words(value, lang, gender) if word) or zero


def counted(value: int, noun: Noun, lang: str) -> str:
    """Return figure, words and what is counted: 40 (сорок) экземпляров."""
    return f"{grouped(value)} ({number(value, lang, noun.gender)}) {noun.form(value, lang)}"


def money(minor: int, currency: str, lang: str) -> str:
    """Return a sum with its whole in words and its hundredths in figures: 14 000 (… тысяч) сомов 00 тыйынов."""
    whole, hundredth = CURRENCIES[currency]
    wholes, rest = divmod(minor, 100)
    return f"{counted(wholes, whole, lang)} {rest:02d} {hundredth.form(rest, lang)}"


def copies_of_act(value: int, lang: str) -> str:
    """Return in how many copies a paper is made, in the form that its sentence needs: (в) 2 (двух) экземплярах.

    :raises ValueError: if there are fewer than two or more than six.
    """
    if value not in _RU_PREPOSITIONAL:
        raise ValueError(f"An act is made in two to six copies, not {value}.")
    if lang == "ru":
        return f"{value} ({_RU_PREPOSITIONAL[value]}) экземплярах"
    return f"{value} ({number(value, lang)}) {'нускада' if lang == 'ky' else 'copies'}"


def grouped(value: int) -> str:
    """Return a figure in groups of three that no line break tears apart: 14 000."""
    return f"{value:,}".replace(",", "\u00a0")


def amount(minor: int) -> str:
    """Return a sum in figures: 14 000,00."""
    return f"{grouped(minor // 100)},{minor % 100:02d}"


def _words(value: int, lang: str, gender: Gender) -> Iterator[str]:
    spell = {"ky": _kyrgyz, "ru": _russian, "en": _english}[lang]
    unit = _THOUSAND ** len(_SCALES)
    for scale in _SCALES:
        group, value = divmod(value, unit)
        if group:
            yield from spell(group, scale.gender)
            yield scale.form(group, lang)
        unit //= _THOUSAND
    yield from spell(value, gender)


def _kyrgyz(below_thousand: int, _gender: Gender) -> Iterator[str]:
    hundreds, rest = divmod(below_thousand, 100)
    if hundreds:
        yield _ONES["ky"][hundreds] if hundreds > 1 else ""
        yield "жүз"
    yield _TENS["ky"][rest // 10]
    yield _ONES["ky"][rest % 10]


def _russian(below_thousand: int, gender: Gender) -> Iterator[str]:
    hundreds, rest = divmod(below_thousand, 100)
    yield _RU_HUNDREDS[hundreds]
    if rest >= len(_ONES["ru"]):
        yield _TENS["ru"][rest // 10]
        rest %= 10
    yield _RU_GENDERED[gender].get(str(rest), _ONES["ru"][rest])


def _english(below_thousand: int, _gender: Gender) -> Iterator[str]:
    hundreds, rest = divmod(below_thousand, 100)
    if hundreds:
        yield _ONES["en"][hundreds]
        yield "hundred"
    if rest < len(_ONES["en"]):
        yield _ONES["en"][rest]
        return
    yield "-".join(word for word in (_TENS["en"][rest // 10], _ONES["en"][rest % 10]) if word)


def _russian_form(value: int) -> int:
    tens, ones = value % 100, value % 10
    if ones == 1 and tens != 11:
        return 0
    return 1 if ones in (2, 3, 4) and tens not in (12, 13, 14) else 2

"""Names: clean them without altering, split, check, and fold them for search, match and order."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from portal.platform.texts import clean, fold, one_script, script
from portal.records.rules import Fault, FaultCode, letter_faults

MAX_NAME = 120
_PUNCTUATION = frozenset(" -.'’ʼ")
_SON_OR_DAUGHTER = frozenset({"уулу", "кызы", "тегин", "uulu", "kyzy", "kyzi", "tegin"})
_ORDINAL = re.compile(r"^\d{1,5}\s*[.)]\s*(?=\D)")
_INITIAL = re.compile(r"^(?:\w\.\s?)+$|^\w$")


# One skeleton for both scripts. Cyrillic, after the folds; ж and дж are one sound written in two ways.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "j", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h",
    "ц": "ts", "ч": "c", "ш": "w", "щ": "w", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia", "һ": "h",
}  # fmt: skip
# Latin, longest first. A y is й or ы in most hands and ү in some: `match_keys` tries both.
_LATIN = (
    ("shch", "w"), ("dzh", "j"), ("tch", "c"), ("zh", "j"), ("dj", "j"), ("kh", "h"), ("ch", "c"), ("sh", "w"),
    ("ts", "ts"), ("ph", "f"), ("ye", "e"), ("x", "ks"), ("c", "k"), ("q", "k"), ("w", "v"), ("y", "i"),
)  # fmt: skip
_LATIN_PATTERN = re.compile("|".join(latin for latin, _ in _LATIN))
_LATIN_SKELETON = dict(_LATIN)
_REPEATED = re.compile(r"(.)\1+")
_REMEMBERED = 20_000  # names repeat: a list is compared many times over
_MOST_VARIANTS = 4  # occurrences of y that are tried both ways: 16 keys at most

_ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюяabcdefghijklmnopqrstuvwxyz"
_RANK = {letter: f"{position:02d}" for position, letter in enumerate(_ALPHABET, start=10)}


@dataclass(frozen=True)
class FullName:
    family: str
    given: str
    patronymic: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.family, self.given, self.patronymic) if part)


def clean_family(text: str) -> str:
    """Return a family name or a whole name without the running number that some write before it: 12. Асанов."""
    return _ORDINAL.sub("", clean(text))


def parse_full_name(text: str) -> FullName:
    """Return the parts of "family given patronymic"; before уулу or кызы stands the family name's first word."""
    words = clean_family(text).split(" ")
    size = 2 if len(words) > 1 and words[1].casefold() in _SON_OR_DAUGHTER else 1
    return FullName(" ".join(words[:size]), " ".join(words[size : size + 1]), " ".join(words[size + 1 :]))


def faults(text: str) -> list[Fault]:
    """Return what stands against a cleaned part of a name, the worst first."""
    found = letter_faults(text, MAX_NAME)
    if found:
        return found
    for position, character in enumerate(text, start=1):
        if character not in _PUNCTUATION and script(character) is None:
            return [Fault(FaultCode.NAME_CHARACTER, {"character": character, "position": position})]
    if not any(map(str.isalpha, text)):
        return [Fault(FaultCode.NAME_WITHOUT_LETTERS)]
    found = mixed_script(text)
    if _INITIAL.match(text):
        found.append(Fault(FaultCode.NAME_INITIALS))
    return found


def mixed_script(text: str) -> list[Fault]:
    """Return a warning that names the first foreign letter of a word written in two scripts."""
    position = 1
    for word in text.split(" "):
        letters = [(place, letter, script(letter)) for place, letter in enumerate(word, start=position)]
        latin = [(place, letter) for place, letter, kind in letters if kind == "latin"]
        cyrillic = [(place, letter) for place, letter, kind in letters if kind == "cyrillic"]
        if latin and cyrillic:
            foreign = "latin" if len(latin) <= len(cyrillic) else "cyrillic"
            place, letter = (latin if foreign == "latin" else cyrillic)[0]
            instead = one_script(text)
            args: dict[str, str | int] = {"letter": letter, "position": place, "script": foreign, "instead": instead}
            return [Fault(FaultCode.NAME_MIXED_SCRIPT, args)]
        position += len(word) + 1
    return []


@lru_cache(maxsize=_REMEMBERED)
def match_key(text: str) -> str:
    """Return one key for every spelling in either script: ж = j, zh, dzh; й = y, i; ү = u; doubled letters once."""
    return _skeleton(fold(text).replace("'", ""))


@lru_cache(maxsize=_REMEMBERED)
def match_keys(text: str) -> frozenset[str]:
    """Return all keys under which the name may stand: a Latin y may be й, ы or ү."""
    folded = fold(text).replace("'", "")
    parts = re.split("y(?!e)", folded)
    if len(parts) == 1 or len(parts) - 1 > _MOST_VARIANTS:
        return frozenset({_skeleton(folded)})
    choices = product("yu", repeat=len(parts) - 1)
    return frozenset(_skeleton(parts[0] + "".join(map(str.__add__, choice, parts[1:]))) for choice in choices)


def _skeleton(folded: str) -> str:
    latin = _LATIN_PATTERN.sub(lambda found: _LATIN_SKELETON[found.group()], folded)
    letters = "".join(_CYRILLIC.get(letter, letter) for letter in latin)
    letters = letters.replace("dj", "j").replace("ng", "n").replace("-", " ").replace(".", " ")
    return " ".join(_REPEATED.sub(r"\1", letters).split())


def person_key(family: str, given: str) -> str:
    """Return the key by which candidates for the same person are found."""
    return f"{match_key(family)}|{match_key(given)}"


def person_keys(family: str, given: str) -> frozenset[str]:
    """Return all keys of a name, the one of `person_key` among them."""
    return frozenset(f"{first}|{second}" for first in match_keys(family) for second in match_keys(given))


def search_text(family: str, given: str, patronymic: str = "") -> str:
    return fold(f"{family} {given} {patronymic}")


def sort_key(family: str, given: str, patronymic: str = "") -> str:
    """Return digits that order names by the Kyrgyz alphabet under any collation: Ң after Н, Ө after О, Ү after У."""
    return "00".join(_ranks(part) for part in (family, given, patronymic))


def _ranks(text: str) -> str:
    return "".join(_RANK.get(letter, "01" if letter == " " else "") for letter in one_script(clean(text)).casefold())

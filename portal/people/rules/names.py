"""Names as they are written: cleaning without altering, parting, judging, folding for search, match and order."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from portal.people.rules.faults import Fault, FaultCode

MAX_NAME = 120
_APOSTROPHES = "'’ʼ"
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_PUNCTUATION = frozenset(" -." + _APOSTROPHES)
_DASHES = str.maketrans("‐‑‒–—−", "------")
_SON_OR_DAUGHTER = frozenset({"уулу", "кызы", "тегин", "uulu", "kyzy", "kyzi", "tegin"})
_ORDINAL = re.compile(r"^\d{1,5}\s*[.)]\s*(?=\D)")
_INITIAL = re.compile(r"^(?:\w\.\s?)+$|^\w$")

_FOLDS = str.maketrans("ңөүёғқұҳ’ʼ`‘", "ноуегкух''''")
_LATIN_FOLDS = str.maketrans(
    {
        "ö": "o",
        "ü": "u",
        "ï": "i",
        "ñ": "n",
        "ŋ": "ng",
        "ç": "ch",
        "č": "ch",
        "ş": "sh",
        "š": "sh",
        "ž": "zh",
        "ğ": "g",
        "ı": "i",
    }
)
# Letters that look the same in both scripts: a Latin one inside a Cyrillic word is a slip of the keyboard.
_LOOK_ALIKES = dict(zip("ABCEHKMOPTXYaceopxyöÖ", "АВСЕНКМОРТХУасеорхуөӨ", strict=True))
_ANY_LATIN, _ANY_CYRILLIC = re.compile(r"[A-Za-z\u00c0-\u024f]"), re.compile(r"[\u0400-\u052f]")
_LOOK_ALIKES_BACK = {cyrillic: latin for latin, cyrillic in _LOOK_ALIKES.items()}

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
    """A person's name in its three parts; the patronymic may be empty."""

    family: str
    given: str
    patronymic: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.family, self.given, self.patronymic) if part)


def clean(text: str) -> str:
    """Return the text without leading, trailing and doubled spaces. Letters and their case stay as written."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_lines(text: str) -> str:
    """Return a text of several lines: each cleaned, empty ones at the ends and doubled ones dropped."""
    lines = [clean(line) for line in text.splitlines()]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip("\n")


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
    found = text_faults(text, MAX_NAME)
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


def text_faults(text: str, limit: int) -> list[Fault]:
    """Return what stands against any short text of one line: its length, or a character that nobody sees."""
    if len(text) > limit:
        return [Fault(FaultCode.TOO_LONG, {"limit": limit})]
    for position, character in enumerate(text, start=1):
        if unicodedata.category(character) in _HIDDEN:
            point = f"U+{ord(character):04X}"
            return [Fault(FaultCode.HIDDEN_CHARACTER, {"character": point, "position": position})]
    return []


@lru_cache(maxsize=4096)
def script(character: str) -> str | None:
    """Return "cyrillic" or "latin" for a letter of these scripts, otherwise None."""
    if not unicodedata.category(character).startswith("L"):
        return None
    kind = unicodedata.name(character, "").partition(" ")[0]
    return kind.lower() if kind in {"CYRILLIC", "LATIN"} else None


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
            args = {"letter": letter, "position": place, "script": foreign, "instead": one_script(text)}
            return [Fault(FaultCode.NAME_MIXED_SCRIPT, args)]
        position += len(word) + 1
    return []


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
    """Return the folded text that a search looks through."""
    return fold(f"{family} {given} {patronymic}")


def sort_key(family: str, given: str, patronymic: str = "") -> str:
    """Return digits that order names by the Kyrgyz alphabet under any collation: Ң after Н, Ө after О, Ү after У."""
    return "00".join(_ranks(part) for part in (family, given, patronymic))


def _ranks(text: str) -> str:
    return "".join(_RANK.get(letter, "01" if letter == " " else "") for letter in one_script(clean(text)).casefold())

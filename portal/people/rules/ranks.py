"""In which group a written rank is counted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.platform import texts

MAX_TITLE = 120
MAX_PLACE = 1_000


class RankGroup(StrEnum):
    """The group in which a rank is counted."""

    JUNIOR = "junior"
    MIDDLE = "middle"
    SENIOR = "senior"
    PROSECUTORS = "prosecutors"
    CIVILIAN = "civilian"


@dataclass(frozen=True)
class KnownRank:
    """A rank under all its titles, with its group."""

    titles: tuple[str, ...]
    group: RankGroup


# Whose rank it is says nothing of its group: "майор милиции", "милициянын майору", "major of police".
_WHOSE = frozenset(
    texts.fold(word)
    for word in (
        "милиции", "полиции", "юстиции", "внутренней", "службы", "в", "отставке", "запаса", "прокуратуры",
        "милициянын", "полициянын", "юстициянын", "ички", "кызматтын", "кызматынын", "прокуратуранын",
        "of", "police", "justice", "militia", "internal", "the", "service", "retired", "ret",
    )
)  # fmt: skip
_SHORT = {
    texts.fold(short): texts.fold(long)
    for short, long in {
        "мл": "младший", "ст": "старший", "сер-т": "сержант", "с-т": "сержант", "л-т": "лейтенант",
        "лейт": "лейтенант", "к-н": "капитан", "кап": "капитан", "м-р": "майор", "п/п-к": "подполковник",
        "пп-к": "подполковник", "подп-к": "подполковник", "п/полковник": "подполковник", "подполк": "подполковник",
        "п-к": "полковник", "полк": "полковник", "ген": "генерал", "гос": "государственный",
        "jr": "junior", "sr": "senior", "lt": "lieutenant", "capt": "captain", "maj": "major", "col": "colonel",
        "sgt": "sergeant", "gen": "general",
    }.items()
}  # fmt: skip
_CLASS = re.compile(r"(\d)\s*-?\s*(?:го|й|st|nd|rd)?\s*(?:класстагы|класса|класс|кл|class)?\b")


def rank_key(text: str) -> str:
    """Return what two ways to write one rank have in common."""
    folded = _CLASS.sub(r" \1 ", texts.fold(text).replace(",", " "))
    words = [_SHORT.get(word, word) for word in re.split(r"[\s.]+", folded) if word]
    parts = [part for word in words for part in word.split("-")]
    kept = [_SHORT.get(part, part) for part in parts if part not in _WHOSE]
    return " ".join(kept)


def rank_group(written: str, ranks: Iterable[KnownRank]) -> RankGroup | None:
    """Return the group of a written rank; None if nothing is written or nobody knows the rank."""
    groups = {rank_key(title): rank.group for rank in ranks for title in rank.titles if title}
    key = rank_key(written)
    return groups.get(key) or groups.get(" ".join(map(_stem, key.split())))


def rank_place(written: str, ranks: Iterable[KnownRank]) -> int:
    """Return the place of a written rank among those in ascending order, from 1; 0 if nobody knows it."""
    places = {rank_key(title): place for place, rank in enumerate(ranks, 1) for title in rank.titles if title}
    key = rank_key(written)
    return places.get(key) or places.get(" ".join(map(_stem, key.split())), 0)


def _stem(word: str) -> str:
    """Return a Kyrgyz word without its possessive ending: майору, капитаны, полковниги."""
    if word.endswith("ги"):
        return word.removesuffix("ги") + "к"
    return word[:-1] if word.endswith(("ы", "и", "у")) else word

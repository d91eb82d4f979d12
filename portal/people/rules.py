"""What institutions are, what lies under which, and whether one is closed.

Which region or institution a name means: an exact folded match, or the nearest ones offered, never a guess.

In which group a written rank is counted.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from portal.platform import texts
from portal.platform.texts import N_, Labelled

MOST_ALIASES = 60


class Sex(Labelled):
    FEMALE = "F", N_("woman")
    MALE = "M", N_("man")


class InstitutionKind(Labelled):
    MINISTRY = "ministry", N_("Ministry")
    COMMITTEE = "committee", N_("State committee")
    SERVICE = "service", N_("Service")
    PROSECUTION = "prosecution", N_("Prosecution")
    COURT = "court", N_("Court")
    ACADEMY = "academy", N_("Academy or training centre")
    OMBUDSMAN = "ombudsman", N_("Ombudsman")
    RAPPORTEUR = "rapporteur", N_("Rapporteur")
    BAR = "bar", N_("Bar")
    OTHER_STATE = "state", N_("Other state body")
    NGO = "ngo", N_("Non-governmental organization")
    INTERNATIONAL = "international", N_("International organization")


def is_closed(closed_on: date | None, day: date) -> bool:
    """Tell whether something that was closed on a day takes nobody any more: the day itself is the first without it."""
    return closed_on is not None and closed_on <= day


def line_up(id_: int | None, parents: Mapping[int, int | None]) -> tuple[int, ...]:
    """Return an institution and everything above it, the nearest first."""
    line: list[int] = []
    while id_ is not None and id_ not in line:
        line.append(id_)
        id_ = parents.get(id_)
    return tuple(line)


MAX_PLACE = 200
_WORDS: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "words.json").read_text(encoding="utf-8"))
_MOST_OFFERS = 3
_MOST_SEARCHES = 200  # distinct unknown values of one list for which neighbours are looked up
_NOISE = re.compile(r"[\"'«»„“”().,;:№]")
_STATE, _SHORT = frozenset(_WORDS["state"]), _WORDS["short_places"]


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen, under all the names by which lists call it."""

    code: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Resolution:
    """The code that a value means. Without one, `offers` are the nearest codes, the nearest first."""

    code: str | None
    offers: tuple[str, ...] = ()
    is_ambiguous: bool = False  # the value is exactly a name of every offer


def place_key(text: str) -> str:
    """Return the folded name without punctuation, the state's own name and the many ways to abbreviate."""
    words = _NOISE.sub(" ", texts.fold(text).replace("г.", "г ")).replace("-", " ").split()
    return " ".join(_SHORT.get(word, word) for word in words if word not in _STATE)


class Places:
    """Choices ready for many look-ups."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        self._codes: dict[str, tuple[str, ...]] = {}
        for choice in choices:
            for key in filter(None, map(place_key, (choice.code, *choice.names))):
                known = self._codes.get(key, ())
                if choice.code not in known:
                    self._codes[key] = (*known, choice.code)
        self._found: dict[str, Resolution] = {}

    def resolve(self, value: str) -> Resolution:
        if len(value) > MAX_PLACE:
            return Resolution(None)
        key = place_key(value)
        if key not in self._found and len(self._found) > _MOST_SEARCHES and key not in self._codes:
            return Resolution(None)
        if key not in self._found:
            self._found[key] = self._look_up(key)
        return self._found[key]

    def _look_up(self, key: str) -> Resolution:
        codes = self._codes.get(key, ())
        if len(codes) == 1:
            return Resolution(codes[0])
        return Resolution(None, codes, is_ambiguous=True) if codes else Resolution(None, self._nearest(key))

    def _nearest(self, key: str) -> tuple[str, ...]:
        near = get_close_matches(key, self._codes, n=2 * _MOST_OFFERS, cutoff=0.6)
        words = set(key.split())
        holding = [known for known in self._codes if words and words <= set(known.split())]
        offers = dict.fromkeys(code for known in (*near, *holding) for code in self._codes[known])
        return tuple(offers)[:_MOST_OFFERS]


def resolve(value: str, choices: Iterable[Choice]) -> Resolution:
    return Places(choices).resolve(value)


MAX_TITLE = 120
MOST_PLACES = 1_000


class RankGroup(Labelled):
    JUNIOR = "junior", N_("junior")
    MIDDLE = "middle", N_("middle")
    SENIOR = "senior", N_("senior")
    PROSECUTORS = "prosecutors", N_("prosecutors")
    CIVILIAN = "civilian", N_("civilian or no rank")


@dataclass(frozen=True)
class KnownRank:
    titles: tuple[str, ...]
    group: RankGroup


# Whose rank it is says nothing of its group: "майор милиции", "милициянын майору", "major of police".
_WHOSE = frozenset(map(texts.fold, _WORDS["whose_ranks"]))
_SHORT_RANKS = {texts.fold(short): texts.fold(long) for short, long in _WORDS["short_ranks"].items()}
_CLASS = re.compile(r"(\d)\s*-?\s*(?:го|й|st|nd|rd)?\s*(?:класстагы|класса|класс|кл|class)?\b")


def rank_key(text: str) -> str:
    """Return what two ways to write one rank have in common."""
    folded = _CLASS.sub(r" \1 ", texts.fold(text).replace(",", " "))
    words = [_SHORT_RANKS.get(word, word) for word in re.split(r"[\s.]+", folded) if word]
    parts = [part for word in words for part in word.split("-")]
    kept = [_SHORT_RANKS.get(part, part) for part in parts if part not in _WHOSE]
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

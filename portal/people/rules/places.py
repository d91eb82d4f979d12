"""Which region or institution a name means: an exact folded match, or the nearest ones offered, never a guess."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from portal.platform import texts

MAX_PLACE = 200
_MOST_OFFERS = 3
_MOST_SEARCHES = 200  # distinct unknown values of one list for which neighbours are looked up
_NOISE = re.compile(r"[\"'«»„“”().,;:№]")
_STATE = frozenset({"кр", "кыргызской", "республики", "кыргыз", "республикасынын", "республикасы", "kr", "the"})
_SHORT = {
    "обл": "область", "г": "город", "гор": "город", "ш": "шаары", "шаар": "шаары", "обласы": "облусу",
    "province": "oblast", "region": "oblast", "обл-сы": "облусу",
}  # fmt: skip


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
        """Return what the value means: one code, or nothing and the nearest ones to choose from."""
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
    """Return what one value means among the choices."""
    return Places(choices).resolve(value)

"""Measure text with the printing font, choose size and line breaks, and know the slots for texts from forms.

A text that passed here is never the reason why a page with a number fails.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import uharfbuzz

from portal.printing.fonts import FONTS, TextRefusal, TextRefused, printable

POINTS_PER_MM = 72 / 25.4
# The layout engine rounds advances; a line that fills its place to the last point would wrap.
_SLACK = 0.996


@dataclass(frozen=True)
class Fitted:
    """A text as it will be set: its lines, and their size in points."""

    lines: tuple[str, ...]
    size: float


class Face:
    """One bundled font file, opened for measuring."""

    def __init__(self, path: Path) -> None:
        self._face = uharfbuzz.Face(path.read_bytes())
        self._font = uharfbuzz.Font(self._face)
        self.letters = frozenset(chr(point) for point in self._face.unicodes)
        self.width = lru_cache(maxsize=2048)(self._width)

    def _width(self, text: str) -> float:
        """Return the width of `text` in points when set in one point."""
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(self._font, buffer)
        width: float = sum(position.x_advance for position in buffer.glyph_positions or ()) / self._face.upem
        return width


@dataclass(frozen=True)
class Place:
    """Where a text goes: size in points, width of a line, how many lines, and how far it may shrink.

    A title wraps before it shrinks; a name shrinks before it wraps (`shrink_first`). `wrapped` is the size of a
    text that takes several lines, if the height of its place asks for a smaller one.
    """

    size: float
    width_mm: float
    lines: int = 1
    smallest: float = 0.6
    shrink_first: bool = False
    wrapped: float | None = None


def fit(text: str, face: Face, place: Place) -> Fitted:
    """Set `text` at the size of its place, or as little smaller as needed.

    :raises TextRefused: if even the smallest size is too wide.
    """
    room = place.width_mm * POINTS_PER_MM * _SLACK
    words = text.split(" ")
    most = min(place.lines, len(words))
    for count in range(1, most + 1):
        broken, widest = _break(words, face, count)
        wanted = place.size if count == 1 else place.wrapped or place.size
        size = min(wanted, room / widest) if widest else wanted
        if size >= wanted * (place.smallest if place.shrink_first or count == most else 1.0):
            return Fitted(broken, int(size * 20) / 20)
    raise TextRefused(TextRefusal.TOO_LONG, text)


def _break(words: Sequence[str], face: Face, count: int) -> tuple[tuple[str, ...], float]:
    """Break `words` into `count` lines whose widest is as narrow as possible; return them and that width."""
    best: tuple[tuple[str, ...], float] | None = None
    if count == 1:
        line = " ".join(words)
        return (line,), face.width(line)
    for end in range(1, len(words) - count + 2):
        head = " ".join(words[:end])
        width = face.width(head)
        if best is not None and width >= best[1]:
            break
        rest, widest = _break(words[end:], face, count - 1)
        if best is None or max(width, widest) < best[1]:
            best = ((head, *rest), max(width, widest))
    assert best is not None
    return best


@dataclass(frozen=True)
class Slot:
    """A place with its font. `letters` is how many usually fit, for the counter beside a field."""

    face: str
    place: Place
    letters: int = 0


SLOTS = {
    "certificate.name": Slot("serif-medium", Place(37, 225, lines=2, shrink_first=True, wrapped=27)),
    "certificate.latin-name": Slot("serif-italic", Place(22, 225, smallest=0.5)),
    "certificate.kind": Slot("serif-italic", Place(14, 77), 60),
    "certificate.title": Slot("serif-semibold", Place(13.5, 77, lines=3), 150),
    "certificate.dates": Slot("serif-regular", Place(11.5, 77)),
    "certificate.line": Slot("serif-italic", Place(11, 77), 65),
    "certificate.place": Slot("serif-regular", Place(11.5, 77, lines=2), 130),
    "certificate.organizers": Slot("serif-regular", Place(10.5, 77, lines=4), 280),
    "certificate.acknowledgement": Slot("serif-regular", Place(8, 92, lines=3), 340),
    "certificate.disclaimer": Slot("serif-regular", Place(6.25, 77, lines=2, smallest=0.88), 170),
    "certificate.signatory": Slot("serif-semibold", Place(11.5, 76), 60),
    "certificate.post": Slot("serif-italic", Place(8.75, 77, lines=2), 170),
    "certificate.number": Slot("serif-semibold", Place(13, 58)),
    "certificate.code": Slot("serif-semibold", Place(13, 50)),
    "slip.title": Slot("sans-regular", Place(8.5, 86, lines=2, smallest=0.75), 135),
}


def refusal(text: str, slots: Sequence[str]) -> TextRefused | None:
    """Return why a text cannot be printed in one of these places; None if it can in all."""
    try:
        ready = printable(text.strip())
        for name in slots:
            fit_in(ready, name)
    except TextRefused as refused:
        return refused
    return None


def letters_that_fit(text: str, slots: Sequence[str]) -> int:
    """Return how many letters of a text that is too long would fit."""

    def is_too_long(length: int) -> bool:
        refused = refusal(text[:length], slots)
        return refused is not None and refused.reason is TextRefusal.TOO_LONG

    return bisect_left(range(1, len(text)), True, key=is_too_long)


def usual_letters(slots: Sequence[str]) -> int:
    return min(SLOTS[name].letters for name in slots)


def fit_in(text: str, slot: str) -> Fitted:
    """Set `text` in one of the slots; raises as `fit`."""
    return fit(text, face(SLOTS[slot].face), SLOTS[slot].place)


@cache
def face(name: str) -> Face:
    return Face(FONTS / f"{name}.ttf")

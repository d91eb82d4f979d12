"""Measure text with the font that prints it, and choose size and line breaks so that it always fits its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz

from portal.platform.pdf.letters import TextRefusal, TextRefused

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

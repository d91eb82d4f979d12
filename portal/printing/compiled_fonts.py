"""Subset fonts for one file, and shape lines of text with them."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
import uharfbuzz

from portal.printing.compiled_plan import NotCompiled
from portal.printing.fonts import FONTS

_PAIR = re.compile(r"^<([0-9a-f]{4})> <([0-9a-f]+)>$", re.M)
_PANGO_UNITS = 1024
_NEEDLESS = (b"GDEF", b"OS/2", b"STAT", b"cmap", b"gasp", b"name", b"post")
_RUN = re.compile(rb"<([0-9a-f]*)>|(-?[\d.]+)")


@dataclass(frozen=True)
class Shaped:
    """A line as an operand of TJ, its glyphs, and its width in CSS pixels."""

    operand: bytes
    glyphs: frozenset[int]
    width: float


class EmbeddedFont:
    """A font of a file: which glyphs it holds, what they say, how wide they are and how they look."""

    def __init__(self, font: pikepdf.Object) -> None:
        pairs = _PAIR.findall(font.ToUnicode.read_bytes().decode().partition("endcodespacerange")[2])
        self.letters = {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}
        self.widths = dict(_widths(font.DescendantFonts[0].W))
        self._file = font.DescendantFonts[0].FontDescriptor.FontFile2
        self._face = uharfbuzz.Face(self._file.read_bytes())
        self._font = uharfbuzz.Font(self._face)

    def text(self, operand: bytes) -> str:
        return "".join(self.letters.get(glyph, "\ufffd") for glyph, _ in glyphs_of(operand))

    def extents(self, glyph: int) -> Any:
        return self._font.get_glyph_extents(glyph)

    def keep(self, glyphs: Collection[int]) -> None:
        """Cut the font in its file down to some glyphs, and to the tables that a reader of PDF needs."""
        wish = uharfbuzz.SubsetInput()
        wish.flags = uharfbuzz.SubsetFlags.RETAIN_GIDS
        wish.glyph_set.update(glyphs)
        wish.drop_table_tag_set.update(int.from_bytes(table, "big") for table in _NEEDLESS)
        cut = uharfbuzz.subset(self._face, wish).blob.data
        self._file.write(cut)
        self._file.Length1 = len(cut)


class Shaper:
    """A face in one size and language, measured in the units of Pango: the same rounding gives the same places."""

    def __init__(self, face: str, size: float, lang: str) -> None:
        self._font = uharfbuzz.Font(uharfbuzz.Face((FONTS / f"{face}.ttf").read_bytes()))
        self._font.scale = (round(size * _PANGO_UNITS), round(size * _PANGO_UNITS))
        self._size, self._lang = size, lang

    def shape(self, text: str, embedded: EmbeddedFont) -> Shaped:
        """Return `text` as it is drawn with an embedded font.

        :raises NotCompiled: if a glyph is not embedded, says something else, or does not stand on the line.
        """
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.language = self._lang
        buffer.guess_segment_properties()
        uharfbuzz.shape(self._font, buffer)
        infos, positions = buffer.glyph_infos or [], buffer.glyph_positions or []
        ends = [info.cluster for info in infos[1:]] + [len(text)]
        parts, width = [], 0.0
        for info, position, end in zip(infos, positions, ends, strict=True):
            said = text[info.cluster : end]
            if embedded.letters.get(info.codepoint) != said or position.x_offset or position.y_offset:
                raise NotCompiled("A line holds rare letters.")
            advance = position.x_advance / _PANGO_UNITS
            gap = int(embedded.widths[info.codepoint] - advance * 1000 / self._size)
            parts.append(b"<%04x>%d" % (info.codepoint, gap))
            width += advance
        return Shaped(b"[%s]" % b"".join(parts), frozenset(info.codepoint for info in infos), width)


def glyphs_of(operand: bytes) -> list[tuple[int, float]]:
    """Return each glyph of a TJ with what is taken off behind it."""
    glyphs: list[tuple[int, float]] = []
    for run, number in _RUN.findall(operand):
        if number and glyphs:
            glyph, before = glyphs[-1]
            glyphs[-1] = (glyph, before + float(number))
        glyphs += [(int(run[at : at + 4], 16), 0.0) for at in range(0, len(run), 4)]
    return glyphs


def _widths(array: pikepdf.Object) -> Iterator[tuple[int, float]]:
    """Yield each glyph with its width: the array holds a first glyph and the widths of it and those behind it."""
    items = list(array)
    for first, run in zip(items[::2], items[1::2], strict=True):
        yield from enumerate(map(float, run), start=int(first))

"""The places on a page that vary: lines of text and the QR code, drawn as the layout engine draws them."""

import re
from dataclasses import dataclass
from functools import cache

from portal.platform.pdf.compiled.fonts import EmbeddedFont, Shaper
from portal.platform.pdf.compiled.plan import Line, NotCompiled
from portal.platform.pdf.fitting import fit
from portal.platform.pdf.slots import SLOTS, face_of
from portal.platform.qr import qr

DRAWN_TEXT = re.compile(rb"1 0 0 -1 (\S+) (\S+) Tm\n/(\S+) (\S+) Tf\n(\[.*\]) TJ")
_RUN = re.compile(r"M(\d+) (\d+\.5)h(\d+)")


class LinePlace:
    """Where a line stands: its font, size and baseline, and the edge or middle that it is set from."""

    def __init__(self, line: Line, found: re.Match[bytes], font: EmbeddedFont, sample: str) -> None:
        self._line, self._embedded, self._slot = line, font, SLOTS[line.slot]
        left, self._baseline, self.font, self._size = found.groups()[:4]
        self._shaper = _shaper(self._slot.face, float(self._size), line.lang)
        self._edge = float(left) + line.before * self._shaper.shape(sample, font).width

    def drawn(self, text: str) -> tuple[bytes, frozenset[int]]:
        """Return the operators that draw `text` here, and the glyphs of it.

        :raises NotCompiled: if it needs another size or a second line, or letters beyond those of this line.
        """
        fitted = fit(text, face_of(self._line.slot), self._slot.place)
        if fitted.lines != (text,) or fitted.size != self._slot.place.size:
            raise NotCompiled("A line needs another size or several lines.")
        if text != " ".join(text.split()) or not set(text) <= set(self._line.letters + self._line.prefix):
            raise NotCompiled("A line holds rare letters.")
        shaped = self._shaper.shape(text, self._embedded)
        left = self._edge - self._line.before * shaped.width
        font = b"/%s %s Tf" % (self.font, self._size)
        return b"1 0 0 -1 %.6f %s Tm\n%s\n%s TJ" % (left, self._baseline, font, shaped.operand), shaped.glyphs


@dataclass(frozen=True)
class Code:
    """A QR code: how many modules its side has, and the operators that draw it."""

    side: int
    drawn: bytes

    @classmethod
    def of(cls, address: str) -> "Code":
        """Return the code of an address."""
        code = qr(address)
        runs = _RUN.findall(code["path"])
        drawn = "".join(f"{x} {y} m\n{int(x) + int(length)} {y} l\n" for x, y, length in runs)
        return cls(code["side"], drawn.encode())


@cache
def _shaper(face: str, size: float, lang: str) -> Shaper:
    return Shaper(face, size, lang)

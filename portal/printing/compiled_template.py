"""Write what can be compiled and render the rest, behind the typesetter's interface.

A compiled template is a finished file whose variable places are found, and filled for each order.

The letters stand in margin boxes: these are drawn after everything else and are no part of the structure tree.
"""

import re
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from hashlib import md5
from io import BytesIO
from xml.sax.saxutils import escape

import pikepdf

from portal.platform.qr import qr
from portal.printing import compiled_fonts, compiled_plan
from portal.printing.compiled_equality import differences
from portal.printing.compiled_fonts import EmbeddedFont, Shaper
from portal.printing.compiled_plan import Line, NotCompiled, Plan, plan_for
from portal.printing.fonts import TextRefused, printable
from portal.printing.orders import Order
from portal.printing.slots import SLOTS, fit_in
from portal.printing.typesetter import Typesetter

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
        fitted = fit_in(text, self._line.slot)
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
        code = qr(address)
        runs = _RUN.findall(code["path"])
        drawn = "".join(f"{x} {y} m\n{int(x) + int(length)} {y} l\n" for x, y, length in runs)
        return cls(code["side"], drawn.encode())


@cache
def _shaper(face: str, size: float, lang: str) -> Shaper:
    return Shaper(face, size, lang)


_PLACES = ("bottom-left", "bottom-center", "bottom-right", "top-left", "top-center", "top-right")
_STYLES = {"medium": "500", "semibold": "600", "italic": "italic 400", "regular": "400"}
_KEPT = 8  # Kinds, with and without Latin letters, and those of another day.
_BOX = rb"q\nq\n/Span\n<</MCID \d+>>\nBDC\n/a1\.0 gs\n0 0 0 rg\nBT\n[^Q]*ET\nEMC\nQ\nQ\n"


def style(plan: Plan) -> str:
    """Return the style that draws the letters of each face."""
    boxes = []
    for place, (face, lines) in zip(_PLACES, _faces(plan).items(), strict=False):
        letters = sorted(set("".join(line.letters + line.prefix for line in lines)))
        joined = [pair for line in lines for pair in line.joined]
        family, _, weight = face.partition("-")
        boxes.append(
            f'@{place} {{ content: "{" ".join([*letters, *joined])}"; white-space: nowrap; '
            f"font: {_STYLES[weight]} 20pt {family}-document; color: #000 }}"
        )
    return f"@page {{ {' '.join(boxes)} }}"


def cut_out(file: pikepdf.Pdf, content: bytes, plan: Plan) -> bytes:
    """Return a page's content without the letters, and take them from the parent tree.

    :raises NotCompiled: if they are not the last that is drawn.
    """
    count = len(_faces(plan))
    cut = re.fullmatch(rb"(.*?)((?:%s){%d})((?:Q\n?)*)" % (_BOX, count), content, re.DOTALL)
    if cut is None:
        raise NotCompiled("The letters of the specimen are not the last that is drawn.")
    parents = file.Root.StructTreeRoot.ParentTree.Nums[1]
    for _box in range(count):
        del parents[-1]
    return cut[1] + cut[3]


def _faces(plan: Plan) -> dict[str, list[Line]]:
    faces: dict[str, list[Line]] = {}
    for line in plan.lines:
        faces.setdefault(SLOTS[line.slot].face, []).append(line)
    return faces


class Template:
    """What all files of one reference have in common, open for the next."""

    def __init__(self, plan: Plan, reference: Order, made: bytes) -> None:
        """Read `made`, the reference as it is set with the style of `specimen`.

        :raises NotCompiled: if a place that varies is not found exactly once.
        """
        self._plan, self._reference = plan, reference
        self._file = pikepdf.open(BytesIO(compiled_plan.closed(made)))
        self._content = self._file.pages[0].Contents
        named = self._file.pages[0].Resources.Font.items()
        self._fonts = {name[1:].encode(): compiled_fonts.EmbeddedFont(font) for name, font in named}
        # The glyphs of each font that every file needs.
        self._shared: dict[bytes, set[int]] = {name: set() for name in self._fonts}
        self._lines: list[tuple[Line, LinePlace]] = []
        self._code = Code.of(reference.facts[plan.address])
        operators = cut_out(self._file, self._content.read_bytes(), plan)
        self._between = self._split(operators)
        self._xmp = self._file.Root.Metadata.read_bytes()
        if self._xmp.count(_title(reference)) != 1 or self._xmp.count(_moment(reference)) != 2:
            raise NotCompiled("The metadata does not tell title and moment.")
        for name, font in self._fonts.items():
            font.keep(self._shared[name])

    def _split(self, operators: bytes) -> list[bytes]:
        """Return what is drawn before, between and after the lines and the code, which comes last."""
        wanted = {line.printed(self._reference.facts): line for line in self._plan.lines_of(self._reference)}
        between, end = [], 0
        for found in DRAWN_TEXT.finditer(operators):
            font = self._fonts[found[3]]
            text = font.text(found[5])
            if line := wanted.pop(text, None):
                self._lines.append((line, LinePlace(line, found, font, text)))
                between.append(operators[end : found.start()])
                end = found.end()
            else:
                self._shared[found[3]].update(glyph for glyph, _ in compiled_fonts.glyphs_of(found[5]))
        rest = operators[end:].split(self._code.drawn)
        if wanted or len(rest) != 2:
            raise NotCompiled("A line or the code is not on the page as meant.")
        return between + rest

    def write(self, order: Order) -> bytes:
        """Return the file of an order that has this reference; everything that varies is written over.

        :raises NotCompiled: if a text of the order does not go into its place as it is.
        """
        drawn = [place.drawn(printable(line.printed(order.facts))) for line, place in self._lines]
        code = Code.of(order.facts[self._plan.address])
        if code.side != self._code.side:
            raise NotCompiled("The code needs another size.")
        varying = [*(operators for operators, _glyphs in drawn), code.drawn, b""]
        self._content.write(b"".join(a + b for a, b in zip(self._between, varying, strict=True)))
        self._embed([glyphs for _operators, glyphs in drawn])
        self._describe(order)
        written = BytesIO()
        self._file.save(
            written,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            fix_metadata_version=False,  # It would write the metadata in other words.
        )
        return compiled_plan.reopened(written.getvalue()) if order.room else written.getvalue()

    def _embed(self, glyphs: list[frozenset[int]]) -> None:
        needed: dict[bytes, set[int]] = {}
        for (_line, place), drawn in zip(self._lines, glyphs, strict=True):
            needed.setdefault(place.font, set(self._shared[place.font])).update(drawn)
        for name, kept in needed.items():
            self._fonts[name].keep(kept)

    def _describe(self, order: Order) -> None:
        """Write what is not on the page: title, moment, attachment."""
        xmp = self._xmp.replace(_title(self._reference), _title(order))
        self._file.Root.Metadata.write(xmp.replace(_moment(self._reference), _moment(order)))
        moment = pikepdf.String(order.created_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))
        info = self._file.trailer.Info
        info.Title = pikepdf.String(printable(order.title))
        info.CreationDate = info.ModDate = moment
        [(_name, content)] = order.attachments
        attached = self._file.Root.AF[0].EF.F
        attached.write(content)
        attached.Params.CheckSum = pikepdf.String(md5(content, usedforsecurity=False).digest())
        attached.Params.Size = len(content)
        attached.Params.CreationDate = attached.Params.ModDate = moment
        if order.room:
            told = order.created_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
            self._file.Root.AcroForm.Fields[0].V.M = pikepdf.String(told)


def _title(order: Order) -> bytes:
    return f">{escape(printable(order.title))}<".encode()


def _moment(order: Order) -> bytes:
    return order.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()


class Press:
    """The files of one process, each made the way that its own order decides.

    `why_set` says why the last order that may be compiled was set as a page of its own; it is empty otherwise.
    """

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._kept: list[tuple[Order, Template | str]] = []
        self.why_set = ""

    def render(self, order: Order) -> bytes:
        """Return the PDF of an order; refuses as the typesetter does."""
        self.why_set = ""
        if plan := plan_for(order):
            try:
                return self._template(plan, plan.sample(order, 0)).write(order)
            except (NotCompiled, TextRefused) as reason:
                self.why_set = str(reason) if isinstance(reason, NotCompiled) else "A line is refused."
        return self._typesetter.render(order)

    def _template(self, plan: Plan, reference: Order) -> Template:
        """Return the template of a reference, compiled when first needed; raises `NotCompiled` if it cannot be."""
        template = next((template for known, template in self._kept if known == reference), None)
        if template is None:
            template = self._compiled(plan, reference)
            self._kept = [*self._kept[1 - _KEPT :], (reference, template)]
        if isinstance(template, str):
            raise NotCompiled(template)
        return template

    def _compiled(self, plan: Plan, reference: Order) -> Template | str:
        """Return the template of a reference if it writes another sample as the typesetter sets it, else what fails."""
        try:
            template = Template(plan, reference, self._typesetter.render(reference, style(plan)))
            check = plan.sample(reference, 1)
            found = differences(template.write(check), self._typesetter.render(check))
        except (MemoryError, OSError):
            raise  # It fails today and not tomorrow: the file waits, so that an order is always made in the same way.
        except Exception as error:  # Whatever a new version of a library does, pages can still be set.
            return f"Compiling fails: {type(error).__name__}"
        return f"Compiled files differ: {found[0]}" if found else template

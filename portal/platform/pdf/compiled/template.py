"""A compiled template: a finished file whose varying places are known and filled anew for each order."""

from datetime import UTC
from hashlib import md5
from io import BytesIO
from xml.sax.saxutils import escape

import pikepdf

from portal.platform.pdf.compiled import fonts, room, specimen
from portal.platform.pdf.compiled.places import DRAWN_TEXT, Code, LinePlace
from portal.platform.pdf.compiled.plan import Line, NotCompiled, Plan
from portal.platform.pdf.letters import printable
from portal.platform.pdf.orders import Order


class Template:
    """What all files of one reference have in common, open for the next."""

    def __init__(self, plan: Plan, reference: Order, made: bytes) -> None:
        """Read `made`, the reference as it is set with the style of `specimen`.

        :raises NotCompiled: if a place that varies is not found exactly once.
        """
        self._plan, self._reference = plan, reference
        self._file = pikepdf.open(BytesIO(room.closed(made)))
        self._content = self._file.pages[0].Contents
        named = self._file.pages[0].Resources.Font.items()
        self._fonts = {name[1:].encode(): fonts.EmbeddedFont(font) for name, font in named}
        # The glyphs of each font that every file needs.
        self._shared: dict[bytes, set[int]] = {name: set() for name in self._fonts}
        self._lines: list[tuple[Line, LinePlace]] = []
        self._code = Code.of(reference.facts[plan.address])
        operators = specimen.cut_out(self._file, self._content.read_bytes(), plan)
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
                self._shared[found[3]].update(glyph for glyph, _ in fonts.glyphs_of(found[5]))
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
        self._tell(order)
        written = BytesIO()
        self._file.save(
            written,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            fix_metadata_version=False,  # It would write the metadata in other words.
        )
        return room.reopened(written.getvalue()) if order.room else written.getvalue()

    def _embed(self, glyphs: list[frozenset[int]]) -> None:
        """Cut the fonts of the lines down to what this file draws with them."""
        needed: dict[bytes, set[int]] = {}
        for (_line, place), drawn in zip(self._lines, glyphs, strict=True):
            needed.setdefault(place.font, set(self._shared[place.font])).update(drawn)
        for name, kept in needed.items():
            self._fonts[name].keep(kept)

    def _tell(self, order: Order) -> None:
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

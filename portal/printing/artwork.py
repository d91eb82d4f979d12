"""Draw a page's background once per process, and a laid-out page as shapes for the preview.

The places and sizes are those of the file, because they are read from the same layout; no second one is written.

WeasyPrint would draw the picture's paths anew for each page, which takes a quarter of a certificate's time and gives a
print file one copy per page.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pydyf
import weasyprint
from weasyprint import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from portal.printing import upstream
from portal.printing.finishing import StructureUnexpected, number_of

_NAME = "Art"
# Operators that name a resource; the form is copied without any, so its picture may not use them.
_FOREIGN = re.compile(rb"(?m)(^|\s)(gs|cs|CS|scn|SCN|sh|Do|Tf)(\s|$)")
# Full opacity, set before each path although it is what a form begins with.
_OPAQUE = re.compile(rb"(?m)^/[Aa]1\.0 gs\n")


@dataclass(frozen=True)
class Artwork:
    """The operators of a picture that fills a page, and the box that they draw in."""

    operators: bytes
    box: tuple[float, float, float, float]

    @classmethod
    def drawn(cls, asset: str, size: str, assets: URLFetcher, fonts: FontConfiguration) -> "Artwork":
        """Return the picture `asset` as it is drawn on an empty page of `size`."""
        style = f"@page {{ size: {size}; margin: 0; background: url(asset:{asset}) no-repeat 0 0 / {size} }}"
        found: list[Artwork] = []
        sheet = weasyprint.CSS(string=style, url_fetcher=assets)
        page = weasyprint.HTML(string='<html lang="en"><title>Art</title>', url_fetcher=assets, base_url="asset:")
        page.render(font_config=fonts, stylesheets=[sheet]).write_pdf(
            finisher=lambda _, pdf: found.append(cls._taken_from(pdf))
        )
        return found[0]

    @classmethod
    def _taken_from(cls, pdf: pydyf.PDF) -> "Artwork":
        [page] = _pages(pdf)
        forms = list(pdf.objects[number_of(page["Resources"])]["XObject"].values())
        if len(forms) != 1:
            raise StructureUnexpected(f"A background is one form, not {len(forms)}.")
        form = pdf.objects[number_of(forms[0])]
        operators = b"\n".join(item if isinstance(item, bytes) else item.data for item in form.stream)
        operators = _OPAQUE.sub(b"", operators)
        if foreign := _FOREIGN.search(operators):
            raise StructureUnexpected(f"The background needs a resource ({foreign[2].decode()}).")
        return cls(operators, tuple(form.extra["BBox"]))

    def show(self, pdf: pydyf.PDF) -> None:
        """Put the picture under the text of every page."""
        extra = {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array(self.box),
            "Resources": pydyf.Dictionary(),
        }
        form = pydyf.Stream([self.operators], pydyf.Dictionary(extra), compress=True)
        pdf.add_object(form)
        for page in _pages(pdf):
            pdf.objects[number_of(page["Resources"])]["XObject"][_NAME] = form.reference
            height = page["MediaBox"][3]
            # CSS pixels from the top left, as the picture was drawn.
            shown = f"/Artifact BMC q .75 0 0 -.75 0 {height:.6f} cm /{_NAME} Do Q EMC"
            pdf.objects[number_of(page["Contents"])].stream.insert(0, shown.encode())


def _pages(pdf: pydyf.PDF) -> list[Any]:
    return [pdf.objects[number_of(reference)] for reference in pdf.page_references]


Shape = dict[str, Any]


def sketch(document: Document) -> bytes:
    """Return the first page as JSON: its size in CSS pixels, and its shapes in the order in which they are drawn."""
    page = document.pages[0]
    background = document.metadata.custom.get("background", "").partition(" ")[0]
    whole = [{"kind": "image", "source": f"asset:{background}", **_rounded(0, 0, page.width, page.height)}]
    shapes = (whole if background else []) + list(_shapes(upstream.box_of(page)))
    return json.dumps({"width": _round(page.width), "height": _round(page.height), "shapes": shapes}).encode()


def _shapes(box: Any) -> Iterator[Shape]:
    box = upstream.placed(box)
    if isinstance(box, upstream.TextBox):
        if box.text.strip():
            yield _text(box)
        return
    if isinstance(box, upstream.ReplacedBox):
        yield from _picture(box)
        return
    yield from _ground(box)
    for child in getattr(box, "children", ()):
        yield from _shapes(child)


def _text(box: Any) -> Shape:
    style = box.style
    return {
        "kind": "text",
        "text": box.text,
        "lang": style["lang"] or "",
        "x": _round(box.position_x),
        "y": _round(box.position_y + box.baseline),
        "width": _round(box.width),
        "size": _round(style["font_size"]),
        "weight": style["font_weight"],
        "style": style["font_style"],
        "family": style["font_family"][0],
        "fill": _color(style["color"]),
    }


def _picture(box: Any) -> Iterator[Shape]:
    """Yield a picture by its source, or the path of one that is drawn in the page, such as a QR code."""
    place = _rounded(box.content_box_x(), box.content_box_y(), box.width, box.height)
    source = box.element.get("src")
    if source:
        yield {"kind": "image", "source": source, **place}
        return
    for path in box.element.iter("{http://www.w3.org/2000/svg}path"):
        yield {"kind": "path", "d": path.get("d"), "view": box.element.get("viewBox"), **place}


def _ground(box: Any) -> Iterator[Shape]:
    """Yield what a box is drawn on: its color, its pictures, and the line below it."""
    if background := getattr(box, "background", None):
        if background.color.alpha:
            color = _color(background.color)
            area = (box.border_box_x(), box.border_box_y(), box.border_width(), box.border_height())
            yield {"kind": "rect", "fill": color, **_rounded(*area)}
        for (kind, source), layer in zip(box.style["background_image"], background.layers, strict=False):
            if kind == "url" and layer.image is not None:
                (left, top), (width, height) = layer.position, layer.size
                area = layer.positioning_area
                yield {"kind": "image", "source": source, **_rounded(area[0] + left, area[1] + top, width, height)}
    if thickness := getattr(box, "border_bottom_width", 0):
        below = box.border_box_y() + box.border_height() - thickness
        color = _color(box.style["border_bottom_color"])
        yield {"kind": "rect", "fill": color, **_rounded(box.border_box_x(), below, box.border_width(), thickness)}


def _rounded(x: float, y: float, width: float, height: float) -> Shape:
    return {"x": _round(x), "y": _round(y), "width": _round(width), "height": _round(height)}


def _round(value: float) -> float:
    return round(value, 2)


def _color(color: Any) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in color.to("srgb").coordinates)

"""A page that was laid out, as plain shapes: what a browser draws as SVG to show the paper before it is a file.

The places and sizes are those of the file, because they are read from the same layout; no second one is written.
"""

import json
from collections.abc import Iterator
from typing import Any

from weasyprint import Document

from portal.platform.pdf import upstream

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

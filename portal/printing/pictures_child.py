"""Check and normalize one picture in a child process with little memory and time.

Run by `pictures_child` only, under its limits. No DTD, no script, no link, no style sheet, no text, no gradient.

Started by `printing.pictures` as `python -m portal.printing.pictures_child`: the bytes come on standard input; a line
of JSON goes to standard output, and after it the picture. Nothing can be written to a file here.
"""

import io
import json
import re
import sys
import warnings
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from PIL import Image, ImageOps, UnidentifiedImageError

from portal.platform.confined import confine

_SVG = "http://www.w3.org/2000/svg"
MOST_ELEMENTS, MOST_DEPTH, MOST_LETTERS = 2_000, 20, 200_000
_SHAPES = frozenset({"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
_LEFT_OUT = frozenset({"title", "desc", "metadata"})  # Together with what stands in them; they draw nothing.
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LENGTH = re.compile(rf"{_NUMBER}(?:px|pt|mm|cm|in)?")
_NUMBERS = re.compile(rf"{_NUMBER}(?:[\s,]+{_NUMBER})*")
_COLOR = re.compile(r"none|#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|rgb\(\s*\d{1,3}\s*(?:,\s*\d{1,3}\s*){2}\)|[a-zA-Z]{3,20}")
_WORD = re.compile(r"[a-z-]{1,20}")
_LENGTHS = (
    *("x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "y1", "x2", "y2"),
    *("stroke-width", "stroke-miterlimit", "stroke-dashoffset"),
)
_ATTRIBUTES = {
    **dict.fromkeys(_LENGTHS, _LENGTH),
    "points": re.compile(r"[\d\s,.eE+-]*"),
    "d": re.compile(r"[\d\s,.eE+MmZzLlHhVvCcSsQqTtAa-]*"),
    "transform": re.compile(r"(?:(?:matrix|translate|scale|rotate|skewX|skewY)\([\d\s,.eE+-]*\)[\s,]*)*"),
    "viewBox": _NUMBERS,
    "stroke-dasharray": re.compile(rf"none|{_NUMBERS.pattern}"),
    **dict.fromkeys(("fill", "stroke"), _COLOR),
    **dict.fromkeys(("fill-rule", "stroke-linecap", "stroke-linejoin"), _WORD),
    "preserveAspectRatio": re.compile(r"[a-zA-Z ]{1,30}"),
}
# What changes nothing without a style sheet, a link or a script, and is left out.
_IDLE = frozenset({"id", "class", "version", "baseProfile", "enable-background", "role", "focusable", "clip-rule"})
_OPAQUE = frozenset({"opacity", "fill-opacity", "stroke-opacity"})
_SEEN = {"display": ("inline", "block"), "visibility": ("visible",), "overflow": ("visible", "hidden")}


class DrawingRefused(ValueError):
    """Refuse a drawing that holds anything but shapes; `what` names the first such thing."""

    def __init__(self, what: str, *, is_active: bool = False) -> None:
        super().__init__(what)
        self.what, self.is_active = what[:60], is_active


@dataclass
class _Reading:
    """The drawing as it is written anew, while it is read."""

    written: list[str] = field(default_factory=list)
    depth: int = 0
    left_out: int = 0
    elements: int = 0
    size: tuple[float, float] | None = None

    def start(self, name: str, given: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > MOST_DEPTH:
            raise DrawingRefused("more shapes than a logo has")
        namespace, _, tag = name.rpartition(" ")
        if self.left_out or (namespace != _SVG and self.depth > 1) or tag in _LEFT_OUT:
            self.left_out += 1
            return
        if tag not in _SHAPES or namespace != _SVG or (tag == "svg") != (self.depth == 1):
            raise DrawingRefused(f"<{tag}>", is_active=tag in ("script", "foreignObject", "a", "use", "image", "style"))
        kept = _kept(given)
        if self.depth == 1:
            self.size = _size(kept)
            kept = {"viewBox": kept.get("viewBox") or f"0 0 {self.size[0]:g} {self.size[1]:g}"}
            self.written.append(f'<svg xmlns="{_SVG}" width="{self.size[0]:g}" height="{self.size[1]:g}"')
        else:
            self.written.append(f"<{tag}")
        self.written.extend(f' {key}="{value}"' for key, value in sorted(kept.items()))
        self.written.append(">")

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.left_out:
            self.left_out -= 1
            return
        self.written.append(f"</{name.rpartition(' ')[2]}>")


def redraw(content: bytes) -> tuple[bytes, float, float]:
    """Return a drawing of shapes written anew, with its width and height.

    :raises DrawingRefused: if it is no SVG, or holds anything but shapes in plain colors.
    """
    if len(content) > MOST_LETTERS:
        raise DrawingRefused("more letters than a logo needs")
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_instruction
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise DrawingRefused("is cut off or is no SVG") from error
    if reading.size is None or reading.elements < 2:
        raise DrawingRefused("nothing is drawn")
    return "".join(reading.written).encode(), *reading.size


def _refuse_doctype(*_given: object) -> None:
    raise DrawingRefused("<!DOCTYPE>", is_active=True)


def _refuse_instruction(target: str, _data: str) -> None:
    raise DrawingRefused(f"<?{target}?>", is_active=True)


def _kept(given: dict[str, str]) -> dict[str, str]:
    """Return the attributes that draw, those of `style` among them."""
    kept = {}
    for name, value in {**given, **_declarations(given.get("style", ""))}.items():
        namespace, _, key = name.rpartition(" ")
        if key == "href" or key.lower().startswith("on"):
            raise DrawingRefused(key, is_active=True)
        if namespace or key in _IDLE or key == "style" or key.startswith(("data-", "aria-", "-inkscape")):
            continue
        value = value.strip()
        if key in _OPAQUE and _LENGTH.fullmatch(value) and float(re.sub(r"[a-z]+$", "", value)) == 1:
            continue
        if value in _SEEN.get(key, ()):
            continue
        if key not in _ATTRIBUTES or not _ATTRIBUTES[key].fullmatch(value):
            raise DrawingRefused(f"{key}={value}", is_active="url(" in value or ":" in value)
        kept[key] = value
    return kept


def _declarations(style: str) -> dict[str, str]:
    """Return the declarations of a style attribute as if each were an attribute of its own."""
    found = {}
    for declaration in style.split(";"):
        if declaration.strip():
            name, colon, value = declaration.partition(":")
            if not colon:
                raise DrawingRefused(f"style={declaration}")
            found[name.strip()] = value.strip()
    return found


def _size(kept: dict[str, str]) -> tuple[float, float]:
    """Return width and height of what is shown: of the box if there is one, else as the drawing says."""
    box = [float(one) for one in re.split(r"[\s,]+", kept.get("viewBox", "").strip()) if one]
    if box and len(box) != 4:
        raise DrawingRefused("viewBox")
    given = box[2:] or [float(re.sub(r"[a-z]+$", "", kept.get(side, "0"))) for side in ("width", "height")]
    if not all(0 < side < 100_000 for side in given):
        raise DrawingRefused("it has no size")
    return given[0], given[1]


MEMORY_MB = 512
SECONDS = 8
MOST_PIXELS = 16_000_000
FEWEST_ROWS = 100  # Printed 10 mm high, fewer look like stairs.
MOST_COLUMNS, MOST_ROWS = 1_600, 320  # Printed 10 mm high, more is nothing that an eye sees.
_HEAVY = 80_000
_STARTS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


class Refused(ValueError):
    """Refuse a picture: the name of the reason, and what it is about."""


def main() -> None:
    """Read under limits, answer, end."""
    Image.preinit()  # Loads what reads each kind of picture, since nothing is opened later.
    confine(memory_mb=MEMORY_MB, cpu_seconds=SECONDS)
    try:
        head, content = normalized(sys.stdin.buffer.read())
    except Refused as refusal:
        head, content = {"refused": refusal.args[0], "what": refusal.args[1]}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)


def normalized(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return what is known of a picture, and the picture without anything that it does not show.

    :raises Refused: if it is no picture, too large, too small, moves, or holds more than shapes.
    """
    kind = next((kind for start, kind in _STARTS.items() if content.startswith(start)), None)
    if kind is not None:
        image = _raster(content, kind)
        return {"media_type": "image/png", "width": image.width, "height": image.height}, _png(image)
    if b"<svg" not in content[:4096] or b"\0" in content:
        raise Refused("not_a_picture", "")
    try:
        drawn, width, height = redraw(content)
    except DrawingRefused as refusal:
        raise Refused("active" if refusal.is_active else "not_plain", refusal.what) from refusal
    return {"media_type": "image/svg+xml", "width": width, "height": height}, drawn


def _raster(content: bytes, kind: str) -> Image.Image:
    """Return the picture upright, on white, in RGB, without its metadata; size is judged before it is unpacked."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=[kind])
        if image.width * image.height > MOST_PIXELS:
            raise Refused("too_many_pixels", f"{image.width} × {image.height}")
        if getattr(image, "n_frames", 1) > 1:
            raise Refused("moves", "")
        image.load()
        image = ImageOps.exif_transpose(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Refused("too_many_pixels", "") from bomb
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, MemoryError) as broken:
        if isinstance(broken, Refused):
            raise
        raise Refused("broken", "") from broken
    if image.height < FEWEST_ROWS:
        raise Refused("too_small", f"{image.width} × {image.height}")
    image.thumbnail((MOST_COLUMNS, MOST_ROWS), Image.Resampling.LANCZOS)
    seen = image.convert("RGBA")
    white = Image.new("RGBA", seen.size, "white")
    white.alpha_composite(seen)
    return white.convert("RGB")


def _png(image: Image.Image) -> bytes:
    written = _saved(image)
    if len(written) > _HEAVY:  # Every certificate carries it: a photograph is drawn smaller and in fewer colors.
        image.thumbnail((MOST_COLUMNS, 200), Image.Resampling.LANCZOS)
        written = _saved(image.quantize(64).convert("RGB"))
    return written


def _saved(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    main()

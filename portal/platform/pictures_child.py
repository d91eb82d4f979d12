"""Judge and normalise one picture in a process of its own: little memory, little time, whatever the bytes do.

Started by `platform.pictures` as `python -m portal.platform.pictures_child`: the bytes come on standard input; a line
of JSON goes to standard output, and after it the picture. Nothing can be written to a file here.
"""

import io
import json
import sys
import warnings
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from portal.platform import drawings
from portal.platform.confined import confine

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
        drawn, width, height = drawings.redraw(content)
    except drawings.DrawingRefused as refusal:
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

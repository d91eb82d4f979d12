"""Photographs as telephones make them: with the place, the hour and a small copy in them."""

import io
import random
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

PLACE = "40.5283 N, 72.7985 E, 2026-09-14"


def jpeg(orientation: int = 6, **options: Any) -> bytes:
    """Return a photograph that says where it was taken, in each of the ways that telephones have."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x0110] = orientation, PLACE, "Telephone X"
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 31.0, 42.0), 3: "E", 4: (72.0, 47.0, 54.0), 29: PLACE})
    buffer = io.BytesIO()
    drawn().save(buffer, "JPEG", exif=exif, comment=PLACE.encode(), xmp=PLACE.encode(), **options)
    return buffer.getvalue() + b"a film of the moment: " + PLACE.encode() + b"\xff\xd9"


def png() -> bytes:
    """Return a picture with texts in it."""
    texts = PngInfo()
    texts.add_text("Comment", PLACE)
    texts.add_itxt("XML:com.adobe.xmp", PLACE)
    exif = Image.Exif()
    exif[0x010E] = PLACE
    buffer = io.BytesIO()
    drawn().save(buffer, "PNG", pnginfo=texts, exif=exif, dpi=(300, 300))
    return buffer.getvalue() + PLACE.encode() + b"IEND\xaeB`\x82"


def drawn() -> Image.Image:
    """Return a picture that is compressed to every kind of byte."""
    return Image.frombytes("RGB", (160, 120), random.Random(7).randbytes(160 * 120 * 3))

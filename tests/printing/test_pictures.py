"""Uploaded pictures: what cannot be printed is refused with a reason, and what is kept holds nothing hidden."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from portal.printing import pictures_child
from portal.printing.pictures import MAX_BYTES, PictureRefused, normalized
from portal.printing.pictures_child import DrawingRefused

SHAPES = '<circle cx="20" cy="20" r="17" fill="none" stroke="#1f6b4a"/><path d="M12 26L20 10z" style="fill:#243b53"/>'


def svg(inside: str = SHAPES, *, before: str = "", more: str = "") -> bytes:
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"{more}>{inside}</svg>'.encode()


def raster(kind: str = "PNG", size: tuple[int, int] = (300, 150), mode: str = "RGB", **saving) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **saving)
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes that claims, and holds, a very large picture."""
    rows = zlib.compress(b"\0" * (width // 8 + 1) * min(height, 2_000), 9)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def moving() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (200, 200), color) for color in ("red", "blue")]
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def test_raster_is_kept_on_white_without_anything_hidden() -> None:
    hidden = PngImagePlugin.PngInfo()
    hidden.add_text("Author", "Кенарийкова")
    picture = normalized(raster(size=(600, 300), mode="RGBA", pnginfo=hidden) + b"trailing Canary")
    shown = Image.open(io.BytesIO(picture.content))
    assert (picture.media_type, picture.ratio, shown.mode, shown.info) == ("image/png", 2000, "RGB", {})
    assert shown.getpixel((1, 1)) == (255, 255, 255)  # It was transparent.
    assert shown.height <= 320
    assert b"Canary" not in picture.content and "Кенарийкова".encode() not in picture.content
    assert normalized(picture.content).content == picture.content  # What is kept is kept as it is.


def test_jpeg_in_print_colors_becomes_a_png() -> None:
    picture = normalized(raster("JPEG", mode="CMYK"))
    assert Image.open(io.BytesIO(picture.content)).mode == "RGB"


def test_photograph_does_not_make_every_certificate_heavy() -> None:
    buffer = io.BytesIO()
    Image.effect_noise((1200, 400), 90).convert("RGB").save(buffer, "PNG")
    assert len(normalized(buffer.getvalue()).content) < 250_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "missing"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * MAX_BYTES, "too_large"),
        (b"%PDF-1.7 logo.png", "not_a_picture"),
        (b"GIF89a" + b"\0" * 40, "not_a_picture"),
        (b"<html><body>logo</body></html>", "not_a_picture"),
        (raster()[:70], "broken"),
        (b"\xff\xd8\xff" + b"\0" * 500, "broken"),
        (raster(size=(90, 60)), "too_small"),
        (raster(size=(1500, 110)), "too_wide"),
        (moving(), "moves"),
        (svg('<script>alert("1")</script>' + SHAPES), "active"),
        (svg(before='<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'), "active"),
        (svg("<text>Logo</text>"), "not_plain"),
    ],
)
def test_what_cannot_be_printed_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        normalized(content)
    assert refused.value.reason == reason
    assert "%(" not in str(refused.value)


@pytest.mark.parametrize("size", [(30_000, 30_000), (4_000_000, 400)])
def test_picture_that_unfolds_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PictureRefused) as refused:
        normalized(bomb(*size))
    assert refused.value.reason == "too_many_pixels"
    assert "%(" not in str(refused.value)


# Drawings


def test_drawing_is_written_anew_with_its_shapes_alone() -> None:
    more = ' xmlns:ink="http://www.inkscape.org/namespaces/inkscape" id="logo" ink:label="Кенарийкова"'
    inside = f"<title>Canary</title><ink:view>Canary</ink:view><!-- Canary --><g opacity='1'>{SHAPES}</g>"
    drawn, width, height = pictures_child.redraw(svg(inside, more=more))
    assert (width, height) == (120, 40)
    assert drawn.decode() == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 120 40"><g>'
        '<circle cx="20" cy="20" fill="none" r="17" stroke="#1f6b4a"></circle>'
        '<path d="M12 26L20 10z" fill="#243b53"></path></g></svg>'
    )
    assert pictures_child.redraw(drawn)[0] == drawn


@pytest.mark.parametrize(
    ("inside", "is_active"),
    [
        ('<a href="https://example.org">x</a>', True),
        ('<image href="file:///etc/passwd"/>', True),
        ('<use href="#logo"/>', True),
        ('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>', True),
        ("<style>@import url(https://example.org/x.css);</style>", True),
        ('<rect width="1" height="1" onclick="alert(1)"/>', True),
        ('<rect width="1" height="1" fill="url(https://example.org/#a)"/>', True),
        ('<rect width="1" height="1" style="fill:url(#a)"/>', True),
        ('<rect width="1" height="1" style="background:url(data:x)"/>', True),
        ('<rect xmlns:xlink="http://www.w3.org/1999/xlink" width="1" xlink:href="javascript:1"/>', True),
        ('<linearGradient id="a"/>', False),
        ('<rect width="1" height="1" opacity=".5"/>', False),
        ('<rect width="1" height="1" fill="red;}"/>', False),
        ('<animate attributeName="x"/>', False),
        ("<svg/>", False),
        ("<g>" * 30 + "</g>" * 30, False),
        ("<g/>" * 3_000, False),
        ("", False),
        ("<g>", False),
    ],
)
def test_drawing_with_more_than_shapes_is_refused(inside: str, is_active: bool) -> None:
    with pytest.raises(DrawingRefused) as refused:
        pictures_child.redraw(svg(inside))
    assert refused.value.is_active is is_active


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1"/></svg>',
        b'<svg viewBox="0 0 1 1"><path d="M0 0h1"/></svg>',
        svg(more=' onload="alert(1)"'),
        svg(before='<?xml-stylesheet href="https://example.org/x.css"?>'),
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 40"><path d="M0 0h1"/></svg>',
        svg("<!-- " + "x" * 250_000 + " -->"),
    ],
)
def test_drawing_without_size_or_with_more_around_it_is_refused(content: bytes) -> None:
    with pytest.raises(DrawingRefused):
        pictures_child.redraw(content)

"""Scans are what their bytes say, whatever they are called, and say nothing but what is seen."""

import io

import pytest
from PIL import Image, ImageOps

from portal.platform import scans
from tests import pictures
from tests.refusals import raises_refusal

PDF = b"%PDF-1.7 ... %%EOF\n"


@pytest.mark.parametrize(
    ("content", "media_type", "extension"),
    [
        (PDF, "application/pdf", "pdf"),
        (pictures.jpeg(), "image/jpeg", "jpg"),
        (pictures.png(), "image/png", "png"),
    ],
    ids=["pdf", "jpeg", "png"],
)
def test_a_scan_is_recognized_by_its_bytes(content: bytes, media_type: str, extension: str) -> None:
    scan = scans.read(content)
    assert (scan.media_type, scan.extension) == (media_type, extension)
    assert (scan.content == content) is (content == PDF)


@pytest.mark.parametrize(
    "content",
    [
        *(pictures.jpeg(orientation) for orientation in (1, 6, 8)),
        pictures.jpeg(progressive=True),
        pictures.jpeg(restart_marker_blocks=2),
        pictures.png(),
    ],
    ids=["upright", "to the right", "to the left", "in several scans", "with restarts", "png"],
)
def test_a_photograph_tells_what_is_seen_and_nothing_else(content: bytes) -> None:
    kept = scans.read(content).content
    assert pictures.PLACE.encode() in content, "The control: it was told."
    assert pictures.PLACE.encode() not in kept and b"Telephone" not in kept
    with Image.open(io.BytesIO(content)) as sent, Image.open(io.BytesIO(kept)) as left:
        assert ImageOps.exif_transpose(sent).tobytes() == ImageOps.exif_transpose(left).tobytes()
        assert dict(left.getexif().get_ifd(0x8825)) == {}
        assert set(left.getexif()) <= {0x0112}
        if sent.format == "PNG":
            assert sent.info["dpi"] == left.info["dpi"], "How large the paper was is seen, too."
    assert scans.read(kept).content == kept


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "scan_missing"),
        (b"%PDF-1.7" + b" " * scans.MAX_BYTES + b"%%EOF", "scan_too_large"),
        (b"GIF89a", "scan_unreadable"),
        (b"<html>%PDF-", "scan_unreadable"),
        (b"PK\x03\x04", "scan_unreadable"),
        (b"%PDF-1.7 cut", "scan_cut"),
        (b"\xff\xd8\xff\xe0 cut", "scan_cut"),
        (b"\xff\xd8\xff\xe1\x00\x00" * 9, "scan_cut"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 64, "scan_cut"),
    ],
)
def test_a_file_that_is_no_scan_is_refused_by_its_bytes(content: bytes, code: str) -> None:
    with raises_refusal(code):
        scans.read(content)


@pytest.mark.parametrize("whole", [pictures.jpeg(), pictures.png()], ids=["jpeg", "png"])
def test_a_photograph_that_is_cut_is_refused_wherever_that_was(whole: bytes) -> None:
    kept = scans.read(whole).content
    for end in range(4, len(kept) - 1, 997):
        with pytest.raises(scans.ScanRefused):
            scans.read(kept[:end])

"""Scans are what their bytes say, whatever they are called."""

import pytest

from portal.platform import scans


@pytest.mark.parametrize(
    ("content", "media_type", "extension"),
    [
        (b"%PDF-1.7 ... %%EOF\n", "application/pdf", "pdf"),
        (b"\xff\xd8\xff\xe0 ... \xff\xd9", "image/jpeg", "jpg"),
        (b"\x89PNG\r\n\x1a\n ... IEND\xaeB`\x82", "image/png", "png"),
    ],
)
def test_a_scan_is_recognized_by_its_bytes(content: bytes, media_type: str, extension: str) -> None:
    scan = scans.read(content)
    assert (scan.content, scan.media_type, scan.extension) == (content, media_type, extension)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", scans.ScanMissing),
        (b"%PDF-1.7" + b" " * scans.MAX_BYTES + b"%%EOF", scans.ScanTooLarge),
        (b"GIF89a", scans.ScanUnreadable),
        (b"<html>%PDF-", scans.ScanUnreadable),
        (b"PK\x03\x04", scans.ScanUnreadable),
        (b"%PDF-1.7 cut", scans.ScanCut),
        (b"\xff\xd8\xff\xe0 cut", scans.ScanCut),
    ],
)
def test_a_file_that_is_no_scan_is_refused_by_its_bytes(content: bytes, kind: type[scans.ScanRefused]) -> None:
    with pytest.raises(kind):
        scans.read(content)

"""Scans of signed documents: checked by their bytes, and only ever sent as downloads.

Photographs lose what does not show: place, time, phone, thumbnails. What is seen stays byte for byte, since a scan is
kept as it was signed; only segments that describe it go, and whatever follows its end. How a telephone was held stays,
or the paper would lie on its side.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.platform.errors import Refusal
from portal.platform.i18n import _l

MAX_BYTES = 30 * 1024 * 1024
_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
# In what is compressed an FF is followed by a zero, or begins a restart; anything else is the next segment.
_NEXT_SEGMENT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_APPLICATION, _COMMENT = range(0xE1, 0xF0), 0xFE
_SHOWN = (b"ICC_PROFILE\0", b"Adobe\0")  # Which colors the numbers mean.
_EXIF, _ORIENTATION = b"Exif\0\0", 0x0112
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SHOWN = {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"pHYs", b"sBIT", b"bKGD"}
_TAIL = 2048  # where a reader looks for the end of a PDF


@dataclass(frozen=True)
class Scan:
    content: bytes
    media_type: str
    extension: str


class ScanRefused(Refusal):
    """Refuse a file that is no scan."""


class ScanTooLarge(ScanRefused):
    status = 413
    message = _l("The file is larger than 30 MB. Scan it in grey, or with fewer dots per inch.")


class ScanCut(ScanRefused):
    message = _l("The file is damaged or cut off. Send it again.")


def read(content: bytes) -> Scan:
    """Return a scan as what its bytes say that it is; a photograph does not tell where and when it was taken.

    :raises ScanRefused: if there are no bytes, too many, bytes of another kind, or their end is missing.
    """
    if not content:
        raise ScanRefused("scan_missing", _l("Choose the scan: a PDF, a JPEG or a PNG."))
    if len(content) > MAX_BYTES:
        raise ScanTooLarge
    for start, kept, media_type, extension in _KINDS:
        if content.startswith(start):
            return Scan(kept(content), media_type, extension)
    raise ScanRefused(
        "scan_unreadable",
        _l("The file is neither PDF, JPEG nor PNG, whatever its name says. Scan or photograph the paper."),
    )


def _whole_pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-_TAIL:]:
        raise ScanCut
    return content


def _bare_jpeg(content: bytes) -> bytes:
    """Return a JPEG without its descriptions; raises `ScanCut` if it is not whole."""
    kept, orientation = [_SOI], 1
    for marker, segment in _segments(content):
        body = segment[4:]
        if marker == 0xE1 and body.startswith(_EXIF):
            orientation = _orientation(body[len(_EXIF) :])
        if marker != _COMMENT and (marker not in _APPLICATION or body.startswith(_SHOWN)):
            kept.append(segment)
    if orientation != 1:
        kept.insert(2 if kept[1].startswith(b"\xff\xe0") else 1, _held(orientation))
    return b"".join(kept)


def _bare_png(content: bytes) -> bytes:
    """Return a PNG without its descriptions; raises `ScanCut` if it is not whole."""
    kept, place = [_PNG], len(_PNG)
    while content[place + 4 : place + 8]:
        (length,) = struct.unpack(">I", content[place : place + 4].rjust(4, b"\0"))
        kind, chunk = content[place + 4 : place + 8], content[place : place + length + 12]
        if len(chunk) != length + 12:
            raise ScanCut
        if kind[:1].isupper() or kind in _PNG_SHOWN:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        place += length + 12
    raise ScanCut


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each segment with its marker, what is compressed together with the one before it, up to the end."""
    place = len(_SOI)
    while (marker := content[place : place + 2]) != _EOI:
        if len(marker) < 2 or marker[0] != 0xFF:
            raise ScanCut
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        end = place + 2 + length
        if length < 2 or end > len(content):
            raise ScanCut
        if marker[1] == _SOS:
            following = _NEXT_SEGMENT.search(content, end)
            if following is None:
                raise ScanCut
            end = following.start()
        yield marker[1], content[place:end]
        place = end
    yield _EOI[1], _EOI


def _orientation(tiff: bytes) -> int:
    """Return how the telephone was held, 1 (upright) if that is not to be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(count):
            tag, _kind, _values, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if value in range(1, 9) else 1
    except struct.error:
        pass
    return 1


def _held(orientation: int) -> bytes:
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    return struct.pack(">HH", 0xFFE1, 2 + len(_EXIF) + len(tiff)) + _EXIF + tiff


_KINDS: Any = (
    (b"%PDF-", _whole_pdf, "application/pdf", "pdf"),
    (b"\xff\xd8\xff", _bare_jpeg, "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", _bare_png, "image/png", "png"),
)

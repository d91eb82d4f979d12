"""Scans of signed documents: checked by their bytes, and only ever sent as downloads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.platform import photographs
from portal.platform.errors import Refusal
from portal.platform.i18n import _l

MAX_BYTES = 30 * 1024 * 1024
_TAIL = 2048  # where a reader looks for the end of a PDF


@dataclass(frozen=True)
class Scan:
    """A scan that has been judged."""

    content: bytes
    media_type: str
    extension: str


class ScanRefused(Refusal):
    """Refuse a file that is no scan."""


class ScanTooLarge(ScanRefused):
    """Refuse a file beyond the limit."""

    status: ClassVar[int] = 413
    message = _l("The file is larger than 30 MB. Scan it in grey, or with fewer dots per inch.")


class ScanCut(ScanRefused):
    """Refuse a file whose end has been lost on the way."""

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


def _bare(strip: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def whole(content: bytes) -> bytes:
        try:
            return strip(content)
        except photographs.Broken as broken:
            raise ScanCut from broken

    return whole


_KINDS: Any = (
    (b"%PDF-", _whole_pdf, "application/pdf", "pdf"),
    (b"\xff\xd8\xff", _bare(photographs.bare_jpeg), "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", _bare(photographs.bare_png), "image/png", "png"),
)

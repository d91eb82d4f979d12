"""Scans of signed papers: judged by their bytes, whatever their names say, and only ever sent out as downloads."""

from dataclasses import dataclass
from typing import Any, ClassVar

from portal.platform.errors import DomainError
from portal.platform.wording import _l

MAX_BYTES = 30 * 1024 * 1024
_TAIL = 2048  # where a reader looks for the end of a PDF


@dataclass(frozen=True)
class Scan:
    """A scan that has been judged."""

    content: bytes
    media_type: str
    extension: str


class ScanRefused(DomainError):
    """Refuse a file that is no scan."""


class ScanMissing(ScanRefused):
    """Refuse to go on without a file."""

    message = _l("Choose the scan: a PDF, a JPEG or a PNG.")


class ScanTooLarge(ScanRefused):
    """Refuse a file beyond the limit."""

    status: ClassVar[int] = 413
    message = _l("The file is larger than 30 MB. Scan it in grey, or with fewer dots per inch.")


class ScanUnreadable(ScanRefused):
    """Refuse a file of another kind."""

    message = _l("The file is neither PDF, JPEG nor PNG, whatever its name says. Scan or photograph the paper.")


class ScanCut(ScanRefused):
    """Refuse a file whose end has been lost on the way."""

    message = _l("The file is cut off: its end is missing. Send it again.")


def read(content: bytes) -> Scan:
    """Return a scan as what its bytes say that it is.

    :raises ScanMissing: if there are no bytes.
    :raises ScanTooLarge: if there are too many.
    :raises ScanUnreadable: if they are of another kind.
    :raises ScanCut: if their end is missing.
    """
    if not content:
        raise ScanMissing
    if len(content) > MAX_BYTES:
        raise ScanTooLarge
    for start, end, media_type, extension in _KINDS:
        if content.startswith(start):
            if end not in content[-_TAIL:]:
                raise ScanCut
            return Scan(content, media_type, extension)
    raise ScanUnreadable


_KINDS: Any = (
    (b"%PDF-", b"%%EOF", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", b"\xff\xd9", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82", "image/png", "png"),
)

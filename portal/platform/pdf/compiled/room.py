"""The room for a seal: what `seal_field` leaves is no valid PDF, so it is closed while a file is read and written."""

from portal.platform.pdf.compiled.plan import NotCompiled

_OPEN, _CLOSED = b"/ByteRange [0 ********** ********** **********]", b"/ByteRange [0 9999999999 9999999999 9999999999]"
_WRITTEN = b"/ByteRange [ 0 9999999999 9999999999 9999999999 ] /Contents <"


def closed(file: bytes) -> bytes:
    """Return a file that can be read, every byte in its place."""
    return file.replace(_OPEN, _CLOSED)


def reopened(file: bytes) -> bytes:
    """Return a file that was written, with its room as `seal_field` leaves it, every byte in its place.

    :raises NotCompiled: if there is not exactly one room.
    """
    if file.count(_WRITTEN) != 1:
        raise NotCompiled("A file has one room for a seal.")
    return file.replace(_WRITTEN, (_OPEN + b"/Contents <").rjust(len(_WRITTEN)))

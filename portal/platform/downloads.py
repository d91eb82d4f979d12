"""Downloads, with the file names that people keep."""

import io

from flask import Response, send_file

from portal.platform import storage
from portal.platform.storage import Document

_TYPES = {
    "csv": "text/csv",
    "ics": "text/calendar",
    "json": "application/json",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def send(document: Document) -> Response:
    """Return a stored file as a download; raises `Damaged` as `storage.open_bytes`."""
    return _send(storage.open_bytes(document), document.filename, document.media_type)


def send_bytes(content: bytes, *, filename: str) -> Response:
    """Return bytes as a download, of the kind that the end of the name says."""
    return _send(content, filename, _TYPES[filename.rpartition(".")[2]])


def _send(content: bytes, filename: str, media_type: str) -> Response:
    """Name the file so that a name in Cyrillic arrives whole (RFC 6266)."""
    response = send_file(
        io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=filename, max_age=0
    )
    response.headers["Cache-Control"] = "no-store"
    return response

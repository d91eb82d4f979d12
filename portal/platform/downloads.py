"""Downloads, with the file names that people keep."""

import io

from flask import Response, send_file

from portal.platform.storage import Document


def send(document: Document, content: bytes) -> Response:
    """Return a stored file as a download."""
    return send_bytes(content, filename=document.filename, media_type=document.media_type)


def send_bytes(content: bytes, *, filename: str, media_type: str) -> Response:
    """Return bytes as a download; a name in Cyrillic arrives whole (RFC 6266)."""
    response = send_file(
        io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=filename, max_age=0
    )
    response.headers["Cache-Control"] = "no-store"
    return response

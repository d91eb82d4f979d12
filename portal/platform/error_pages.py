"""Error pages, which need neither the database nor a session."""

import gzip
from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, make_response, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import (
    Conflict,
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
)

from portal.platform import htmx, logs, security_events, storage, tokens
from portal.platform.db import db
from portal.platform.i18n import _l

_RETRY_AFTER = 10  # Seconds; nothing that holds up everybody should take longer.
_COMPRESSED_FROM = 500
# Other errors than these never reach a page as a part: htmx swaps nothing and app.js says what happened.
_PART_REFUSALS = {
    409: _l("What you were changing has been changed meanwhile. Go back, look at the new state and decide again."),
    422: _l("Something in what was sent does not fit. Go back, correct it and send it again."),
}


def init_app(app: Flask) -> None:
    """Answer every error by a page of its own."""
    app.after_request(_compress)
    for kind in (HTTPException, CSRFError, InternalServerError):
        app.register_error_handler(kind, _answer)
    app.register_error_handler(StaleDataError, lambda _error: _answer(Conflict()))
    app.register_error_handler(storage.DiskFull, lambda error: _answer(_Unavailable("disk", error, str(error))))
    for fault in () if app.debug else (OperationalError, NoConnection):  # A developer looks at it in the debugger.
        app.register_error_handler(fault, _answer_database)


class _Unavailable(ServiceUnavailable):
    def __init__(self, what: str, error: Exception, text: str = "") -> None:
        super().__init__(retry_after=_RETRY_AFTER)
        self.text = text
        logs.seldom("unavailable", what=what, error=type(error.__cause__ or error).__name__)


def _answer_database(error: Exception) -> Any:
    full = storage.full_disk_of(error)
    return _answer(_Unavailable("disk", error, str(full)) if full else _Unavailable("database", error))


def _answer(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    if isinstance(error, CSRFError):
        security_events.note(security_events.Kind.FORGED)
    if isinstance(error, SecurityError):  # A foreign host has no addresses, so no page of ours can be made for it.
        return Response("This host is not served here.", 400, mimetype="text/plain")
    with suppress(SQLAlchemyError):  # Also a connection that is lost can be given back.
        db.session.rollback()
    status = error.code or 500
    if status in _PART_REFUSALS and htmx.is_partial():
        return htmx.refuse(_PART_REFUSALS[status], status)
    g.error_reference = tokens.random_code(8)
    if status == InternalServerError.code:
        current_app.logger.error("answered %s, reference %s", status, g.error_reference)
    wait = getattr(error, "retry_after", None)
    # Past the context processors, which ask who is signed in.
    page = current_app.jinja_env.get_template("errors/error.html").render(
        status=status, reference=g.error_reference, wait=wait, text=getattr(error, "text", "")
    )
    return make_response(page, status, {"Retry-After": str(wait)} if wait else {})


def _compress(response: Response) -> Response:
    """Compress the pages that flask-compress leaves alone; nothing in them depends on who asks for what."""
    is_page = response.status_code >= 400 and response.mimetype == "text/html" and not response.is_streamed
    if not is_page or not request.accept_encodings["gzip"] or "Content-Encoding" in response.headers:
        return response
    content = response.get_data()
    if len(content) >= _COMPRESSED_FROM:
        response.set_data(gzip.compress(content, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response

"""Logs as JSON lines without personal data: route names, no URLs, no form values, no names."""

import logging
import sys
import threading
import time
from collections import Counter
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event

from portal.platform.db import db

_WIDTH = 160  # Letters of a statement that are shown.
_EACH = 60.0  # Seconds between two lines of a kind of failure that everybody meets at once.
_counting = threading.Lock()
_since: dict[Any, tuple[float, int]] = {}


def seldom(event: str, **values: Any) -> None:
    """Log a failure, once a minute for its kind, with how many there were since the last line."""
    more = _passed((event, *values.items()))
    if more is not None:
        structlog.get_logger("portal.failures").warning(event, more=more, **values)


class _SeldomTraces(logging.Filter):
    """Let through one trace a minute of what fails at one place, with the name of the route and not its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind, _error, place = record.exc_info or (None, None, None)
        if place is None:
            return True
        record.msg = f"Exception in {request.endpoint}" if has_request_context() else record.msg
        while place.tb_next is not None:
            place = place.tb_next
        return _passed((kind, place.tb_frame.f_code.co_filename, place.tb_lineno)) is not None


_traces = _SeldomTraces()  # One for all applications of a process, as their logger is.


def _passed(kind: Any) -> int | None:
    """Return how many of a kind were held back since the last one, or nothing if this one is held back too."""
    now = time.monotonic()
    with _counting:
        last, more = _since.get(kind, (-_EACH, 0))
        if now - last < _EACH:
            _since[kind] = last, more + 1
            return None
        _since[kind] = now, 0
        return more


def init_app(app: Flask) -> None:
    """Log one line for each request: method, route, status, milliseconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("huey").setLevel(logging.WARNING)
    app.logger.addFilter(_traces)
    log = structlog.get_logger("portal.requests")

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def write(response: Response) -> Response:
        if request.endpoint not in (None, "static", "home.healthz", "home.readyz"):
            ms = round(1000 * (time.perf_counter() - g.get("started", time.perf_counter())), 1)
            log.info("request", method=request.method, route=request.endpoint, status=response.status_code, ms=ms)
        return response


def init_statements(app: Flask) -> None:
    """For developers, in debug mode only: write each statement on a line, and count them in `Server-Timing`."""
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _begin_statement)
        event.listen(db.engine, "after_cursor_execute", _note_statement)
    app.after_request(_show_statements)


def _begin_statement(connection: Any, *_arguments: Any) -> None:
    connection.info["statement_began"] = time.perf_counter()


def _note_statement(connection: Any, _cursor: Any, statement: str, *_arguments: Any) -> None:
    if has_request_context():
        took = time.perf_counter() - connection.info["statement_began"]
        g.setdefault("statements", []).append((" ".join(statement.split()), 1000 * took))


def _show_statements(response: Response) -> Response:
    statements: list[tuple[str, float]] = g.get("statements", [])
    if statements:
        took = sum(ms for _statement, ms in statements)
        response.headers["Server-Timing"] = f'sql;desc="{len(statements)} statements";dur={took:.1f}'
        # In their order, each once with how often it was asked: a number above 1 is worth a look.
        asked = Counter(statement for statement, _ms in statements)
        lines = [f"    {times:>3} x {statement[:_WIDTH]}\n" for statement, times in asked.items()]
        page = f"{request.method} {request.endpoint}: {len(statements)} statements, {took:.1f} ms\n"
        sys.stderr.writelines([page, *lines])
    return response

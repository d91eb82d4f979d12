"""For developers: each page's SQL statements, their number and duration. Debug mode only."""

import sys
import time
from collections import Counter
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event

from portal.platform.db import db

_WIDTH = 160


def init_app(app: Flask) -> None:
    """Count in the answer (`Server-Timing`, which browsers show beside the page) and write each statement on a line."""
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _begin)
        event.listen(db.engine, "after_cursor_execute", _note)
    app.after_request(_show)


def _begin(connection: Any, *_arguments: Any) -> None:
    connection.info["statement_began"] = time.perf_counter()


def _note(connection: Any, _cursor: Any, statement: str, *_arguments: Any) -> None:
    if has_request_context():
        took = time.perf_counter() - connection.info["statement_began"]
        g.setdefault("statements", []).append((" ".join(statement.split()), 1000 * took))


def _show(response: Response) -> Response:
    statements: list[tuple[str, float]] = g.get("statements", [])
    if statements:
        took = sum(ms for _statement, ms in statements)
        response.headers["Server-Timing"] = f'sql;desc="{len(statements)} statements";dur={took:.1f}'
        sys.stderr.write(_report(f"{request.method} {request.endpoint}", statements, took))
    return response


def _report(page: str, statements: list[tuple[str, float]], took: float) -> str:
    """Return the statements in their order, each once with how often it was asked: a number above 1 is worth a look."""
    asked = Counter(statement for statement, _ms in statements)
    lines = [f"    {times:>3} x {statement[:_WIDTH]}" for statement, times in asked.items()]
    return "\n".join([f"{page}: {len(statements)} statements, {took:.1f} ms", *lines, ""])

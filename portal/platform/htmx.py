"""One markup for pages and fragments: a page includes its fragment, and htmx requests get the fragment alone."""

import json
from typing import Any

from flask import Flask, Response, make_response, render_template, request


def is_partial() -> bool:
    """Tell whether htmx asked for a part of the page, and not for the page in its history."""
    return request.headers.get("HX-Request-Type") == "partial" and "HX-History-Restore-Request" not in request.headers


def respond(
    *, page: str, fragment: str, status: int = 200, toast: str = "", undo: dict[str, str] | None = None, **context: Any
) -> Response:
    """Render the fragment for a partial request and the whole page for any other.

    `undo` is the button of the toast: its `label`, and a POST to `url` whose answer replaces `target`.
    """
    response = make_response(render_template(fragment if is_partial() else page, **context), status)
    if toast and is_partial():
        content = {"text": str(toast), "action": undo}
        response.headers["HX-Trigger"] = json.dumps({"toast": content}, ensure_ascii=True)
    return response


def refuse(text: object, status: int) -> Response:
    """Say why a part does not come, and leave what stands on the page as it is."""
    response = make_response("", status)
    response.headers["HX-Reswap"] = "none"
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": str(text)}}, ensure_ascii=True)
    return response


def init_app(app: Flask) -> None:
    """Say to every cache that parts and pages differ."""

    @app.after_request
    def vary(response: Response) -> Response:
        response.vary.update(("HX-Request", "HX-Request-Type"))
        return response

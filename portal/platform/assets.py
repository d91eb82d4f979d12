"""Static files: served by WhiteNoise, kept by browsers for a year, asked for anew when their content changes.

They never reach Flask, so they are given here what every answer carries.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from portal.platform import headers

_YEAR = 365 * 24 * 3600


class _Files(WhiteNoise):  # type: ignore[misc]  # WhiteNoise has no types
    """The files; one that is asked for by its version never changes."""

    @staticmethod
    def serve(static_file: Any, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]]) -> Any:
            answer = Headers(given)
            if environ.get("QUERY_STRING", "").startswith("v=") and "Cache-Control" in answer:
                answer["Cache-Control"] = f"{answer['Cache-Control']}, immutable"
            return start_response(status, answer.items())

        body: Iterable[bytes] = WhiteNoise.serve(static_file, environ, start)
        return body


def init_app(app: Flask, *, is_secure: bool) -> None:
    """Put the files before the application and their version into every address."""
    root = Path(str(app.static_folder))

    @lru_cache(maxsize=256)
    def version(filename: str) -> str:
        path = root / filename
        return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else ""

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values and (found := version(values["filename"])):
            values["v"] = found

    carried = headers.protection(is_secure=is_secure)
    app.wsgi_app = _Files(  # type: ignore[method-assign]  # as Flask says
        app.wsgi_app,
        root=str(root),
        prefix="static/",
        max_age=_YEAR,
        autorefresh=app.debug,
        allow_all_origins=False,
        add_headers_function=lambda answer, _path, _url: [answer.add_header(*pair) for pair in carried.items()],
    )

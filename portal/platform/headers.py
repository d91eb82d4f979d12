"""Headers of every response, the hosts the portal answers to, and static files.

They never reach Flask, so they are given here what every answer carries.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.headers import Headers

from flask import Flask, Response, abort, current_app, request
from whitenoise import WhiteNoise

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FORWARDING = ("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
_PROBES = ("/healthz", "/readyz")
# What every answer carries, a static file as well as a page.
PROTECTION = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


def protection(*, is_secure: bool) -> dict[str, str]:
    """Return the headers of every answer; over https they ask for https from now on."""
    transport = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if is_secure else {}
    return {**PROTECTION, **transport}


def answer_probes(answer: Callable[..., Iterable[bytes]], base_url: str) -> Callable[..., Iterable[bytes]]:
    """Let whoever watches the portal ask by any name or address, for what tells no address and makes no link."""

    def named(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in _PROBES:
            environ["HTTP_HOST"] = urlsplit(base_url).netloc
        return answer(environ, start_response)

    return named


def init_app(app: Flask, *, is_secure: bool) -> None:
    """Set the headers on pages, errors and files alike; refuse forms that another site sends."""
    carried = protection(is_secure=is_secure)
    app.before_request(_refuse_demo_from_afar)
    app.before_request(_refuse_foreign)
    app.before_request(_refuse_nul)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(carried)
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _refuse_demo_from_afar() -> Response | None:
    """Keep the demo, whose passwords everybody knows, on this machine: nothing that came through a proxy is answered.

    Browsers speak HTTP/1.1 at least; a proxy that adds no header, as nginx without any setting, speaks 1.0.
    """
    if not current_app.config["PORTAL_IS_DEMO"]:
        return None
    is_forwarded = any(name.startswith(_FORWARDING) for name in request.environ)
    if not is_forwarded and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0":
        return None
    return Response("The demo answers on its own machine only. Set PORTAL_BASE_URL.\n", 403, mimetype="text/plain")


def _refuse_foreign() -> None:
    """Refuse a change that a browser says comes from elsewhere; the token of each form is the second lock."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(400)
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(400)


def _refuse_nul() -> None:
    """Refuse a NUL in any text: nobody types one, PostgreSQL cannot keep one, and SQLite cuts the text there."""
    texts = [request.path, *request.args.values(), *(request.form.values() if request.method == "POST" else ())]
    if any("\0" in text for text in texts):
        abort(400)


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


def init_assets(app: Flask, *, is_secure: bool) -> None:
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

    carried = protection(is_secure=is_secure)
    app.wsgi_app = _Files(  # type: ignore[method-assign]  # as Flask says
        app.wsgi_app,
        root=str(root),
        prefix="static/",
        max_age=_YEAR,
        autorefresh=app.debug,
        allow_all_origins=False,
        add_headers_function=lambda answer, _path, _url: [answer.add_header(*pair) for pair in carried.items()],
    )

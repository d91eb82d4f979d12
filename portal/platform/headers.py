"""The headers that every answer carries, and the hosts that it answers to."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def init_app(app: Flask, *, is_secure: bool) -> None:
    """Set the headers on pages, errors and files alike; refuse forms that another site sends."""
    app.before_request(_refuse_foreign)
    app.before_request(_refuse_nul)

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
        if is_secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response


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

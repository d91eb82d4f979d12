"""Cookies with a random reference: hidden from scripts, not sent with other sites' forms."""

from flask import Response, current_app, request


def read(name: str) -> str | None:
    return request.cookies.get(_full_name(name))


def write(response: Response, name: str, value: str, *, max_age: int) -> None:
    """Set one of our cookies for `max_age` seconds; 0 takes it away."""
    response.set_cookie(
        _full_name(name),
        value,
        max_age=max_age,
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _full_name(name: str) -> str:
    """Return the name with the __Host- prefix, which browsers accept from https only."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name

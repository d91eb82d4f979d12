"""A browser is known to whom it was known by a proof, and to nobody else, whatever it says of itself."""

import pytest
from flask import Flask, Response

from portal.platform import browsers

pytestmark = pytest.mark.databases("sqlite")


def after(app: Flask, cookie: str, *owners: str) -> str:
    """Let a browser with this cookie be known to these owners; return its new cookie."""
    response = Response()
    for owner in owners:
        with app.test_request_context(headers={"Cookie": f"known={cookie}"}):
            response = Response()
            browsers.remember(response, owner)
            cookie = response.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    return cookie


def name(app: Flask, cookie: str, owner: str) -> str | None:
    with app.test_request_context(headers={"Cookie": f"known={cookie}"}):
        return browsers.name_for(owner)


def test_known_to_its_owners_alone_under_one_name(app: Flask) -> None:
    cookie = after(app, "", "aida", "slip K7")
    assert name(app, cookie, "aida") == name(app, cookie, "slip k7") is not None
    assert name(app, cookie, "bakyt") is None
    assert name(app, after(app, "", "aida"), "aida") != name(app, cookie, "aida")
    assert "aida" not in cookie


def test_made_up_cookie_is_worth_nothing(app: Flask) -> None:
    cookie = after(app, "", "aida")
    changed = cookie[:-6] + ("A" if cookie[-6] != "A" else "B") + cookie[-5:]
    for forged in ("", "x", changed, cookie[:-8]):
        assert name(app, forged, "aida") is None


def test_tablet_of_many_forgets_the_earliest(app: Flask) -> None:
    people = [f"slip {number}" for number in range(browsers._MOST + 3)]
    cookie = after(app, "", *people)
    assert [bool(name(app, cookie, one)) for one in people] == [False] * 3 + [True] * browsers._MOST
    assert len(cookie) < 1_000

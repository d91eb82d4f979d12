"""Every answer carries the same protection, errors and files too, and the portal answers to its own name only."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Blueprint, Flask, abort
from sqlalchemy.orm.exc import StaleDataError

from portal.access.guard import public
from portal.config import Settings
from tests import applications
from tests.browser import HTMX, Answer, Browser

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.own_app]

STATUSES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
# Written out, not taken from the code: what is dropped there is missed here.
EVERYWHERE = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
YEAR = "max-age=31536000"


def answering(settings: Settings) -> Flask:
    """Return an application with a route that fails in every way."""
    app = applications.make(settings)
    app.testing = False  # Answer a crash as users see it.
    app.config["WTF_CSRF_ENABLED"] = False
    bp = Blueprint("answering", __name__)

    @bp.route("/answer/<int:status>", methods=["GET", "POST"])
    @public
    def answer(status: int) -> Any:
        if status == 200:
            return "ok"
        return abort(status)

    @bp.route("/crash", methods=["GET", "POST"])
    @public
    def crash() -> Any:
        raise RuntimeError("secret words of the code")

    @bp.post("/stale")
    @public
    def stale() -> Any:
        raise StaleDataError("secret words of the code")

    app.register_blueprint(bp)
    return app


def check_headers(answer: Answer) -> None:
    wrong = {name: answer.headers.get(name) for name, value in EVERYWHERE.items() if answer.headers.get(name) != value}
    assert not wrong
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"HX-Request", "HX-Request-Type"} <= set(answer.response.vary)


@pytest.mark.parametrize("status", [200, *STATUSES])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_is_protected(settings: Settings, method: str, status: int) -> None:
    answer = Browser(answering(settings)).send(method, f"/answer/{status}")
    assert answer.status == status
    check_headers(answer)
    if method == "GET" and status != 200:
        Browser(answering(settings)).get(f"/answer/{status}", status=status)


def test_address_that_is_not_there_is_protected(settings: Settings) -> None:
    check_headers(Browser(answering(settings)).send("GET", "/nothing/here"))


def test_crash_shows_a_reference_only(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    answer = Browser(answering(settings)).send("GET", "/crash")
    assert answer.status == 500
    assert "secret words" not in answer.text
    assert "Traceback" not in answer.text
    check_headers(answer)
    page = Browser(answering(settings)).get("/crash", status=500)
    assert "Reference:" in page.text


@pytest.mark.parametrize("path", ["/answer/409", "/answer/422", "/stale"])
def test_part_that_is_refused_changes_nothing_on_the_page(settings: Settings, path: str) -> None:
    answer = Browser(answering(settings)).send("POST", path, headers=HTMX)
    assert answer.status in (409, 422)
    assert (answer.text, answer.headers["HX-Reswap"]) == ("", "none")
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    check_headers(answer)


def test_stale_row_is_a_conflict(settings: Settings) -> None:
    answer = Browser(answering(settings)).send("POST", "/stale")
    assert answer.status == 409
    assert "secret words" not in answer.text


def test_static_file_is_protected_and_kept(settings: Settings) -> None:
    browser = Browser(answering(settings))
    plain, versioned = (browser.send("GET", f"/static/css/portal.css{query}") for query in ("", "?v=0123456789"))
    for answer in (plain, versioned):
        assert answer.status == 200
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert plain.headers["Cache-Control"] == f"{YEAR}, public"
    assert versioned.headers["Cache-Control"] == f"{YEAR}, public, immutable"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "okuu.example.evil.example",
        "evil.example#okuu.example",
        "okuu.example@evil.example",
        "okuu.example, evil.example",
        "okuu.example\tevil",
        "",
        "[::1]",
        "127.0.0.1",
        "localhost",
    ],
)
def test_foreign_host_is_refused(settings: Settings, host: str) -> None:
    app = applications.make(applications.changed(settings, base_url="https://okuu.example"))
    answer = Browser(app).send("GET", "/sign-in", headers={"Host": host}, base_url="https://okuu.example")
    assert answer.status == 400, answer.text
    for probe in ("/healthz", "/readyz"):  # They make no link, and whoever watches asks by address.
        answer = app.test_client().get(probe, headers={"Host": host}, base_url="https://okuu.example")
        assert answer.is_json
        assert host not in answer.text or not host
    for other in ("/healthz/", "/healthz/..", "//healthz"):
        assert app.test_client().get(other, headers={"Host": host}, base_url="https://okuu.example").status_code == 400


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Forwarded-Server", "Forwarded"])
def test_forwarded_host_changes_no_link(settings: Settings, name: str) -> None:
    app = applications.make(applications.changed(settings, base_url="https://okuu.example"))
    answer = Browser(app).send("GET", "/nothing", headers={name: "evil.example"}, base_url="https://okuu.example")
    assert answer.status == 404
    assert "evil.example" not in answer.text


def test_strict_transport_is_demanded_on_https_only(settings: Settings) -> None:
    secure = Browser(applications.make(applications.changed(settings, base_url="https://okuu.example")))
    plain = Browser(answering(settings))
    for path, status in (("/healthz", 200), ("/nothing", 404), ("/static/css/portal.css", 200)):
        answer = secure.send("GET", path, base_url="https://okuu.example")
        assert answer.status == status
        assert answer.headers["Strict-Transport-Security"] == f"{YEAR}; includeSubDomains"
        assert "Strict-Transport-Security" not in plain.send("GET", path).headers


def test_post_without_a_token_is_refused(settings: Settings) -> None:
    app = applications.make(settings)
    answer = Browser(app).send("POST", "/language", data={"locale": "ru"})
    assert answer.status == 400
    page = Browser(app).post("/language", {"locale": "ru", "next": "/no-such-page"}, status=404)
    assert page.root.get("lang") == "ru"


def test_post_from_another_site_is_refused(settings: Settings) -> None:
    app = applications.make(settings)
    browser = Browser(app)
    form = {"locale": "ru", "next": "/healthz", "csrf_token": browser.csrf_token()}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = browser.send("POST", "/language", data=form, headers=headers)
        assert answer.status == 400, headers
    same = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert browser.send("POST", "/language", data=form, headers=same).status == 303


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"])
def test_demo_answers_nothing_that_came_through_a_proxy(settings: Settings, name: str) -> None:
    """Its passwords are known: who puts a proxy before it, and forgets the base address, must not open it to all."""
    demo = Browser(applications.make(applications.changed(settings, is_demo=True)))
    real = Browser(applications.make(settings))
    sent = {"headers": {name: "203.0.113.9"}}
    assert [demo.send("GET", "/healthz", **sent).status, real.send("GET", "/healthz", **sent).status] == [403, 200]
    assert demo.send("GET", "/sign-in").status == 200
    old = {"environ_overrides": {"SERVER_PROTOCOL": "HTTP/1.0"}}  # What nginx speaks when nothing is set.
    assert [demo.send("GET", "/healthz", **old).status, real.send("GET", "/healthz", **old).status] == [403, 200]


def test_large_body_is_refused_before_it_is_read(settings: Settings) -> None:
    browser = Browser(answering(settings))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"a=" + b"x" * (31 * 1024 * 1024)
    answer = browser.send("POST", "/answer/200", data=body, headers=headers)
    assert answer.status == 413
    check_headers(answer)
    assert browser.send("POST", "/answer/200", data={"file": (BytesIO(body), "list.xlsx")}).status == 413


def test_form_of_many_parts_is_refused(settings: Settings) -> None:
    parts = {f"field-{number}": (BytesIO(b"x"), "x.txt") for number in range(2_100)}
    assert Browser(answering(settings)).send("POST", "/answer/200", data=parts).status == 413


@pytest.mark.parametrize("path", ["/healthz", "/static/css/portal.css"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(settings: Settings, path: str, method: str) -> None:
    assert Browser(answering(settings)).send(method, path).status == 405

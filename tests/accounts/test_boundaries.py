"""What a sign-in does not trust: names of hosts, addresses of visitors, forms of others, the demo outside the demo."""

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.rules import DEMO_PASSWORD
from portal.accounts.sign_in_views import _BY_ADDRESS
from portal.config import Settings
from portal.platform import passwords
from portal.platform.db import db
from tests import applications, factories
from tests.browser import HTMX, Browser
from tests.factories import PASSWORD
from tests.spent import spend

HOSTS = (
    {"Host": "evil.example"},
    {"Host": "evil.example:80"},
    {"Host": "localhost.evil.example"},
    {"Host": "evil.example\\localhost"},
    {"Host": "localhost@evil.example"},
    {"Host": "localhost, evil.example"},
    {"Host": "evil.example/localhost"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Host": "localhost, evil.example"},
    {"X-Forwarded-Server": "evil.example"},
    {"X-Host": "evil.example"},
    {"X-Original-Host": "evil.example"},
    {"Forwarded": "host=evil.example"},
)


@pytest.fixture
def aida(app: Flask) -> Account:
    """Return Aida as a donor: her role needs no second factor."""
    return factories.make_account("donor", name="Аида", projects=[factories.get_project()])


@pytest.mark.parametrize("headers", HOSTS)
def test_forged_host_changes_no_link(browser: Browser, headers: dict[str, str]) -> None:
    answer = browser.send("GET", "/trainings", headers=headers)
    assert answer.status in (303, 400)
    assert "evil" not in answer.headers.get("Location", "") + answer.text


def test_ended_sign_in_leads_a_part_to_the_sign_in_page_by_header(browser: Browser) -> None:
    answer = browser.send("GET", "/trainings", headers=HTMX)
    assert (answer.status, answer.headers["HX-Redirect"]) == (401, "/sign-in?next=/trainings")
    assert answer.body == b""


def test_signing_out_without_a_sign_in_harms_nothing(browser: Browser) -> None:
    assert browser.post("/sign-out").h1 == "Sign in"
    assert browser.send("GET", "/sign-out").status == 405


def test_forged_form_is_refused(browser: Browser, aida: Account) -> None:
    answer = browser.send("POST", "/sign-in", data={"email": aida.email, "password": PASSWORD})
    assert answer.status == 400
    assert browser.client.get_cookie("portal", domain="localhost") is None


def test_forged_address_of_the_visitor_does_not_help(browser: Browser, aida: Account) -> None:
    form = browser.get("/sign-in").form("Sign in").fill(email=aida.email, password=PASSWORD)
    spend(_BY_ADDRESS, "127.0.0.1")
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"):
        answer = browser.send("POST", "/sign-in", data={**form.fields}, headers={name: "203.0.113.9"})
        assert answer.status == 429


def test_language_outlives_signing_in_and_out(browser: Browser, aida: Account) -> None:
    page = browser.get("/sign-in?next=/account").form("Кыргызча").submit("Кыргызча")
    assert (page.h1, page.url) == ("Кирүү", "/sign-in?next=/account")
    page = page.form("Кирүү").fill(email=aida.email, password=PASSWORD).submit("Кирүү")
    assert (page.h1, page.url) == ("Менин каттоо эсебим", "/account")
    assert browser.get("/").form("Чыгуу").submit("Чыгуу").h1 == "Кирүү"


def test_demo_sign_ins_are_worth_nothing_outside_the_demo(browser: Browser) -> None:
    account = factories.make_account("administrator", email="admin@demo.example")
    form = browser.get("/sign-in").form("Sign in").fill(email=account.email, password=PASSWORD)
    form = form.submit("Sign in").form("Sign in").fill(code="123456")
    assert "not right" in form.submit(status=422).refusal()
    assert browser.sign_in(account).get("/").h1 == "Sign in"


def test_demo_sign_ins_enter_by_one_click_in_the_demo(settings: Settings, browser: Browser) -> None:
    password_hash = passwords.hash_password(DEMO_PASSWORD)
    factories.make_account("administrator", email="admin@demo.example", name="Demo", password_hash=password_hash)
    db.session.commit()
    demo = applications.make(applications.changed(settings, is_demo=True))
    with demo.app_context():
        page = Browser(demo).get("/sign-in?next=/trainings")
        shown = page.row("Administrator")["E-mail address and password"]
        assert ("admin@demo.example" in shown, DEMO_PASSWORD in shown) == (True, True)
        assert page.form("Sign in as Demo").submit("Sign in as Demo").url == "/trainings"
        db.session.remove()
        db.engine.dispose()

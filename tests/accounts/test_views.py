"""Signing in and out: one cookie with a random reference, checked on the server each time, and no hint to strangers."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.accounts.models import Account, AccountSession
from portal.accounts.queries import ABSOLUTE, IDLE
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform import clock, tokens
from portal.platform.db import db
from tests import applications, factories
from tests.browser import Answer, Browser
from tests.factories import PASSWORD

RANDOM = re.compile(r"[\w-]{20,}(\.[\w-]+)*")  # Tokens, keys and what is signed: they differ from page to page.


@pytest.fixture
def aida(app: Flask) -> Account:
    """Return Aida as a donor: her role needs no second factor."""
    return factories.make_account("donor", name="Аида", projects=[factories.get_project()])


@pytest.fixture
def coordinator(app: Flask) -> Account:
    """Return a coordinator of the south."""
    return factories.make_coordinator("Айгүл", side="south")


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **fields: str) -> Answer:
    """Send the form of the sign-in page and return the bare answer."""
    page = browser.get("/sign-in")
    form = page.form("Sign in").fill(email=email, password=password, **fields)
    return browser.send("POST", "/sign-in", data=form.fields)


def cookie(answer: Answer, name: str = "portal") -> str:
    """Return the line that sets a cookie."""
    lines = [line for line in answer.response.headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
    assert len(lines) == 1, answer.response.headers
    return lines[0]


def is_signed_in(browser: Browser) -> bool:
    answer = browser.send("GET", "/")
    assert answer.status in (200, 303)
    return answer.status == 200


def test_right_password_leads_to_what_waits(browser: Browser, aida: Account) -> None:
    page = browser.get("/sign-in").form("Sign in").fill(email=aida.email.upper(), password=PASSWORD).submit()
    assert page.url == "/"
    assert "Аида" in page.html
    events = db.session.scalars(select(AuditEntry.event)).all()
    assert events == ["accounts.signed_in"]


def test_page_that_was_asked_for_is_shown_after_the_sign_in(browser: Browser, aida: Account) -> None:
    page = browser.get("/account?q=Ош")
    assert page.h1 == "Sign in"
    page = page.form("Sign in").fill(email=aida.email, password=PASSWORD).submit()
    assert page.url.startswith("/account?q=")


@pytest.mark.parametrize("password", ["wrong", PASSWORD.upper(), PASSWORD + " "])
def test_wrong_password_is_refused(browser: Browser, aida: Account, password: str) -> None:
    page = browser.get("/sign-in").form("Sign in").fill(email=aida.email, password=password).submit()
    assert page.h1 == "Enter the code"
    assert password not in page.html
    page = page.form("Sign in").fill(code="123456").submit(status=422)
    assert "the password or the code is not right" in page.refusal()
    assert not is_signed_in(browser)


def test_wrong_password_is_refused_at_once_in_the_demo(settings: Settings, browser: Browser, aida: Account) -> None:
    email = aida.email
    db.session.commit()
    demo = applications.make(applications.changed(settings, is_demo=True))
    with demo.app_context():
        form = Browser(demo).get("/sign-in").form("Sign in").fill(email=email, password="wrong")
        page = form.submit(status=422)
        assert "not right" in page.refusal()
        assert page.form("Sign in").fields["email"] == [email]
        db.session.remove()
        db.engine.dispose()


def test_empty_form_names_both_fields(browser: Browser) -> None:
    page = browser.get("/sign-in").form("Sign in").submit(status=422)
    assert "Enter your e-mail address." in page.refusal()
    assert "Enter your password." in page.refusal()


def test_strangers_learn_nothing_about_accounts(browser: Browser, aida: Account, coordinator: Account) -> None:
    """With a wrong password, both steps look the same: without a second factor, with one, closed, and unknown."""
    closed = factories.make_account(closed_at=clock.now())
    firsts, seconds, cookies = set(), set(), set()
    for email in (aida.email, coordinator.email, closed.email, "nobody@test.example"):
        stranger = browser.as_stranger()
        first = sign_in(stranger, email, "wrong")
        firsts.add((first.status, first.headers["Location"], RANDOM.sub("…", first.text.replace(email, "EMAIL"))))
        cookies.add(len(cookie(first, "page").partition(";")[0]))
        page = stranger.get("/sign-in/code").form("Sign in").fill(code="123456").submit(status=422)
        seconds.add(RANDOM.sub("…", page.html))
    assert (len(firsts), len(seconds)) == (1, 1)
    assert max(cookies) - min(cookies) <= 8  # What is random in the cookie has no fixed length when compressed.


def test_closed_account_cannot_sign_in(browser: Browser) -> None:
    closed = factories.make_account(closed_at=clock.now())
    assert sign_in(browser, closed.email).headers["Location"] == "/sign-in/code"
    page = browser.get("/sign-in/code").form("Sign in").fill(code="123456").submit(status=422)
    assert "not right" in page.refusal()


def test_cookie_is_kept_from_scripts_and_other_sites(browser: Browser, aida: Account) -> None:
    line = cookie(sign_in(browser, aida.email))
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
    assert "Secure" not in line
    assert "Domain" not in line
    token = line.partition("=")[2].partition(";")[0]
    assert len(token) == 22
    assert token not in str(db.session.execute(select(AccountSession.__table__)).all())


def test_cookie_on_https_belongs_to_this_host_only(settings: Settings) -> None:
    secure = applications.make(applications.changed(settings, base_url="https://okuu.example"))
    with secure.app_context():
        email = factories.make_account("donor").email
        db.session.commit()
    client, base = (
        secure.test_client(),
        {"base_url": "https://okuu.example", "headers": {"Referer": "https://okuu.example/"}},
    )
    page = client.get("/sign-in", **base).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    answer = client.post("/sign-in", data={"csrf_token": token[1], "email": email, "password": PASSWORD}, **base)
    assert answer.status_code == 303
    lines = answer.headers.getlist("Set-Cookie")
    assert {line.partition("=")[0] for line in lines} == {"__Host-portal", "__Host-page", "__Host-known"}
    for line in lines:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; ")), line
        assert "Domain" not in line


def test_planted_reference_is_worth_nothing(browser: Browser, aida: Account) -> None:
    planted = tokens.random_token()
    browser._set_cookie("portal", planted)
    assert planted not in cookie(sign_in(browser, aida.email))
    thief = browser.as_stranger()
    thief._set_cookie("portal", planted)
    assert not is_signed_in(thief)


def test_copied_cookie_is_worth_nothing_after_signing_out(browser: Browser, aida: Account) -> None:
    browser.sign_in(aida)
    thief = browser.again()
    assert is_signed_in(thief)
    answer = browser.send("POST", "/sign-out", data={"csrf_token": browser.csrf_token()})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Max-Age=0" in cookie(answer)
    assert not is_signed_in(browser)
    assert not is_signed_in(thief)


def test_signing_out_ends_this_sign_in_only(browser: Browser, aida: Account) -> None:
    other = browser.as_stranger().sign_in(aida)
    browser.sign_in(aida).post("/sign-out")
    assert is_signed_in(other)


def age(**moments: timedelta) -> None:
    """Move the moments of the sign-in into the past."""
    now = clock.now()
    db.session.execute(update(AccountSession).values({name: now - ago for name, ago in moments.items()}))
    db.session.commit()


@pytest.mark.parametrize(
    ("moments", "still"),
    [
        ({"seen_at": IDLE - timedelta(minutes=1)}, True),
        ({"seen_at": IDLE + timedelta(minutes=1)}, False),
        ({"created_at": ABSOLUTE - timedelta(minutes=1)}, True),
        ({"created_at": ABSOLUTE + timedelta(minutes=1)}, False),
    ],
    ids=["idle", "idle for too long", "old", "too old"],
)
def test_sign_in_ends_by_itself(browser: Browser, aida: Account, moments: dict[str, timedelta], still: bool) -> None:
    browser.sign_in(aida)
    age(**moments)
    assert is_signed_in(browser) is still


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_work_of_any_kind_keeps_the_sign_in(browser: Browser, coordinator: Account, method: str) -> None:
    training = factories.make_registration(state="confirmed").training
    address = f"/trainings/{training.code}/attendance/{training.sessions[0].reference}"
    browser.sign_in(coordinator)
    form = browser.get(address).form(f"{address}/all-present")
    age(seen_at=IDLE - timedelta(minutes=1))
    answer = browser.send(*(("GET", address) if method == "GET" else ("POST", form.action)), data=form.fields)
    assert answer.status in (200, 303)
    seen = db.session.scalars(select(AccountSession.seen_at)).one()
    assert clock.now() - seen < timedelta(minutes=1)


def test_rights_are_read_anew_each_time(browser: Browser, coordinator: Account, app: Flask) -> None:
    training = factories.make_training()
    browser.sign_in(coordinator)
    assert browser.get(f"/trainings/{training.code}").status == 200
    coordinator.regions = [factories.get_region("KG-Y")]
    assert browser.send("GET", f"/trainings/{training.code}").status == 404
    coordinator.role_name = "donor"
    assert browser.send("GET", f"/trainings/{training.code}").status == 403
    coordinator.closed_at = clock.now()
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "HTTPS://evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "/%0d%0aLocation:%20https://evil.example\r\nX: y",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/ /evil.example\\",
        "http://localhost@evil.example",
        "?next=//evil.example",
        "",
    ],
)
def test_sign_in_leads_nowhere_else(browser: Browser, aida: Account, address: str) -> None:
    token = browser.csrf_token()
    form = {"csrf_token": token, "email": aida.email, "password": PASSWORD, "next": address}
    answer = browser.send("POST", "/sign-in", data=form)
    assert answer.status == 303
    assert answer.headers["Location"] == "/"
    browser.get("/")
    choice = {"csrf_token": browser.csrf_token(), "locale": "ru", "next": address}
    assert browser.send("POST", "/language", data=choice).headers["Location"] == "/"


@pytest.mark.parametrize("locale", ["ky", "ru", "en"])
def test_language_is_chosen_on_the_page_and_stays(browser: Browser, locale: str) -> None:
    names = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
    page = browser.get("/verify").form("/language").submit(names[locale])
    assert page.url == "/verify"
    assert page.root.get("lang") == locale
    assert browser.get("/sign-in").root.get("lang") == locale


def test_unknown_language_is_refused(browser: Browser) -> None:
    answer = browser.send("POST", "/language", data={"csrf_token": browser.csrf_token(), "locale": "de"})
    assert answer.status == 400


@pytest.mark.parametrize(
    ("wanted", "spoken"), [("ky", "ky"), ("kk, ru;q=0.8", "ru"), ("en-GB,en;q=0.9", "en"), ("de", "en"), ("", "en")]
)
def test_first_visit_speaks_what_the_browser_wants(app: Flask, wanted: str, spoken: str) -> None:
    html = Browser(app, wanted).send("GET", "/verify").text
    assert f'<html lang="{spoken}">' in html


def test_demo_accounts_are_shown_in_the_demo_only(settings: Settings, browser: Browser) -> None:
    factories.make_account(email="aida@demo.example")
    assert "demo.example" not in browser.get("/sign-in").html
    demo = applications.make(applications.changed(settings, is_demo=True))
    with demo.app_context():
        assert "aida@demo.example" in Browser(demo).get("/sign-in").html
        db.session.remove()
        db.engine.dispose()

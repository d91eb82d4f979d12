"""What went wrong, or opened, at the doors is counted by hour, names nobody who is not known, and fills no disk."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from portal.accounts.models import Account
from portal.platform import clock, security_events
from portal.platform.db import db
from portal.platform.security_events import Kind, SecurityEvent
from portal.registration.models import Registration
from tests import factories
from tests.browser import Browser
from tests.factories import PASSWORD

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def events() -> dict[str, tuple[str, int]]:
    """Return who and how often, by kind."""
    db.session.rollback()
    found = {one.kind: (one.actor, one.times) for one in db.session.scalars(select(SecurityEvent))}
    db.session.rollback()
    return found


def fail_to_sign_in(browser: Browser, aida: Account, _registration: Registration) -> str:
    browser.get("/sign-in").form("/sign-in").fill(email=aida.email, password="nothing like it").submit()
    return aida.label


def fail_as_nobody(browser: Browser, _aida: Account, _registration: Registration) -> str:
    browser.get("/sign-in").form("/sign-in").fill(email="nobody@example.org", password=PASSWORD).submit()
    return ""


def fail_the_code(browser: Browser, aida: Account, _registration: Registration) -> str:
    factories.make_second_factor(aida)
    page = browser.get("/sign-in").form("/sign-in").fill(email=aida.email, password=PASSWORD).submit()
    page.form("/sign-in/code").fill(code="000000").submit(status=422)
    return aida.label


def fail_the_pin(browser: Browser, _aida: Account, registration: Registration) -> str:
    browser.get("/my").form("/my/slip").fill(reference=registration.reference, pin="000000").submit(status=422)
    return ""  # It has no PIN: nobody is told whether there is such a slip, so neither is the log.


def bring_a_wrong_link(browser: Browser, _aida: Account, _registration: Registration) -> str:
    browser.post("/my/open", {"token": "wrong"}, status=422)
    return ""


def bring_a_wrong_helpers_link(browser: Browser, _aida: Account, _registration: Registration) -> str:
    browser.post("/helper/open", {"token": "wrong"}, status=422)
    return ""


def open_ones_page(browser: Browser, _aida: Account, registration: Registration) -> str:
    browser.post("/my/open", {"token": factories.make_participant_link(registration)})
    return f"participant {registration.reference}"


def ask_for_a_password(browser: Browser, aida: Account, _registration: Registration) -> str:
    browser.get("/forgotten-password").form("/forgotten-password").fill(email=aida.email).submit()
    return ""


def ask_for_what_the_role_lacks(browser: Browser, aida: Account, _registration: Registration) -> str:
    browser.sign_in(aida).get("/audit", status=403)
    return aida.label


def ask_for_another_region(browser: Browser, aida: Account, _registration: Registration) -> str:
    code = factories.make_training(region="KG-Y").code
    browser.sign_in(aida).get(f"/trainings/{code}", status=404)
    return aida.label


def send_a_form_without_its_token(browser: Browser, _aida: Account, _registration: Registration) -> str:
    browser.send("POST", "/sign-in", data={"email": "x@example.org"})
    return ""


DOORS: dict[Kind, list[Callable[[Browser, Account, Registration], str]]] = {
    Kind.SIGN_IN_FAILED: [fail_to_sign_in, fail_as_nobody],
    Kind.CODE_FAILED: [fail_the_code],
    Kind.PIN_FAILED: [fail_the_pin],
    Kind.LINK_REFUSED: [bring_a_wrong_link, bring_a_wrong_helpers_link],
    Kind.PAGE_OPENED: [open_ones_page],
    Kind.PASSWORD_ASKED: [ask_for_a_password],
    Kind.ACT_REFUSED: [ask_for_what_the_role_lacks],
    Kind.OBJECT_REFUSED: [ask_for_another_region],
    Kind.FORGED: [send_a_form_without_its_token],
}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("kind", "act"),
    [(kind, act) for kind, acts in DOORS.items() for act in acts],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_event_is_kept_with_who_and_whence(
    browser: Browser,
    aida: Account,
    cholpon: Registration,
    kind: Kind,
    act: Callable[[Browser, Account, Registration], str],
) -> None:
    actor = act(browser, aida, cholpon)
    db.session.rollback()
    found = db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == kind.value)).one()
    assert (found.actor, found.origin, found.times) == (actor, "127.0.0.0/24", 1)
    assert found.place
    typed = [str(value) for row in db.session.execute(select(SecurityEvent.__table__)) for value in row]
    assert not [value for value in typed if "@" in value or "wrong" in value]


@pytest.mark.databases("sqlite")
def test_helper_who_opens_the_page_is_kept(browser: Browser) -> None:
    helper = factories.make_venue_helper(factories.make_training(), secret="the-secret-of-a-link-22")
    browser.post("/helper/open", {"token": "the-secret-of-a-link-22"})
    assert events() == {"helper_opened": (helper.label, 1)}


@pytest.mark.databases("sqlite")
def test_too_many_tries_are_kept(browser: Browser, aida: Account) -> None:
    for _try in range(7):
        data = {"email": aida.email, "password": "x", "csrf_token": browser.csrf_token()}
        answer = browser.send("POST", "/sign-in", data=data)
    assert answer.status == 429
    assert events() == {"sign_in_failed": (aida.label, 5), "throttled": ("", 2)}


@pytest.mark.databases("sqlite")
def test_right_sign_in_and_pages_that_are_there_leave_nothing(browser: Browser, aida: Account) -> None:
    browser.sign_in(aida).get("/trainings")
    browser.get("/nothing-here", status=404)  # An address that was never one says nothing of anybody.
    assert events() == {}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_address_is_kept_as_its_network(address: str, network: str) -> None:
    assert security_events.network_of(address) == network


def keep(app: Flask, number: int = 1, **who: str) -> None:
    """Let a request note an event so many times, as one from some network would."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    key = security_events.Key(
        hour, "sign_in_failed", who.get("actor", ""), who.get("origin", ""), "accounts.open_session"
    )
    for _turn in range(number):
        security_events._count(key, clock.now())


def test_flood_of_equal_events_is_one_row_that_is_seldom_written(app: Flask) -> None:
    written: list[str] = []

    def watch(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        written.extend([statement] if statement.startswith(("UPDATE", "INSERT")) else [])

    event.listen(db.engine, "before_cursor_execute", watch)
    try:
        keep(app, 2000)
    finally:
        event.remove(db.engine, "before_cursor_execute", watch)
    assert events() == {"sign_in_failed": ("", 1024)}  # Exact up to 16, then at each doubling.
    assert len(written) < 40


def test_flood_from_everywhere_has_so_many_rows_and_one_for_all_others(app: Flask, monkeypatch) -> None:
    monkeypatch.setattr(security_events, "MOST_AN_HOUR", 20)
    for number in range(60):
        keep(app, origin=f"10.0.{number}.0/24")
    app.extensions["security_event_counts"].clear()  # Another process.
    for number in range(60):
        keep(app, origin=f"10.1.{number}.0/24")
    db.session.rollback()
    rows = db.session.scalar(select(func.count()).select_from(SecurityEvent))
    total = db.session.scalar(select(func.sum(SecurityEvent.times)))
    assert rows == 21
    assert "others" in events()
    assert total is not None and 20 < total <= 120


def test_old_events_are_forgotten(app: Flask) -> None:
    keep(app)
    security_events.sweep(clock.now() + timedelta(days=89))
    assert events()
    security_events.sweep(clock.now() + timedelta(days=91))
    assert not events()


@pytest.mark.databases("sqlite")
def test_request_is_answered_where_its_event_cannot_be_kept(browser: Browser, aida: Account) -> None:
    db.session.execute(text("ALTER TABLE security_event RENAME TO elsewhere"))
    db.session.commit()
    browser.sign_in(aida).get("/audit", status=403)


@pytest.mark.databases("sqlite")
def test_what_could_not_be_written_is_added_next_time(browser: Browser, aida: Account) -> None:
    browser.sign_in(aida)
    db.session.commit()
    with sqlite3.connect(str(db.engine.url.database), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert browser.send("GET", "/audit").status == 403
        other.execute("ROLLBACK")
    assert events() == {}
    assert browser.send("GET", "/audit").status == 403
    assert events() == {"act_refused": (aida.label, 2)}


@pytest.mark.databases("sqlite")
def test_auditor_reads_the_events(browser: Browser, aida: Account) -> None:
    fail_to_sign_in(browser, aida, factories.make_registration())
    page = (
        browser.as_stranger()
        .sign_in(factories.make_account("auditor"))
        .get("/audit")
        .follow("Failed sign-ins and other events at the doors")
    )
    assert page.h1 == "Events at the doors"
    row = page.row("Wrong password")
    assert (row["Who"], row["From where"], row["Times"]) == (aida.name, "127.0.0.0/24", "1")
    filtered = page.browser.get("/audit/security?kind=forged")
    assert "Nothing has happened" not in filtered.text, "Others are hidden by the filter."
    assert filtered.links["Show all"] == "/audit/security"

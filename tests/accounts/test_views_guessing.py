"""Guessing at the sign-in: slow from everywhere, told to the owner, and no way to lock anybody out."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import make_url, select

from portal.accounts import sign_in_views
from portal.accounts.models import Account
from portal.accounts.rules import account_key
from portal.audit.models import AuditEntry
from portal.platform import clock
from portal.platform import passwords as platform_passwords
from portal.platform.db import db
from portal.platform.limits import Limit, LimitCounter
from portal.platform.mail import OutboxMail
from tests import factories
from tests.browser import Browser
from tests.factories import PASSWORD
from tests.spent import spend


@pytest.fixture
def aida(app: Flask) -> Account:
    """Return Aida as a focal point: her role needs no second factor."""
    return factories.make_account("focal_point", name="Аида", institution=factories.get_institution("GPO"))


@pytest.fixture
def coordinator(app: Flask) -> Account:
    """Return a coordinator of the south."""
    return factories.make_coordinator("Айгүл", side="south")


def attempts(browser: Browser, email: str, passwords: list[str], **options: Any) -> list[int]:
    """Send these passwords from one address and return the statuses of the answers."""
    token = browser.csrf_token()
    forms = [{"csrf_token": token, "email": email, "password": password} for password in passwords]
    return [browser.send("POST", "/sign-in", data=form, **options).status for form in forms]


def elsewhere(number: int) -> dict[str, Any]:
    return {"environ_base": {"REMOTE_ADDR": f"198.51.{number // 250}.{number % 250 + 1}"}}


def test_sixth_failure_in_a_minute_is_refused(browser: Browser, aida: Account) -> None:
    assert attempts(browser, aida.email, ["wrong"] * 5) == [303] * 5
    assert attempts(browser, aida.email.upper(), [PASSWORD]) == [429]


def test_only_failures_count(browser: Browser, aida: Account, coordinator: Account) -> None:
    """A ministry of a hundred people signs in from one address; who fails in between is not helped by the others."""
    for _turn in range(7):
        assert attempts(browser.as_stranger(), aida.email, [PASSWORD]) == [303]
    db.session.rollback()
    assert set(db.session.scalars(select(LimitCounter.uses))) == {0}
    app = factories.make_second_factor(coordinator)
    for second in (-30, 0, 30):  # Two steps make one sign-in; each code is good once.
        page = browser.as_stranger().get("/sign-in").form("Sign in").fill(email=coordinator.email, password=PASSWORD)
        page.submit().form("Sign in").fill(code=app.at(clock.now() + timedelta(seconds=second))).submit()
    db.session.rollback()
    assert set(db.session.scalars(select(LimitCounter.uses))) == {0}


def test_owner_elsewhere_is_not_locked_out(browser: Browser, aida: Account) -> None:
    assert attempts(browser, aida.email, ["wrong"] * 8) == [303] * 5 + [429] * 3
    assert attempts(browser.as_stranger(), aida.email, [PASSWORD], **elsewhere(1)) == [303]


def test_owner_in_a_known_browser_is_not_kept_waiting(browser: Browser, aida: Account) -> None:
    """Neither by tries from the same network, nor by those from all the world; elsewhere one waits."""
    assert attempts(browser, aida.email, [PASSWORD]) == [303]
    for limit, value in (
        (sign_in_views._BY_ADDRESS, "127.0.0.1"),
        (sign_in_views._BY_ORIGIN, f"{account_key(aida.email)} 127.0.0.1"),
        (sign_in_views._EVERYWHERE, account_key(aida.email)),
        (Limit("sign-in everywhere beyond", 1, timedelta(minutes=1), lambda: ""), account_key(aida.email)),
    ):
        spend(limit, value)
    stranger = browser.as_stranger()
    assert attempts(stranger, aida.email, [PASSWORD], **elsewhere(1)) == [429]
    assert attempts(stranger, "nobody@test.example", [PASSWORD]) == [429]
    browser.get("/").form("Sign out").submit()
    assert attempts(browser, "nobody@test.example", [PASSWORD]) == [429]  # It is known to this account alone.
    assert attempts(browser, aida.email, [PASSWORD]) == [303]


def test_guesses_from_everywhere_are_told_to_the_owner_and_slowed(
    browser: Browser, aida: Account, run_jobs: Callable[[], int]
) -> None:
    """And whoever guesses sees the same whether there is an account or not."""
    ceiling, answers = sign_in_views._EVERYWHERE, []
    for email in (aida.email, "nobody@test.example"):
        key = account_key(email)
        spend(replace(ceiling, uses=sign_in_views._WARNED_AT - 2), key)
        statuses = [attempts(browser.as_stranger(), email, ["wrong"], **elsewhere(number)) for number in range(4)]
        spend(ceiling, key)
        statuses += [attempts(browser.as_stranger(), email, ["wrong"], **elsewhere(number)) for number in range(3)]
        answers.append([one for [one] in statuses])
    assert answers == [[303] * 4 + [303] + [429] * 2] * 2
    run_jobs()
    mails = db.session.scalars(select(OutboxMail)).all()
    assert [(mail.recipient, "около двадцати" in mail.text) for mail in mails] == [(aida.email, True)]
    assert db.session.scalars(select(AuditEntry.event)).all().count("accounts.guesses_told") == 1


class Watched(PasswordHasher):
    """The real hasher, with a look at each verification while it works."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__(time_cost=1, memory_cost=46 * 1024, parallelism=1)
        self.look = look
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.look()
        self.verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
        return super().verify(hash, password)


def test_same_work_is_done_for_whom_there_is_no_account(
    browser: Browser, aida: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One hash with the same costs, whoever is asked for: only so does time tell nothing."""
    closed = factories.make_account(closed_at=clock.now())
    invited = factories.make_account(password_hash="")
    hasher = Watched(lambda: None)
    monkeypatch.setattr(platform_passwords, "_hasher", hasher)
    for email in (aida.email, closed.email, invited.email, "nobody@test.example", "aida@demo.example"):
        hasher.verified.clear()
        attempts(browser.as_stranger(), email, ["wrong"])
        assert hasher.verified == ["$argon2id$v=19$m=47104,t=1,p=1"], email


def test_password_is_checked_without_the_write_lock(
    browser: Browser, aida: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hash takes 50 ms, in which nobody else could write: while it is made, another one writes."""
    database = make_url(browser.app.config["SQLALCHEMY_DATABASE_URI"]).database
    written: list[str] = []

    def write() -> None:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # Fails at once where somebody holds the lock.
            other.execute("ROLLBACK")
        written.append("")

    monkeypatch.setattr(platform_passwords, "_hasher", Watched(write))
    for password in ("wrong", PASSWORD):
        page = browser.as_stranger().get("/sign-in").form("Sign in").fill(email=aida.email, password=password)
        page.submit()  # With the key that makes a form harmless when it comes twice: its row would take the lock.
    assert len(written) == 2


def test_control_a_form_that_keeps_its_key_would_hold_the_lock(
    browser: Browser, aida: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(browser.app.view_functions["accounts.open_session"], "is_repeatable")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        test_password_is_checked_without_the_write_lock(browser, aida, monkeypatch)

"""Inviting, joining, a forgotten password, one's own account, as pages."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from portal.accounts.link_views import _ASKED_BY_ADDRESS
from portal.accounts.models import Account, AccountLink
from portal.platform import clock
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.platform.mail import OutboxMail
from tests import factories
from tests.accounts import mailed
from tests.accounts.test_views import RANDOM, sign_in
from tests.browser import Browser
from tests.factories import PASSWORD
from tests.spent import spend

EMAIL = "new@test.example"
FRESH = "корова на льду пасётся"


def invite(browser: Browser, admin: Account, **values: str) -> str:
    """Invite somebody by the form and return the secret of the mailed link."""
    project = str(factories.get_project().id)
    form = browser.sign_in(admin).get("/accounts").follow("Invite somebody").form("/accounts")
    given = {"email": EMAIL, "name": "Новая", "role": "donor", "project_ids": project, "locale": "ru", **values}
    assert "is on its way" in form.fill(given).submit().text
    return mailed.secret(given["email"])


def bring(browser: Browser, address: str, secret: str, status: int = 200):
    """Bring a link as the script does, and return the page that answers."""
    form = browser.get(address).form(f"{address}/open")
    return form.fill(token=f"http://localhost{address}#{secret}").submit(status=status)


def test_invited_sets_a_password_and_is_in(browser: Browser, admin: Account) -> None:
    secret = invite(browser, admin)
    guest = browser.as_stranger()
    page = bring(guest, "/invitation", secret)
    assert EMAIL in page.text
    page = page.form("/invitation").fill(new_password=FRESH, again=FRESH, locale="ky").submit()
    assert (page.url, "Новая" in page.html, page.root.get("lang")) == ("/", True, "ky")
    account = db.session.scalars(select(Account).where(Account.email == EMAIL)).one()
    assert (account.role.value, account.locale) == ("donor", "ky")
    assert "used already" in bring(browser.as_stranger(), "/invitation", secret, 422).refusal()


def test_looking_at_a_link_does_not_use_it_up(browser: Browser, admin: Account) -> None:
    """A mail scanner that runs scripts opens the page; it types no password."""
    secret = invite(browser, admin)
    for _turn in range(3):
        assert bring(browser.as_stranger(), "/invitation", secret).h1 == "Welcome"


@pytest.mark.parametrize(
    ("typed", "again", "words"),
    [
        ("short", "short", "at least 12 characters"),
        ("password123456", "password123456", "anybody would try"),
        (FRESH, FRESH + "x", "differ"),
        ("", "", "Enter a new password"),
    ],
)
def test_bad_password_keeps_the_link(browser: Browser, admin: Account, typed: str, again: str, words: str) -> None:
    secret = invite(browser, admin)
    guest = browser.as_stranger()
    page = bring(guest, "/invitation", secret).form("/invitation").fill(new_password=typed, again=again)
    page = page.submit(status=422)
    assert words in page.refusal()
    assert page.form("/invitation").fill(new_password=FRESH, again=FRESH).submit().url == "/"


def test_address_that_exists_leads_to_its_account(browser: Browser, admin: Account, aida: Account) -> None:
    form = browser.sign_in(admin).get("/accounts/new").form("/accounts")
    page = form.fill(email=aida.email.upper(), name="Again", role="auditor").submit(status=409)
    assert "There is an account for" in page.refusal()
    assert page.links["Аида"] == f"/accounts/{aida.reference}"
    assert page.form("/accounts").fields["name"] == ["Again"]


@pytest.mark.parametrize("email", ["", "no address", "two@test.example,other@test.example", "a@b", "ы@test.example"])
def test_bad_address_is_refused(browser: Browser, admin: Account, email: str) -> None:
    form = browser.sign_in(admin).get("/accounts/new").form("/accounts")
    page = form.fill(email=email, name="X", role="auditor").submit(status=422)
    assert "e-mail address" in page.refusal()


def test_invitation_is_sent_again_and_taken_back(browser: Browser, admin: Account) -> None:
    first = invite(browser, admin)
    page = browser.get("/accounts?state=invited").follow("Новая").form("Send a new link").submit()
    assert "A new invitation" in page.text
    second = mailed.secret(EMAIL)
    assert "newer mail" in bring(browser.as_stranger(), "/invitation", first, 422).refusal()
    assert bring(browser.as_stranger(), "/invitation", second).h1 == "Welcome"
    assert page.form("Take the invitation back").submit().tags() == ["Account closed"]
    assert "not valid any more" in bring(browser.as_stranger(), "/invitation", second, 422).refusal()


def forget(browser: Browser, email: str) -> str:
    """Ask for a new password, and return the bare page that answers."""
    form = browser.get("/sign-in").follow("Forgotten password?").form("/forgotten-password").fill(email=email)
    page = form.submit()
    assert page.url == "/sign-in"
    return RANDOM.sub("…", page.html)


def test_forgotten_password_is_replaced(browser: Browser, aida: Account, run_jobs: Callable[[], int]) -> None:
    theirs = browser.as_stranger().sign_in(aida)
    forget(browser, aida.email)
    run_jobs()
    secret = mailed.secret(aida.email)
    page = bring(browser, "/new-password", secret)
    assert (
        "at least 15" in page.form("/new-password").fill(new_password=FRESH[:14], again="").submit(status=422).refusal()
    )
    page = page.form("/new-password").fill(new_password=FRESH, again=FRESH).submit()
    assert (page.url, "Your new password is set" in page.text) == ("/sign-in", True)
    assert theirs.send("GET", "/").status == 303
    assert sign_in(browser, aida.email).headers["Location"] == "/sign-in/code"
    assert "not right" in browser.get("/sign-in/code").form("Sign in").fill(code="1").submit(status=422).refusal()
    assert "used already" in bring(browser, "/new-password", secret, 422).refusal()


def test_late_link_says_so(browser: Browser, aida: Account, run_jobs: Callable[[], int]) -> None:
    forget(browser, aida.email)
    run_jobs()
    db.session.execute(update(AccountLink).values(expires_at=clock.now()))
    page = bring(browser, "/new-password", mailed.secret(aida.email), 422)
    assert "has come to its end" in page.refusal()
    assert page.links["Ask for a new one"] == "/forgotten-password"


def test_nobody_learns_whether_an_address_has_an_account(
    browser: Browser, aida: Account, run_jobs: Callable[[], int]
) -> None:
    addresses = (aida.email, "nobody@test.example")
    answers = {forget(browser.as_stranger(), address) for address in addresses}
    assert len(answers) == 1
    jobs = db.session.scalars(select(Job)).all()
    assert len(jobs) == 2
    assert not any(address in str(vars(job)) for job in jobs for address in addresses)
    run_jobs()
    assert [mail.recipient for mail in db.session.scalars(select(OutboxMail))] == [aida.email]


def test_nobody_is_kept_from_a_new_password_by_whoever_asks_for_it(
    browser: Browser, aida: Account, run_jobs: Callable[[], int]
) -> None:
    """A stranger asks ten times: always the same answer, one mail, and the link in it stays good."""
    answers = set()
    for _turn in range(10):
        answers.add(forget(browser.as_stranger(), aida.email))
        run_jobs()
    assert len(answers) == 1
    assert len(db.session.scalars(select(OutboxMail)).all()) == 1
    assert bring(browser, "/new-password", mailed.secret(aida.email)).h1 == "A new password"
    db.session.execute(update(AccountLink).values(expires_at=clock.now()))
    assert forget(browser.as_stranger(), aida.email) in answers
    run_jobs()
    assert len(db.session.scalars(select(OutboxMail)).all()) == 2


def test_asking_is_limited_by_who_asks(browser: Browser, aida: Account) -> None:
    spend(_ASKED_BY_ADDRESS, "127.0.0.1")
    data = {"csrf_token": browser.csrf_token(), "email": aida.email}
    assert browser.send("POST", "/forgotten-password", data=data).status == 429
    elsewhere = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    assert browser.send("POST", "/forgotten-password", data=data, **elsewhere).status == 303


def test_no_address_carries_a_secret(browser: Browser, admin: Account) -> None:
    secret = invite(browser, admin)
    guest = browser.as_stranger()
    with capture_logs() as lines:
        page = bring(guest, "/invitation", secret)
        page.form("/invitation").fill(new_password=FRESH, again=FRESH).submit()
    assert "account_links.open_invitation" in str(lines)  # The log is read: it would show the secret.
    assert secret not in str(lines)
    assert page.headers["Cache-Control"] == "no-store"


def test_own_account_is_kept_in_order(browser: Browser, aida: Account) -> None:
    other = browser.as_stranger().sign_in(aida)
    page = browser.sign_in(aida).get("/").follow("My account")
    assert len(page.rows()) == 2
    page = page.form("/account/end-other-sign-ins").submit()
    assert len(page.rows()) == 1
    assert other.send("GET", "/").status == 303
    page = browser.post("/account", {"name": "Аида Новая", "locale": "ky", "role": "administrator"})
    db.session.refresh(aida)
    assert (aida.name, aida.locale, aida.role.value) == ("Аида Новая", "ky", "coordinator")
    assert page.root.get("lang") == "ky"


def test_own_password_is_changed(browser: Browser, aida: Account) -> None:
    other = browser.as_stranger().sign_in(aida)
    form = browser.sign_in(aida).get("/account").follow("Change the password").form("/account/password")
    page = form.fill(password="wrong", new_password=FRESH, again=FRESH).submit(status=422)
    assert "not your present password" in page.refusal()
    form = page.form("/account/password").fill(password=PASSWORD, new_password=FRESH, again=FRESH)
    assert form.submit().url == "/account"
    assert other.send("GET", "/").status == 303
    assert mailed.newest(aida.email).kind == "account note"

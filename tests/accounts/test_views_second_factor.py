"""Signing in by two steps, setting the second factor up, and the proof that the owner is still there."""

import re
from datetime import timedelta
from itertools import cycle, islice

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.access.permissions import GRANTS, Permission, Role
from portal.accounts import links, sign_in_views
from portal.accounts import rules as account_rules
from portal.accounts.models import Account, AccountSession, SecondFactor
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform import clock, passwords
from portal.platform.db import db
from portal.registration.models import Registration
from tests import applications, factories
from tests.accounts import mailed
from tests.accounts.test_views import is_signed_in
from tests.browser import Browser
from tests.contract import walk
from tests.factories import PASSWORD
from tests.pages import Page
from tests.world import make_world

LET_THROUGH = {
    "second_factor.show",
    "second_factor.begin",
    "second_factor.confirm",
    "second_step.again",
    "second_step.check_again",
}


def first_step(browser: Browser, account: Account, password: str = PASSWORD, address: str = "/sign-in") -> Page:
    """Bring address and password, and return the page that comes then."""
    form = browser.get(address).form("Sign in").fill(email=account.email, password=password)
    return form.submit()


def second(page: Page, code: str, status: int = 200) -> Page:
    return page.form("Sign in").fill(code=code).submit(status=status)


def test_password_and_code_lead_to_the_page_that_was_asked_for(browser: Browser, aida: Account) -> None:
    app = factories.make_second_factor(aida)
    page = first_step(browser, aida, address="/trainings?q=x")
    assert (page.h1, is_signed_in(browser)) == ("Enter the code", False)
    assert second(page, app.now()).url == "/trainings?q=x"


def test_code_is_not_taken_twice(browser: Browser, aida: Account) -> None:
    app = factories.make_second_factor(aida)
    code = app.at(clock.now() + timedelta(seconds=30))
    assert second(first_step(browser, aida), code).url == "/"
    page = second(first_step(browser.as_stranger(), aida), code, 422)
    assert "was used already" in page.refusal()


def test_wrong_code_may_be_mended_and_tries_are_counted(browser: Browser, aida: Account) -> None:
    app = factories.make_second_factor(aida)
    page = first_step(browser, aida)
    page = second(page, "000000" if app.now() != "000000" else "000001", 422)
    assert second(page, app.now()).url == "/"
    guesser = browser.as_stranger()
    first_step(guesser, aida)
    answers = []
    for number in range(sign_in_views.TRIES.uses * 2 + 1):
        data = {"csrf_token": guesser.csrf_token(), "code": f"{number:06d}"}
        answers.append(guesser.send("POST", "/sign-in/code", data=data).status)
    assert answers[-1] == 429


def test_who_lacks_the_password_does_not_use_up_the_tries_of_the_owner(browser: Browser, aida: Account) -> None:
    app = factories.make_second_factor(aida)
    guesser = browser.as_stranger()
    first_step(guesser, aida, "wrong")
    for _turn in range(sign_in_views.TRIES.uses * 2):
        guesser.send("POST", "/sign-in/code", data={"csrf_token": guesser.csrf_token(), "code": "1"})
    assert second(first_step(browser, aida), app.now()).url == "/"


def test_right_code_with_a_wrong_password_is_refused(browser: Browser, aida: Account) -> None:
    app = factories.make_second_factor(aida)
    assert "not right" in second(first_step(browser, aida, "wrong"), app.now(), 422).refusal()
    assert second(first_step(browser.as_stranger(), aida), app.now()).url == "/"  # And the code is not used up.


def test_recovery_code_opens_once(browser: Browser, aida: Account) -> None:
    aida.second_factor_at = None
    codes = enrol(browser, aida)
    stranger = browser.as_stranger()
    assert second(first_step(stranger, aida), codes[0]).url == "/"
    assert "not right" in second(first_step(browser.as_stranger(), aida), codes[0], 422).refusal()


def test_second_step_without_the_first_leads_back(browser: Browser, aida: Account) -> None:
    assert browser.get("/sign-in/code").h1 == "Sign in"
    page = browser.post("/sign-in/code", {"code": "123456"})
    assert (page.h1, "took too long" in page.text) == ("Sign in", True)


def test_second_step_that_comes_late_or_after_a_new_password_is_refused(
    browser: Browser, aida: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = factories.make_second_factor(aida)
    page = first_step(browser, aida)
    aida.password_hash = passwords.hash_password("another password of hers")
    assert "not right" in second(page, app.now(), 422).refusal()
    monkeypatch.setattr(account_rules, "TICKET_LIFE", timedelta(seconds=-1))
    assert browser.get("/sign-in/code").h1 == "Sign in"


def test_ticket_that_was_changed_is_worth_nothing(browser: Browser, aida: Account) -> None:
    factories.make_second_factor(aida)
    first_step(browser, aida)
    with browser.client.session_transaction() as page:
        kept = page[sign_in_views._TICKET]
        page[sign_in_views._TICKET] = ("A" if kept[0] != "A" else "B") + kept[1:]
    assert browser.get("/sign-in/code").h1 == "Sign in"


def enrol(browser: Browser, account: Account) -> list[str]:
    """Set a second factor up by the pages, and return the recovery codes that are shown."""
    page = browser.sign_in(account).get("/account/second-factor").form("Set up the second factor").submit()
    secret = re.search(r"Secret: ((?:[A-Z2-7]{4} ?)+)", page.text)
    assert secret, page.text
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    page = page.form("Confirm the code").fill(code=app.at(clock.now() - timedelta(seconds=30))).submit()
    assert page.h1 == "Recovery codes"
    return re.findall(r"\b[0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4}\b", page.text)


def test_role_that_needs_a_second_factor_is_led_to_it(browser: Browser, aida: Account) -> None:
    aida.second_factor_at = None
    page = first_step(browser, aida, address="/trainings")
    assert (page.url, "Your role needs a second factor" in page.text) == ("/account/second-factor", True)
    assert browser.get("/trainings").url == "/account/second-factor"
    codes = enrol(browser, aida)
    assert len(codes) == 10
    assert browser.get("/trainings").h1 == "Trainings"
    assert not any(code in browser.get("/account/second-factor").text for code in codes)


def test_nothing_else_is_open_without_it(app: Flask, pytestconfig: pytest.Config) -> None:
    """Every route that asks for a permission leads to the second factor; only setting it up is let through.

    Everybody tries every route under --slow; otherwise they take turns.
    """
    world = make_world(1)
    browsers = {}
    for role in ("coordinator here", "administrator", "auditor", "vetting officer"):
        account = db.session.get_one(Account, world.account_ids[role])
        account.second_factor_at = None
        browsers[role] = Browser(app).sign_in(account)
    open_routes, led = set(), 0
    turns = cycle(browsers.values())
    for method, rule in walk.routes(app):
        permission = app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
        if permission is None or permission in GRANTS[Role.PARTICIPANT]:
            continue
        for browser in islice(turns, len(browsers) if pytestconfig.getoption("--slow") else 1):
            answer = walk.ask(browser, method, world.address(rule))
            if answer.headers.get("HX-Redirect") == "/account/second-factor":
                led += 1
            else:
                open_routes.add(rule.endpoint)
    assert led > 100
    assert open_routes == LET_THROUGH
    assert {app.view_functions[endpoint].access for endpoint in LET_THROUGH} == {  # type: ignore[attr-defined]
        Permission.SET_UP_SECOND_FACTOR
    }


def test_public_pages_do_nothing_in_the_name_of_who_lacks_it(browser: Browser, aida: Account) -> None:
    aida.second_factor_at = None
    browser.sign_in(aida)
    assert browser.get("/sign-in").url == "/account/second-factor"
    assert browser.post("/sign-out").h1 == "Sign in"


def test_demo_asks_for_no_second_factor(settings: Settings, browser: Browser, aida: Account) -> None:
    factories.make_second_factor(aida)
    bare = factories.make_coordinator("Бакыт", side="north")
    bare.second_factor_at = None
    emails = [aida.email, bare.email]
    db.session.commit()
    demo = applications.make(applications.changed(settings, is_demo=True))
    with demo.app_context():
        for email in emails:
            form = Browser(demo).get("/sign-in").form("Sign in").fill(email=email, password=PASSWORD)
            assert form.submit().url == "/"
        db.session.remove()
        db.engine.dispose()


def test_set_up_code_must_be_right(browser: Browser, dana: Account) -> None:
    page = browser.sign_in(dana).get("/account/second-factor").form("Set up the second factor").submit()
    page = page.form("Confirm the code").fill(code="12345").submit(status=422)
    assert "code is not right" in page.refusal()
    assert "Secret:" in page.text


def test_factor_is_taken_away_and_codes_are_renewed(browser: Browser, dana: Account) -> None:
    first = enrol(browser, dana)
    page = browser.get("/account").follow("Second factor and recovery codes")
    assert "Recovery codes left: 10" in page.text
    page = page.form("Make new recovery codes").submit()
    assert page.h1 == "Recovery codes"
    assert not set(first) & set(re.findall(r"[0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4}", page.text))
    page = browser.get("/account/second-factor").form("Take the second factor away").submit()
    assert "Set up the second factor" in page.html
    assert db.session.scalars(select(SecondFactor)).all() == []


def test_administrator_takes_a_lost_factor_away(browser: Browser, admin: Account, aida: Account) -> None:
    factories.make_second_factor(aida)
    theirs = browser.as_stranger().sign_in(aida)
    page = browser.sign_in(admin).get(f"/accounts/{aida.reference}").form("Take the second factor away").submit()
    assert "signed out everywhere" in page.text
    assert not is_signed_in(theirs)
    assert "accounts.second_factor_reset" in db.session.scalars(select(AuditEntry.event)).all()
    assert first_step(browser.as_stranger(), aida).url == "/account/second-factor"


def grow_stale(minutes: int = 16) -> None:
    db.session.execute(update(AccountSession).values(verified_at=clock.now() - timedelta(minutes=minutes)))
    db.session.commit()


def test_what_is_hard_to_take_back_asks_again(browser: Browser, admin: Account) -> None:
    app = factories.make_second_factor(admin)
    browser.sign_in(admin)
    grow_stale(14)
    assert browser.get("/accounts/new").h1 == "Invite somebody"
    grow_stale()
    page = browser.get("/accounts/new")
    assert (page.h1, page.url) == ("Is it you?", "/sign-in/again?next=/accounts/new")
    page = page.form("Go on").fill(password=PASSWORD, code="1").submit(status=422)
    assert "not right" in page.refusal()
    page = page.form("Go on").fill(password=PASSWORD, code=app.now()).submit()
    assert page.h1 == "Invite somebody"
    assert browser.get("/accounts/new").h1 == "Invite somebody"


def test_form_that_was_sent_too_late_changes_nothing(browser: Browser, admin: Account, aida: Account) -> None:
    address = f"/accounts/{aida.reference}"
    form = browser.sign_in(admin).get(address).form(address).fill(name="Changed")
    grow_stale()
    page = form.submit("Save")
    assert (page.h1, page.url) == ("Is it you?", f"/sign-in/again?next={address}")
    db.session.refresh(aida)
    assert aida.name == "Аида"


@pytest.mark.parametrize(
    ("address", "form", "chosen", "back"),
    [
        ("report", "report/outside", {"language": "ky"}, "report?language=ky"),
        (
            "registrations/slips",
            "Print the slips",
            {"people": "all", "language": "ky"},
            "registrations/slips?people=all&language=ky",
        ),
        (
            "registrations/links",
            "Make the links",
            {"people": "all", "language": "ky"},
            "registrations/links?people=all&language=ky",
        ),
        ("registrations?state=confirmed", "Download this list (XLSX)", {}, "registrations?state=confirmed"),
    ],
)
def test_what_was_chosen_is_still_chosen_after_the_question(
    browser: Browser, aida: Account, cholpon: Registration, address: str, form: str, chosen: dict[str, str], back: str
) -> None:
    app = factories.make_second_factor(aida)
    training = f"/trainings/{cholpon.training.code}"
    cholpon.state = "confirmed"
    page = browser.sign_in(aida).get(f"{training}/{address}")
    form = page.form(f"{training}/{form}" if "/" in form else form).fill(chosen)
    grow_stale()
    asked = form.submit()
    assert asked.h1 == "Is it you?"
    page = asked.form("Go on").fill(password=PASSWORD, code=app.now()).submit()
    assert page.url.removeprefix(f"{training}/") == back
    assert all(value in page.html for value in chosen.values())


def test_new_password_does_not_pass_by_the_second_factor(browser: Browser, aida: Account) -> None:
    factories.make_second_factor(aida)
    links.send_password_link(aida.email, now=clock.now())
    form = browser.get("/new-password").form("/new-password/open").fill(token=mailed.secret(aida.email))
    typed = "корова на льду пасётся"
    page = form.submit().form("/new-password").fill(new_password=typed, again=typed).submit()
    assert page.url == "/sign-in"
    assert first_step(browser, aida, typed).h1 == "Enter the code"
    assert not is_signed_in(browser)

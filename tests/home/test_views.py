"""Each role's start page."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.platform import clock
from tests import factories
from tests.browser import Browser


def test_coordinator_sees_late_things_first(browser: Browser, aida: Account) -> None:
    today = clock.today()
    late = factories.make_training(starts_on=today - timedelta(days=9))
    factories.make_attendance(factories.make_registrations(late, 1)[0])
    soon = factories.make_training(starts_on=today + timedelta(days=20))
    factories.make_training(region="KG-N", starts_on=today - timedelta(days=9), title_en="Secret of the north")

    page = browser.sign_in(aida).get("/")

    assert page.h1 == "What waits for you"
    assert page.text.index(late.code) < page.text.index(soon.code)
    assert "Check the names on the certificates" in page.text
    assert "0 of 1" in page.text
    assert "Secret of the north" not in page.html
    assert soon.code in page.row(soon.code)["Training"]


def test_coordinator_without_trainings_is_told_how_to_begin(browser: Browser, aida: Account) -> None:
    page = browser.sign_in(aida).get("/")
    assert "No trainings yet" in page.text
    assert page.links["Plan a training"] == "/trainings/new"


def test_coordinator_with_everything_done_has_nothing_to_do(browser: Browser, aida: Account) -> None:
    training = factories.make_training(starts_on=clock.today() - timedelta(days=9))
    registration = factories.make_registrations(training, 1)[0]
    factories.make_attendance(registration)
    factories.make_name(registration.person, family="Асанов", given="Азамат", confirmed_at=factories.NOW)
    factories.make_certificate(registration)
    factories.make_evaluation(training, closed_at=factories.NOW)
    assert "Nothing waits for you" in browser.sign_in(aida).get("/").text


def test_queries_do_not_grow_with_the_trainings(browser: Browser, admin: Account) -> None:
    today = clock.today()
    factories.make_attendance(factories.make_registrations(factories.make_training(starts_on=today), 1)[0])
    browser.sign_in(admin).get("/")
    one = len(browser.get("/").queries)
    for _ in range(4):
        training = factories.make_training(starts_on=today, venue=factories.make_venue())
        factories.make_attendance(factories.make_registrations(training, 1)[0])
    assert len(browser.get("/").queries) == one <= 8


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("auditor", "You can read every training"),
        ("donor", "No release has been published yet"),
        ("focal_point", "Send the list of your institution to the coordinator"),
        ("vetting_officer", "No training asks for vetting"),
    ],
)
def test_other_roles_get_an_honest_page(browser: Browser, role: str, words: str) -> None:
    training = factories.make_training(title_en="Secret")
    page = browser.sign_in(factories.make_account(role)).get("/")
    assert words in page.text
    assert training.code not in page.html
    assert ("Trainings" in page.links) is (role == "auditor")
    if role != "auditor":
        browser.get("/trainings", status=403)


def test_stranger_is_led_to_the_sign_in_page(browser: Browser) -> None:
    page = browser.get("/")
    assert (page.h1, page.url) == ("Sign in", "/sign-in?next=/")


def test_healthz_needs_no_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_administration_is_for_those_who_set_things_up(browser: Browser, admin: Account, dana: Account) -> None:
    assert browser.sign_in(admin).get("/administration").h1 == "Administration"
    assert browser.as_stranger().sign_in(dana).get("/administration", status=403)

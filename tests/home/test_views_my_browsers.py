"""A slip that is used in a new browser: its owner learns of it, by mail and on the page."""

import pytest
from sqlalchemy import select

from portal.access.policy import Operator
from portal.participants import operations as participant_operations
from portal.platform import clock
from portal.platform.db import db
from portal.platform.mail import OutboxMail
from portal.registration.models import Registration
from tests import factories
from tests.browser import Browser
from tests.pages import Page

ANDROID = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"}
WINDOWS = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"}


@pytest.fixture
def mine(app: object) -> Registration:
    person = factories.make_person("Асанова", "Чолпон", "Бакытовна", email="cholpon@example.org", language="ru")
    return factories.make_registration(person=person, state="confirmed")


def give_pin(registration: Registration) -> str:
    return participant_operations.give_pins(registration.training, [registration], actor=Operator(), now=clock.now())[
        0
    ].pin


def use(
    browser: Browser, reference: str, pin: str, headers: dict[str, str], path: str = "/my/slip", code: str = ""
) -> Page:
    """Bring the slip as this browser, and return the page that it opens."""
    token = browser.get("/verify").form("Check").fields["csrf_token"][0]
    data = {"reference": reference, "pin": pin, "code": code, "csrf_token": token}
    answer = browser.send("POST", path, data=data, headers=headers)
    assert answer.status == 303, answer.text
    return browser.get("/my")


def mails() -> list[str]:
    return [mail.text for mail in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))]


def test_owner_is_told_of_each_new_browser_and_of_no_known_one(browser: Browser, mine: Registration) -> None:
    pin, reference = give_pin(mine), mine.reference
    page = use(browser, reference, pin, ANDROID)
    assert "Where your slip was used" not in page.text
    assert len(mails()) == 1 and "Chrome, Android" in mails()[0] and pin not in mails()[0]
    use(browser, reference, pin, ANDROID)
    assert len(mails()) == 1
    page = use(browser.as_stranger(), reference, pin, WINDOWS)
    assert "Firefox, Windows" in page.text and "Chrome, Android" in page.text
    assert len(mails()) == 2 and "Firefox, Windows" in mails()[1]
    page = use(browser, reference, pin, ANDROID)
    assert "Firefox, Windows" in page.text, "Also in the browser of its owner."


def test_new_slip_begins_anew(browser: Browser, mine: Registration) -> None:
    first, reference = give_pin(mine), mine.reference
    use(browser, reference, first, ANDROID)
    use(browser.as_stranger(), reference, first, WINDOWS)
    second = give_pin(mine)
    assert "Where your slip was used" not in use(browser, reference, second, ANDROID).text


def test_test_in_the_room_tells_as_well_and_nobody_without_a_mail_is_written_to(browser: Browser, session) -> None:
    registration = factories.make_registration(person=factories.make_person(email=""), state="confirmed")
    factories.make_questions(registration.training.course)
    test = factories.make_assessment(registration.training, "pre")
    pin, reference, code = give_pin(registration), registration.reference, test.code
    use(browser, reference, pin, ANDROID, "/my/assessments", code=code)
    page = use(browser.as_stranger(), reference, pin, WINDOWS, "/my/assessments", code=code)
    assert "Firefox, Windows" in page.text
    assert mails() == []

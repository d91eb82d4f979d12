"""A participant without e-mail on a small phone: from the printed slip to the certificate, in a real browser."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.access.policy import Operator
from portal.participants import operations as participant_operations
from portal.platform import clock
from portal.platform.db import db
from tests import applications, factories
from tests.journeys import live
from tests.journeys.live import Portal
from tests.pdfs import text_of

WIDTH, CODE = 360, "OSH-2026-09"
OPERATOR = Operator()


def arrange(portal: Portal, database_url: str, folder: Path) -> tuple[str, str]:
    """Make a training that ended yesterday with its test open, and a slip; return reference and PIN."""
    with applications.make(settings_of(portal, database_url, folder)).app_context():
        yesterday = clock.today("Asia/Bishkek") - timedelta(days=1)
        training = factories.make_training(code=CODE, starts_on=yesterday, days=1, sessions=2)
        person = factories.make_person("Асанова", "Чолпон", "Бакытовна", phone="+996770757797", email="")
        registration = factories.make_registration(training=training, person=person, state="confirmed")
        factories.make_attendance(registration)
        factories.make_questions(training.course)
        factories.make_assessment(training, "post")
        [slip] = participant_operations.give_pins(training, [registration], actor=OPERATOR, now=clock.now())
        found = registration.reference, slip.pin
        db.session.commit()
        return found


def settings_of(portal: Portal, database_url: str, folder: Path) -> applications.Settings:
    return applications.settings(folder / "data", database_url, base_url=portal.address)


def fits(page: Page) -> None:
    """Fail if anything stands beside the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, page.url


def open_with_slip(page: Page, portal: Portal, reference: str, pin: str) -> None:
    """Scan the QR code of the slip, which brings the reference, and type the PIN."""
    page.goto(f"{portal.address}/my?reference={reference}")
    fits(page)
    page.locator("[name=reference]").fill(reference)
    page.locator("[name=pin]").fill(pin)
    page.get_by_role("button", name="Open my page").first.click()
    expect(page.get_by_text("Чолпон").first).to_be_visible()
    assert pin not in page.url and reference not in page.url
    fits(page)


def check_the_name(page: Page) -> None:
    page.locator("[name=latin_family]").fill("Asanova")
    page.locator("[name=latin_given]").fill("Cholpon")
    page.get_by_role("button", name="My name is right").click()
    expect(page.get_by_text("Your certificate will print your name like this")).to_be_visible()


def take_the_test(page: Page) -> None:
    page.get_by_role("link", name="Answer the test").click()
    fits(page)
    for number, letters in enumerate(("A", "B", "CD", "A"), start=1):
        for letter in letters:
            page.locator(f"#answer-{number}-{letter}").check()
    page.get_by_role("button", name="Hand in my answers").click()
    expect(page.get_by_text("4 of 4 answers are right")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Back to my training").click()


def evaluate(page: Page) -> None:
    page.get_by_role("link", name="Evaluate the training").click()
    fits(page)
    for rating in page.locator("fieldset.rating").all():
        rating.locator("input[type=radio]").last.check()
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_text("Thank you").first).to_be_visible()


def download(page: Page, portal: Portal, folder: Path) -> bytes:
    page.goto(f"{portal.address}/my")
    fits(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the certificate (PDF)").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_bytes()


@pytest.mark.slow
def test_slip_leads_to_the_certificate_on_a_phone(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'portal.db'}"
    with live.started(tmp_path, database_url) as portal, live.browser_page(WIDTH) as page:
        reference, pin = arrange(portal, database_url, tmp_path)
        open_with_slip(page, portal, reference, pin)
        check_the_name(page)
        take_the_test(page)
        evaluate(page)
        portal.flask("issue-certificates", CODE, "--json")
        printed = text_of(download(page, portal, tmp_path))
        assert "Асанова Чолпон Бакытовна" in printed and "Cholpon Asanova" in printed

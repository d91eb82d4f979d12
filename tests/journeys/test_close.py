"""Osh from its open items to a release, and the release as its donor reads it: a real browser with a real worker."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from portal.platform import passwords, sheets
from tests import factories
from tests.closing.arranged import complete, make_over, miss
from tests.journeys import live

CODE, DONOR = "OSH-2026-07", "dana@portal.example"
LATE, LEFT_OUT, ABSENT, WAITING = "Асанов Азамат", "Белеков Эрмек", "Видова Айгүл", "Гапаров Талант"


def hold() -> None:
    """Make a training of September with four people, each open in another way, and its donor."""
    training = make_over(code=CODE)
    complete(training, "Асанов", is_certified=False)
    left_out = factories.make_person("Белеков", "Эрмек", "", latin="BELEKOV Ermek")
    first, _second = training.sessions
    factories.make_mark(factories.make_registration(training=training, person=left_out, state="confirmed"), first)
    miss(training, "Видова")
    waiting = factories.make_person("Гапаров", "Талант", "")
    factories.make_registration(training=training, person=waiting, state="waitlisted")
    password = passwords.hash_password(live.PASSWORD)
    factories.make_account("donor", email=DONOR, password_hash=password, projects=[training.project])


@pytest.mark.slow
def test_osh_is_closed_from_its_open_items_and_read_by_the_donor(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'portal.db'}"
    with live.started(tmp_path, database, arrange=hold) as portal, live.browser_page() as page:
        live.sign_in(page, portal)
        mend(page, f"{portal.address}/trainings/{CODE}")
        finalize(page)
        take_lists(page, f"{portal.address}/trainings/{CODE}")
        publish(page, portal.address)
        page.context.clear_cookies()
        page.set_viewport_size({"width": 360, "height": 800})
        live.sign_in(page, portal, DONOR)
        read(page)
        take_along(page)


def mend(page: Page, here: str) -> None:
    """Go from each name on the workspace and on the page of closing to where it is mended."""
    page.goto(here)
    for name in (LEFT_OUT, ABSENT, WAITING):
        expect(page.get_by_role("link", name=name).first).to_be_visible()
    page.get_by_role("link", name=WAITING).first.click()
    page.get_by_text("Decline", exact=True).first.click()
    page.locator("#declined-cause").select_option(label="Does not fit the profile")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("button", name="Decline")).to_have_count(0)
    page.goto(f"{here}/close")
    expect(page.get_by_role("button", name="Finalize and lock")).to_have_count(0)
    page.get_by_role("link", name=LEFT_OUT).click()
    page.get_by_role("button", name=f"Present : {LEFT_OUT}").click()
    expect(page.get_by_role("button", name=f"Present : {LEFT_OUT}")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{here}/names")
    page.get_by_role("button", name="Confirm the rest as written").click()
    page.goto(f"{here}/certificates")
    page.get_by_role("button", name="Issue 2 certificates").click()
    expect(page.get_by_role("button", name="All files (ZIP)")).to_be_visible(timeout=90_000)
    page.goto(f"{here}/close")
    page.get_by_role("link", name=ABSENT).click()
    page.get_by_label(f"Reason of {ABSENT}").select_option(label="Did not come: called to work")
    page.get_by_role("button", name="Save the reasons").click()


def finalize(page: Page) -> None:
    expect(page.get_by_role("heading", level=1, name="Close the training")).to_be_visible()
    page.get_by_role("button", name="Finalize and lock").click()
    expect(page.get_by_text("Nothing was corrected since.")).to_be_visible()


def take_lists(page: Page, here: str) -> None:
    """Take a list as PDF and at once as XLSX: the second is not mistaken for a double click."""
    page.goto(f"{here}/lists")
    for ending in ("PDF", "XLSX"):
        with page.expect_download() as file:
            page.get_by_role("button", name=f"Download as {ending}").first.click()
        assert file.value.suggested_filename.endswith(ending.lower())


def publish(page: Page, address: str) -> None:
    page.goto(f"{address}/summary/publish")
    page.get_by_role("button", name="Publish release 1").click()
    expect(page.get_by_text("Release 1 is published. Donors see it now.")).to_be_visible(timeout=60_000)


def read(page: Page) -> None:
    """Read the counts on a phone, and what one of them means; two people are a total, and nothing else of them."""
    page.get_by_role("link", name="Read the counts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Against trafficking in persons")
    expect(page.locator(".headline dd").first).to_have_text("2")
    expect(page.get_by_role("row", name="Women –")).to_be_visible()
    meaning = page.locator("#meaning-people")
    expect(meaning).to_be_hidden()
    page.get_by_role("button", name="What is “People trained”?").click()
    expect(meaning).to_contain_text("Whoever came to two trainings counts once")
    page.keyboard.press("Escape")


def take_along(page: Page) -> None:
    counts, _trainings, definitions = sheets.read(content_of(download(page, "XLSX")))
    assert ["People trained", "", "2"] in [row[:3] for row in counts.rows]
    assert any(row[0] == "Person-hours" and len(row) > 1 for row in definitions.rows)
    assert "Whoever came to two trainings counts once" in content_of(download(page, "CSV")).decode()
    page.get_by_text("The frozen text and its hash").click()
    frozen = hashlib.sha256(content_of(download(page, "JSON"))).hexdigest()
    expect(page.locator(".hash")).to_have_text(f"SHA-256 {frozen}")


def download(page: Page, name: str) -> Download:
    with page.expect_download() as file:
        page.get_by_role("link", name=name, exact=True).click()
    assert file.value.suggested_filename.startswith("release-1-TIP-")
    return file.value


def content_of(file: Download) -> bytes:
    return file.path().read_bytes()

"""A donor signs in, reads the latest release, opens what a number means, and takes the numbers along."""

import hashlib

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests import factories
from tests.journeys import live
from tests.journeys.test_every_page import served


@pytest.mark.slow
def test_donor_reads_opens_a_definition_and_downloads(app: Flask, session) -> None:
    dana = factories.make_account("donor", projects=[factories.get_project()])
    email = dana.email
    factories.make_release(women=4, men=58)
    session.commit()
    with served(app) as origin, live.browser_page(360) as page:
        page.goto(f"{origin}/sign-in")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Read the counts").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Against trafficking in persons")
        expect(page.locator(".headline dd").first).to_have_text("62")
        meaning = page.locator("#meaning-people")
        expect(meaning).to_be_hidden()
        page.get_by_role("button", name="What is “People trained”?").click()
        expect(meaning).to_be_visible()
        expect(meaning).to_contain_text("Whoever came to two trainings counts once")
        page.keyboard.press("Escape")
        with page.expect_download() as workbook:
            page.get_by_role("link", name="XLSX").click()
        assert workbook.value.suggested_filename == "release-1-TIP-2026-09-02.xlsx"
        page.get_by_text("The frozen text and its hash").click()
        with page.expect_download() as frozen:
            page.get_by_role("link", name="JSON").click()
        content = frozen.value.path().read_bytes()
        expect(page.locator(".hash")).to_have_text(f"SHA-256 {hashlib.sha256(content).hexdigest()}")
        assert b"58" not in content.replace(b"2026-09-02", b"")

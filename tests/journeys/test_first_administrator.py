"""A new installation's first administrator: the printed link, a password, a second factor, and signing in with both."""

import io
import json
from pathlib import Path

import pyotp
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from portal.platform import clock
from tests.journeys import live
from tests.pdfs import qr_codes

PASSWORD = "корова на льду пасётся"
EMAIL = "first@portal.example"


def enrol(page: Page) -> pyotp.TOTP:
    """Scan the picture as a phone does, bring the first code, and return the app."""
    page.get_by_role("button", name="Set up the second factor").click()
    picture = page.locator("svg.qr")
    expect(picture).to_be_visible()
    content = qr_codes(Image.open(io.BytesIO(picture.screenshot())))[0]
    app = pyotp.parse_uri(content)
    assert isinstance(app, pyotp.TOTP)
    assert (app.name, app.issuer) == (EMAIL, "Okuu")
    page.get_by_role("textbox", name="Code").fill(app.at(int(clock.now().timestamp()) - 30))
    page.get_by_role("button", name="Confirm the code").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    return app


@pytest.mark.slow
def test_first_administrator_joins_and_signs_in_with_a_phone(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'portal.db'}"
    with live.started(tmp_path, database_url, is_demo=False) as portal, live.browser_page(360) as page:
        link = json.loads(portal.flask("invite-administrator", EMAIL, "--json"))["link"]
        page.goto(link)
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("The new password again").fill(PASSWORD)
        assert "#" not in page.url
        page.get_by_label("Language of the mails").select_option("en")
        page.get_by_role("button", name="Set the password and go in").click()
        page.wait_for_url("**/account/second-factor")
        page.goto(f"{portal.address}/trainings")
        assert page.url.endswith("/account/second-factor")
        app = enrol(page)
        page.goto(f"{portal.address}/accounts")
        page.get_by_label("Account and language").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("textbox", name="Code").fill(app.now())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Enter the code")
        page.goto(f"{portal.address}/accounts")
        expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
        assert link.partition("#")[2] not in (tmp_path / "output.txt").read_text()

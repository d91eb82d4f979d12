"""From a ministry's list to a certificate that a stranger verifies, in a real browser with a real worker."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.platform import clock
from tests import postgres
from tests.journeys import live
from tests.journeys.live import Portal
from tests.pdfs import pictures_of, qr_codes, text_of

DATA = Path(__file__).parents[1] / "data"
PEOPLE = 59


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'portal.db'}"
    try:
        return postgres.create_database(f"journey_{worker_id}")
    except postgres.PostgresMissing as missing:
        pytest.skip(str(missing))


def make_training(portal: Portal, folder: Path) -> str:
    """Make a training that took place last week, as an operator does."""
    plan = json.loads((DATA / "training.json").read_text(encoding="utf-8"))
    first = clock.today() - timedelta(days=7)
    moved = {plan["starts_on"]: first.isoformat(), plan["ends_on"]: (first + timedelta(days=1)).isoformat()}
    written = json.dumps(plan)
    for old, new in moved.items():
        written = written.replace(old, new)
    (folder / "training.json").write_text(written, encoding="utf-8")
    return json.loads(portal.flask("create-training", str(folder / "training.json"), "--json"))["code"]


def import_list(page: Page, here: str) -> None:
    page.goto(f"{here}/nominations")
    page.locator("input[type=file]").set_input_files(DATA / "osh-nominations.xlsx")
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_text("Nothing is imported yet.")).to_be_visible()
    expect(page.get_by_text("АКМАТОВ БЕКЖАН КАДЫРОВИЧ").first).to_be_attached()
    page.get_by_role("button", name=f"Import {PEOPLE} good rows").click()
    expect(page.locator("form[action$='/undo']")).to_be_visible()


def confirm_everyone(page: Page, here: str) -> None:
    page.goto(f"{here}/registrations/confirmation")
    page.get_by_role("button", name=f"Confirm {PEOPLE} people").click()
    page.goto(f"{here}/registrations?state=confirmed")
    expect(page.get_by_text(f"1–50 of {PEOPLE}")).to_be_visible()


def mark_everyone_but_one(page: Page, here: str) -> None:
    """Mark all present in each session by one click, then one person absent from the second day by keyboard."""
    page.goto(f"{here}/attendance")
    rosters = [link.evaluate("link => link.href") for link in page.locator("td a, th a").all()]
    rosters = list(dict.fromkeys(address for address in rosters if address.count("/attendance/") == 1))[:4]
    for number, address in enumerate(rosters):
        page.goto(address)
        page.get_by_role("button", name="All present").click()
        first = page.locator("ol.roster > li").first
        expect(first.locator("[data-mark=present]")).to_have_attribute("aria-pressed", "true")
        if number >= 2:
            first.locator("[data-mark=present]").focus()
            page.keyboard.press("a")
            expect(first.locator("[data-mark=absent]")).to_have_attribute("aria-pressed", "true")


def check_names(page: Page, here: str) -> None:
    page.goto(f"{here}/names")
    page.get_by_role("link", name="Check the name of Абдыкадыров Өмүрбек Осмонович").click()
    page.locator("[name=latin_family]").fill("Abdykadyrov")
    page.locator("[name=latin_given]").fill("Omurbek")
    page.get_by_role("button", name="Confirm these names").click()
    page.get_by_role("button", name="Confirm the rest as written").click()
    expect(page.get_by_text(f"{PEOPLE} of {PEOPLE} names confirmed")).to_be_visible()


def issue(page: Page, here: str) -> None:
    page.goto(f"{here}/certificates")
    page.get_by_role("button", name=f"Issue {PEOPLE - 1} certificates").click()
    expect(page.get_by_role("button", name="All files (ZIP)")).to_be_visible(timeout=90_000)
    expect(page.locator("td", has_text="Not eligible")).to_have_count(1)


def download(page: Page, folder: Path) -> bytes:
    page.locator("tr", has_text="Абдыкадыров Өмүрбек").get_by_role("link").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the PDF").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_bytes()


def test_list_becomes_certificates_that_a_stranger_verifies(database_url: str, tmp_path: Path) -> None:
    with live.started(tmp_path, database_url) as portal, live.browser_page() as page:
        live.sign_in(page, portal)
        here = f"{portal.address}/trainings/{make_training(portal, tmp_path)}"
        import_list(page, here)
        confirm_everyone(page, here)
        mark_everyone_but_one(page, here)
        check_names(page, here)
        issue(page, here)
        certificate = download(page, tmp_path)
        printed = text_of(certificate)
        assert "Абдыкадыров Өмүрбек Осмонович" in printed
        assert "Omurbek Abdykadyrov" in printed
        [address] = qr_codes(pictures_of(certificate, tmp_path)[0])
        assert address.startswith(f"{portal.address}/verify#")
        verify(page, address)


def verify(page: Page, address: str) -> None:
    """Scan the QR as a stranger on a phone does, then compare the name."""
    page.context.clear_cookies()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("heading", level=1, name="Valid")).to_be_visible()
    assert "#" not in page.url
    assert "Абдыкадыров" not in page.content()
    page.get_by_label("Full name on the certificate").fill("Omurbek Abdykadyrov")
    page.get_by_role("button", name="Compare the name").click()
    expect(page.get_by_text("Name matches")).to_be_visible()

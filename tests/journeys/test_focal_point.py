"""An institution answers a nomination letter, and the coordinator takes its list, in a real browser."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.platform import clock
from tests.journeys import live
from tests.journeys.live import EMAIL, Portal
from tests.journeys.test_list_to_certificate import DATA

FOCAL = "focal@portal.example"
BAD = 12


def make_training(portal: Portal, folder: Path) -> str:
    """Make a training in a month, as an operator does."""
    written = (DATA / "training.json").read_text(encoding="utf-8")
    plan = json.loads(written)
    first = clock.today() + timedelta(days=30)
    for old, new in ((plan["starts_on"], first), (plan["ends_on"], first + timedelta(days=1))):
        written = written.replace(old, new.isoformat())
    (folder / "training.json").write_text(written, encoding="utf-8")
    return json.loads(portal.flask("create-training", str(folder / "training.json"), "--json"))["code"]


def hand_in(page: Page, portal: Portal, code: str) -> None:
    page.get_by_role("link", name="Investigat").first.click()
    page.wait_for_url(f"{portal.address}/calls/{code}")
    page.locator("input[type=file]").set_input_files(DATA / "talas-nominations.xlsx")
    page.get_by_role("button", name="Hand in the list").click()
    expect(page.locator("#calls-faulty tbody tr")).to_have_count(BAD)
    psychologist = page.locator("#calls-faulty tr", has_text="Чотбаев")
    expect(psychologist).to_contain_text("This list is for people of the institution that hands it in.")
    expect(page.locator("#calls-faulty tr", has_text="Айбек")).to_contain_text("The family name is missing.")


def mend(page: Page) -> None:
    """Hand in again, as text out of a spreadsheet, what one row lacked."""
    page.get_by_text("Paste the rows instead").click()
    rows = ("Ф.И.О.\tОрган\tРоль", "Исаев Кубаныч\tСледственная служба МВД\tосновной", "Үсөнова Гүлзат\tМВД\tрезерв")
    page.get_by_label("Rows with their headings").fill("\n".join(rows))
    page.get_by_role("button", name="Hand in the list").click()
    expect(page.locator("#calls-rows tbody tr")).to_have_count(2)
    expect(page.locator("#calls-faulty")).to_have_count(0)
    expect(page.locator("#calls-rows tr", has_text="Үсөнова")).to_contain_text("alternate")


def import_list(page: Page, portal: Portal, code: str) -> None:
    page.goto(f"{portal.address}/trainings/{code}/nominations")
    page.get_by_role("link", name="Look at it and import").click()
    page.get_by_role("button", name="Import 2 good rows").click()
    expect(page.locator("form[action$='/undo']")).to_be_visible()
    page.goto(f"{portal.address}/trainings/{code}/registrations")
    page.get_by_role("link", name="Исаев Кубаныч", exact=True).click()
    page.get_by_role("button", name="Give a seat").click()
    expect(page.get_by_text("Confirmed").first).to_be_visible()


@pytest.mark.slow
def test_institution_answers_and_learns_who_is_confirmed(tmp_path: Path) -> None:
    people = ((FOCAL, "MOI"),)
    with live.started(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}", focal_points=people) as portal:
        code = make_training(portal, tmp_path)
        with live.browser_page() as page:
            live.sign_in(page, portal, FOCAL)
            hand_in(page, portal, code)
            mend(page)
            page.context.clear_cookies()
            live.sign_in(page, portal, EMAIL)
            import_list(page, portal, code)
            page.context.clear_cookies()
            live.sign_in(page, portal, FOCAL)
            page.goto(f"{portal.address}/calls/{code}")
            expect(page.locator("#calls-people tr", has_text="Исаев")).to_contain_text("Confirmed")
            expect(page.locator("#calls-people tr", has_text="Үсөнова")).to_contain_text("Not confirmed yet")

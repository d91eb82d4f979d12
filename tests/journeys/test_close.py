"""A training from its open items to the lock, and one correction after it, in a real browser with a real worker."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.platform import clock
from tests.journeys import live
from tests.journeys.live import Portal

DATA = Path(__file__).parents[1] / "data"
LIST = """Фамилия;Имя;Отчество;Пол;Ведомство;Должность;Область
Асанов;Жаныбек;Исаевич;М;Генеральная прокуратура КР;прокурор;г. Ош
Бекова;Айгүл;Маратовна;Ж;Следственная служба МВД;следователь;г. Ош
Видов;Пётр;Ильич;М;Следственная служба МВД;следователь;Баткенская область
"""


@pytest.mark.slow
def test_coordinator_closes_a_training_from_its_open_items(tmp_path: Path) -> None:
    with live.started(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}") as portal, live.browser_page() as page:
        code = hold(portal, tmp_path)
        here = f"{portal.address}/trainings/{code}"
        live.sign_in(page, portal)
        mend(page, here)
        finalize(page, here)
        assert json.loads(portal.flask("finalize-training", code, "--json")) == {"state": "finalized", "mismatches": []}
        correct(page, here)


def hold(portal: Portal, folder: Path) -> str:
    """Make a training of last month, with three people of whom one did not come, as an operator does."""
    plan = json.loads((DATA / "training.json").read_text(encoding="utf-8"))
    first = clock.today() - timedelta(days=40)
    written = json.dumps(plan)
    for old, new in ((plan["starts_on"], first), (plan["ends_on"], first + timedelta(days=1))):
        written = written.replace(old, new.isoformat())
    (folder / "training.json").write_text(written, encoding="utf-8")
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    code = str(json.loads(portal.flask("create-training", str(folder / "training.json"), "--json"))["code"])
    portal.flask("import-nominations", code, str(folder / "list.csv"), "--commit", "--json")
    portal.flask("confirm-registrations", code, "--json")
    listed = json.loads(portal.flask("list-registrations", code, "--json"))
    with (folder / "marks.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["registration", "session", "state", "marked_at", "mark_id"])
        for person in listed["registrations"]:
            state = "absent" if person["name"].startswith("Видов") else "present"
            for session in listed["sessions"]:
                mark_id = f"{person['registration']}-{session['session']}"
                rows.writerow([person["registration"], session["session"], state, session["starts_at"], mark_id])
    portal.flask("record-attendance", code, str(folder / "marks.csv"), "--json")
    return code


def mend(page: Page, here: str) -> None:
    """Go from what the page names to where it is mended: the certificates, then the reason."""
    page.goto(f"{here}/close")
    expect(page.get_by_text("2 things do not agree yet")).to_be_visible()
    expect(page.get_by_role("button", name="Finalize and lock")).to_have_count(0)
    page.goto(f"{here}/names")
    page.get_by_role("button", name="Confirm the rest as written").click()
    page.goto(f"{here}/certificates")
    page.get_by_role("button", name="Issue 2 certificates").click()
    expect(page.get_by_role("link", name="All files (ZIP)")).to_be_visible(timeout=90_000)
    page.goto(f"{here}/close")
    page.get_by_role("link", name="Видов Пётр Ильич").click()
    page.get_by_label("Reason of Видов Пётр Ильич").select_option(label="Did not come: called to work")
    page.get_by_role("button", name="Save the reasons").click()


def finalize(page: Page, here: str) -> None:
    expect(page.get_by_role("heading", level=1, name="Close the training")).to_be_visible()
    page.get_by_role("button", name="Finalize and lock").click()
    expect(page.get_by_text("Nothing was corrected since.")).to_be_visible()
    page.goto(f"{here}/attendance")
    page.locator("td a, th a").first.click()
    expect(page.get_by_role("button", name="All present")).to_have_count(0)


def correct(page: Page, here: str) -> None:
    page.goto(f"{here}/corrections")
    page.get_by_role("link", name="Бекова Айгүл Маратовна").click()
    page.get_by_role("link", name="Correct the name and reissue").click()
    page.get_by_label("Given name", exact=True).fill("Айгуль")
    page.get_by_label("Why is it corrected?").fill("Her passport says so.")
    page.get_by_role("button", name="Make correction 1").click()
    page.goto(here)
    expect(page.get_by_role("link", name="1 correction since it was finalized")).to_be_visible()

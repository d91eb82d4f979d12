"""Copies go to the General Prosecutor's Office and to the Ministry, each by an act whose signed scan comes back."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.platform import clock
from tests.journeys import live
from tests.journeys.live import Portal
from tests.pdfs import text_of

DATA = Path(__file__).parents[1] / "data"
COPIES = {
    "General Prosecutor's Office": ("25", "Өмүрбеков Үсөн"),
    "Ministry of Internal Affairs": ("15", "Асанова Айгүл"),
}


def receive(portal: Portal, folder: Path) -> None:
    """Receive the forty copies of the sample file at the office in Osh."""
    document = json.loads((DATA / "handover.json").read_text(encoding="utf-8")) | {"date": clock.today().isoformat()}
    (folder / "stock.json").write_text(json.dumps(document), encoding="utf-8")
    portal.flask("receive-stock", str(folder / "stock.json"), "--region", "KG-GO", "--json")


def draw_up(page: Page, here: str, institution: str) -> str:
    copies, name = COPIES[institution]
    page.goto(f"{here}/hand-over-acts")
    page.get_by_role("link", name="Draw up an act").click()
    page.get_by_role("link", name="Office, Osh city").click()
    page.get_by_label("Copies of").first.fill(copies)
    page.locator("[name=receiving_institution_id]").select_option(label=institution)
    page.locator("[name=receiving_name]").fill(name)
    page.locator("[name=receiving_position_ru]").fill("начальник отдела")
    page.locator("[name=giving_name]").fill("Орозбекова Айгүл")
    page.locator("[name=giving_position_ru]").fill("координатор проекта")
    page.get_by_role("button", name="Keep the draft").click()
    page.get_by_role("button", name="Print and hand over").click()
    expect(page.get_by_text("its copies have left the stock")).to_be_visible(timeout=60_000)
    return page.locator("h1").inner_text().removeprefix("Act № ")


def sign(page: Page, folder: Path, number: str) -> None:
    """Download the act, which stands for the paper, and send it back as its scan."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the act").click()
    paper = folder / download.value.suggested_filename
    download.value.save_as(paper)
    assert paper.name == f"handover-{number}.pdf"
    assert number in text_of(paper.read_bytes())
    page.locator("input[type=file]").set_input_files(paper)
    page.get_by_role("button", name="Keep the signed act").click()
    expect(page.get_by_text("The signed act is kept.")).to_be_visible()


@pytest.mark.slow
def test_copies_are_handed_over_to_two_institutions(tmp_path: Path) -> None:
    with live.started(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}") as portal, live.browser_page() as page:
        plan = (DATA / "training.json").read_text(encoding="utf-8")
        (tmp_path / "training.json").write_text(plan, encoding="utf-8")
        code = json.loads(portal.flask("create-training", str(tmp_path / "training.json"), "--json"))["code"]
        receive(portal, tmp_path)
        live.sign_in(page, portal)
        here = f"{portal.address}/trainings/{code}"
        numbers = []
        for institution in COPIES:
            numbers.append(draw_up(page, here, institution))
            sign(page, tmp_path, numbers[-1])
        assert [re.sub(r"-\d{4}-", "-", number) for number in numbers] == ["UNODC-0001", "UNODC-0002"]
        page.goto(f"{here}/hand-over-acts")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(2)
        for institution, (copies, _name) in COPIES.items():
            row = rows.filter(has_text=institution)
            expect(row).to_contain_text(copies)
            expect(row).to_contain_text("Signed")
        page.goto(f"{here}/hand-over-acts/new")
        expect(page.get_by_text("There are no copies to hand over")).to_be_visible()

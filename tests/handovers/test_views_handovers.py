"""The pages of hand-over acts: drawn up, printed once, signed, made void; what does not fit is said beside it."""

import io
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.materials.models import Handover, Material
from portal.platform import scans
from portal.platform.db import db
from portal.platform.texts import Text
from portal.printing import client
from portal.stock import queries as stock_queries
from portal.trainings.models import Training
from tests import factories, pdfs
from tests.browser import Browser
from tests.pages import Page

SCAN = b"%PDF-1.7 signed %%EOF\n"


@pytest.fixture
def training(session: None) -> Training:
    return factories.make_training("OSH-2026-07", region="KG-GO")


@pytest.fixture
def material(training: Training) -> Material:
    made = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_stock(made, 50)
    return made


def fill(page: Page, quantity: Any = 40, **values: Any) -> Any:
    typed = {
        "lines-0-quantity": quantity,
        "receiving_institution_id": str(factories.get_institution("GPO").id),
        "receiving_name": "Өмүрбеков Үсөн",
        "receiving_position_ru": "начальник отдела",
        "giving_name": "Орозбекова Айгүл",
        "giving_position_ru": "координатор",
        "giving_authority_ru": "доверенность № 7",
    }
    return page.form("Keep the draft").fill(typed | values)


def draw_up(browser: Browser, aida: Account, quantity: int = 40, **values: Any) -> Page:
    browser.sign_in(aida)
    page = browser.get("/trainings/OSH-2026-07/hand-over-acts").follow("Draw up an act").follow("Office, Osh city")
    return fill(page, quantity, **values).submit()


def held(material: Material) -> dict[str, int]:
    db.session.rollback()
    return {one.place.key: one.quantity for one in stock_queries.list_balances(materials=[material.id])}


def the_act() -> Handover:
    db.session.rollback()
    return db.session.scalars(select(Handover).order_by(Handover.id.desc())).first()


def test_an_act_is_drawn_up_printed_signed_and_filed(
    browser: Browser, aida: Account, material: Material, renderer: client.Renderer
) -> None:
    page = draw_up(browser, aida)
    assert "Draft of a hand-over act" in page.h1
    assert held(material) == {"office:KG-GO": 50}
    assert "Whoever receives has no power of attorney" in page.text
    preview = browser.download(f"/hand-over-acts/{the_act().reference}/preview.pdf").body
    assert "ДОЛБООР · ПРОЕКТ" in pdfs.text_of(preview)
    page = page.form("Print and hand over").submit()
    act = the_act()
    assert act.number in page.h1
    assert held(material) == {"institution:GPO": 40, "office:KG-GO": 10}
    answer = browser.download(f"/hand-over-acts/{act.reference}/act.pdf")
    assert f"handover-{act.number}.pdf" in answer.headers["Content-Disposition"]
    text = pdfs.text_of(answer.body)
    for words in (act.number, "Өмүрбеков Үсөн", "документ, подтверждающий полномочия, не предъявлен", "OSH-2026-07"):
        assert words in text, words
    page = page.form("Keep the signed act").fill(scan=(io.BytesIO(SCAN), "act.pdf")).submit()
    assert "The signed act is kept." in page.text
    assert not page.has_form("Make it void")
    scan = browser.download(f"/hand-over-acts/{act.reference}/scan")
    assert scan.body == SCAN
    assert scan.headers["Content-Disposition"].startswith("attachment")
    page = browser.post(f"/hand-over-acts/{act.reference}/void", {"reason": "поздно"}, status=409)
    assert "draw up a new one that sets it right" in page.text
    listed = browser.get("/hand-over-acts?state=signed").rows()
    assert [row["Copies"] for row in listed] == ["40"]
    assert browser.get("/hand-over-acts?state=void").text.count(act.number) == 0


def test_a_second_click_prints_nothing_anew(
    browser: Browser, aida: Account, material: Material, renderer: client.Renderer
) -> None:
    form = draw_up(browser, aida).form("Print and hand over")
    form.submit()
    number = the_act().number
    assert number in form.submit().h1
    page = browser.post(f"/hand-over-acts/{the_act().reference}/print", {}, status=409)
    assert f"printed already, as № {number}" in page.text
    assert held(material)["office:KG-GO"] == 10


def test_more_than_there_is_is_said_beside_the_number_and_typed_values_stay(
    browser: Browser, aida: Account, material: Material
) -> None:
    browser.sign_in(aida)
    page = browser.get("/trainings/OSH-2026-07/hand-over-acts/new?from=office:KG-GO")
    page = fill(page, 51, basis_ru="письмо № 5").submit(status=422)
    assert "Only 50 are there." in page.text
    assert page.form("Keep the draft").fields["lines-0-quantity"] == ["51"]
    assert page.form("Keep the draft").fields["basis_ru"] == ["письмо № 5"]
    assert the_act() is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quantity": ""}, "Give the copies of at least one title."),
        ({"receiving_institution_id": "0"}, "Choose one of the list."),
        ({"lines-0-unit_value": "много"}, "0 for without charge"),
        ({"handed_on": "2099-01-01"}, "too far ahead"),
        ({"copies": "1"}, "An act is made in 2 to 6 copies."),
        ({"shares-0-unit": "А", "shares-0-quantity": "41"}, "The units get 41 copies together"),
    ],
)
def test_what_does_not_fit_is_said(
    browser: Browser, aida: Account, material: Material, values: dict[str, str], words: str
) -> None:
    if "shares-0-unit" in values:
        values = values | {"shares-0-material": material.reference}
    browser.sign_in(aida)
    page = browser.get("/trainings/OSH-2026-07/hand-over-acts/new?from=office:KG-GO")
    values = dict(values)
    page = fill(page, values.pop("quantity", 40), **values).submit(status=422)
    assert words in page.text
    assert the_act() is None


def test_unit_without_a_number_is_told_beside_its_row(browser: Browser, aida: Account, material: Material) -> None:
    browser.sign_in(aida)
    page = browser.get("/trainings/OSH-2026-07/hand-over-acts/new?from=office:KG-GO")
    units = {f"shares-{row}-{name}": value for row in (0, 1) for name, value in (("unit", "А"), ("quantity", 1 - row))}
    materials = {f"shares-{row}-material": material.reference for row in (0, 1)}
    page = fill(page, **units, **materials).submit(status=422)
    assert "Unit 2: Give the number of copies as a number from 1 to 1000000." in page.text


def test_copies_that_went_meanwhile_are_refused_at_printing(
    browser: Browser, aida: Account, material: Material, training: Training, renderer: client.Renderer
) -> None:
    page = draw_up(browser, aida)
    form = page.form("Print and hand over")
    other = draw_up(browser, aida, 30)
    other.form("Print and hand over").submit()
    page = form.submit(status=409)
    assert "only 20 copies" in page.text
    assert "Draft of a hand-over act" in page.h1
    assert page.has_form("Print and hand over")


def test_a_void_act_keeps_its_number_and_is_drawn_up_anew(
    browser: Browser, aida: Account, material: Material, renderer: client.Renderer
) -> None:
    page = draw_up(browser, aida).form("Print and hand over").submit()
    assert "Say why" in page.form("Make it void").submit(status=422).text
    page = page.form("Make it void").fill(reason="не тот получатель").submit()
    number = the_act().number
    assert held(material) == {"office:KG-GO": 50}
    copy = browser.download(f"/hand-over-acts/{the_act().reference}/void-copy.pdf").body
    assert "ЖАРАКСЫЗ · АННУЛИРОВАН" in pdfs.text_of(copy)
    page = page.form("Draw up a new act").submit()
    assert page.h1 == "Change the draft"
    page = page.form("Keep the draft").submit()
    assert f"Instead of act № {number}" in page.text


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"GIF89a", 422, "neither PDF, JPEG nor PNG"),
        (b"", 422, "Choose the scan"),
        (b"%PDF-1.7" + b" " * scans.MAX_BYTES + b"%%EOF", 413, "larger than 30 MB"),
        (b"x" * 40 * 1024 * 1024, 413, "a scan saved with a lower resolution"),
    ],
)
def test_what_is_no_scan_is_refused(
    browser: Browser,
    aida: Account,
    training: Training,
    material: Material,
    content: bytes,
    status: int,
    words: str,
) -> None:
    act = factories.make_handover(training, material, state="printed", number="X-1", printed_at=factories.NOW)
    page = browser.sign_in(aida).get(f"/hand-over-acts/{act.reference}")
    page = page.form("Keep the signed act").fill(scan=(io.BytesIO(content), "scan.pdf")).submit(status=status)
    assert words in page.text
    back = page if page.has_form("Keep the signed act") else page.follow("Go back")
    assert back.has_form("Keep the signed act")
    assert the_act().state == "printed"


def test_copies_leave_in_parts_come_back_and_the_act_is_corrected(
    browser: Browser, aida: Account, material: Material, renderer: client.Renderer
) -> None:
    proxy = {"proxy_kind": "letter", "proxy_name": "Асанов Азамат", "proxy_position_ru": "следователь"}
    page = draw_up(browser, aida, 40, in_parts="y", **proxy).form("Print and hand over").submit()
    act = the_act()
    assert held(material) == {"office:KG-GO": 50}
    text = pdfs.text_of(browser.download(f"/hand-over-acts/{act.reference}/act.pdf").body)
    for words in ("ПЕРЕДАЧА ЧАСТЯМИ", "Асанов Азамат", "без доверенности; подтверждается письмом № ________"):
        assert words in text, words
    assert "still to come" in page.text
    form = page.follow("Record a delivery").form("Record the delivery")
    refused = form.fill({"rows-0-quantity": "41", "taken_by": "Асанов Азамат"}).submit(status=409)
    assert "Only 40 copies" in refused.text
    assert refused.form("Record the delivery").fields["taken_by"] == ["Асанов Азамат"]
    again = refused.form("Record the delivery").fill({"rows-0-quantity": "30"})
    page = again.submit()
    assert again.submit().h1 == page.h1  # a double click, or Back and once more
    assert held(material) == {"office:KG-GO": 20, "institution:GPO": 30}
    assert not page.has_form("Keep the signed act")
    page = page.form("Print the discrepancy note").fill(reason_ru="тираж неполный").submit()
    note = pdfs.text_of(browser.download(f"/hand-over-acts/{act.reference}/discrepancies.pdf").body)
    assert all(words in note for words in ("АКТ О РАСХОЖДЕНИЯХ", act.number, "тираж неполный", "Недостаёт"))
    page = page.form("Note the letter").fill(number="14/2").submit()
    assert "confirmed by letter № 14/2" in page.text
    page = page.form("Keep the signed act").fill(scan=(io.BytesIO(SCAN), "act.pdf")).submit()
    form = (
        page.follow("Copies came back, are damaged or lost")
        .form("Note it")
        .fill({"rows-0-quantity": "31", "note": "лишние"})
    )
    assert "has 30 copies" in form.submit(status=409).text
    page = form.fill({"rows-0-quantity": "5"}).submit()
    assert held(material) == {"office:KG-GO": 25, "institution:GPO": 25}
    page = page.form("Draw up the correcting act").submit()
    assert page.form("Keep the draft").fields["lines-0-quantity"] == ["30"]
    page = page.form("Keep the draft").fill({"lines-0-quantity": 33}).submit().form("Print and hand over").submit()
    assert f"Corrects act № {act.number}" in page.text
    assert held(material) == {"office:KG-GO": 22, "institution:GPO": 28}
    text = pdfs.text_of(browser.download(f"/hand-over-acts/{the_act().reference}/act.pdf").body)
    assert all(words in text for words in ("ИСПРАВИТЕЛЬНЫЙ АКТ", f"исправляет акт № {act.number}", "+3"))
    first = browser.get(f"/hand-over-acts/{act.reference}")
    assert f"Corrected by act № {the_act().number}" in first.text
    assert not first.has_form("Draw up the correcting act")
    newest, oldest = browser.get("/hand-over-acts").rows()
    assert f"corrects № {act.number}" in newest["Act"]
    assert f"corrected by № {the_act().number}" in oldest["Act"]
    assert oldest["Copies"] == "30 of 40"


def test_two_editors_see_both_texts(browser: Browser, aida: Account, material: Material) -> None:
    page = draw_up(browser, aida)
    first, second = page.follow("Change"), page.follow("Change")
    first.form("Keep the draft").fill(basis_ru="письмо № 1").submit()
    page = second.form("Keep the draft").fill(basis_ru="письмо № 2").submit(status=409)
    assert "письмо № 1" in page.text
    assert f"Saved by {aida.name}" in page.text
    assert page.form("Keep the draft").fields["basis_ru"] == ["письмо № 2"]
    page.form("Keep the draft").submit()
    assert the_act().basis_ru == "письмо № 2"


def test_an_act_without_a_training_comes_from_a_place_in_reach(
    browser: Browser, aida: Account, material: Material
) -> None:
    factories.make_stock(material, 5, place=factories.make_office("KG-Y"))
    page = browser.sign_in(aida).get("/hand-over-acts/new")
    assert "Issyk-Kul" not in page.text
    browser.get("/hand-over-acts/new?from=office:KG-Y")
    page = fill(page.follow("Office, Osh city"), place_ru="г. Ош", basis_ru="письмо").submit()
    assert (the_act().training_id, the_act().region_code) == (None, "KG-GO")
    assert page.form("Throw the draft away").submit().h1 == "Hand-over acts"
    assert the_act() is None


def test_receipts_are_typed_in_page_by_page(browser: Browser, aida: Account, training: Training) -> None:
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_registrations(training, 20, state="confirmed")
    training.starts_on = training.ends_on = factories.NOW.date()
    browser.sign_in(aida)
    page = browser.get(f"/trainings/OSH-2026-07/receipts/{material.reference}")
    assert len(page.rows()) == 17
    page = page.form("Keep this page").fill({"rows-1-is_signed": "y", "rows-2-copy_number": "0017"}).submit()
    assert "2 signatures kept." in page.text
    assert len(page.rows()) == 3
    page = page.form("Keep this page").submit("Everyone on this page has signed")
    rows = browser.get("/trainings/OSH-2026-07/receipts").rows()
    assert [(row["Given"], row["Signed"], row["State"]) for row in rows] == [("0", "5", "5 of 0")]
    page = page.form("Keep the scan").fill(scan=(io.BytesIO(b"GIF89a"), "x.png")).submit(status=422)
    assert "neither PDF, JPEG nor PNG" in page.text
    page = page.form("Keep the scan").fill(scan=(io.BytesIO(SCAN), "x.pdf")).submit()
    assert browser.take(page.form("OSH-2026-07-receipts-1.pdf").action).body == SCAN


def test_the_list_is_printed_from_the_registrations(
    browser: Browser, aida: Account, training: Training, renderer: client.Renderer
) -> None:
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    person = factories.make_person("Үсөнова", "Өмүрбүбү", phone="+996555010203")
    factories.make_registration(training=training, person=person, state="confirmed")
    training.starts_on = training.ends_on = factories.NOW.date()
    page = browser.sign_in(aida).get(f"/trainings/OSH-2026-07/receipts/{material.reference}")
    page = page.form("Keep this page").fill({"rows-0-signed_by": "Асанов Бакыт"}).submit()
    assert "1 signature kept." in page.text
    text = pdfs.text_of(browser.take(f"/trainings/OSH-2026-07/receipts/{material.reference}/pdf").body)
    assert "Үсөнова Өмүрбүбү" in text
    assert "signed by:" in text
    assert "Асанов Бакыт" in text
    assert "555" not in text

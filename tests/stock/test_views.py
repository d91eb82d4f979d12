"""The pages of titles and stock, as an administrator, the coordinators of two regions and an auditor use them."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.materials import operations as material_operations
from portal.materials import queries as material_queries
from portal.materials.models import Material, StockPlace
from portal.platform.texts import Text
from portal.stock import queries as stock
from portal.stock.models import StockMovement
from portal.stock.rules import Reason
from tests import factories
from tests.browser import Browser
from tests.pages import Page

TITLES = Text("Колдонмо", "Пособие", "Manual")


@pytest.fixture
def manual(session: scoped_session) -> Material:
    """Return a title of which Osh has 100 copies and Bishkek 400."""
    material = factories.make_material(TITLES)
    factories.make_stock(material, 100)
    factories.make_stock(material, 400, place=factories.make_office("KG-GB"))
    return material


def address(material: Material, act: str = "") -> str:
    return f"/materials/{material.reference}" + (f"/{act}" if act else "")


def held(session: scoped_session, material: Material, key: str) -> int:
    session.rollback()
    place = material_queries.find_place(key)
    return stock.balance(material, place) if place else 0


def movements(session: scoped_session) -> list[tuple[str, int, str]]:
    session.rollback()
    rows = session.scalars(select(StockMovement).order_by(StockMovement.id))
    return [(one.reason, one.quantity, one.note) for one in rows]


def test_title_is_added_received_and_changed(browser: Browser, session: scoped_session, admin: Account) -> None:
    form = browser.sign_in(admin).get("/materials/new").form("Save")
    typed = {
        "title_ru": "Пособие",
        "title_ky": "Колдонмо",
        "language": "ky",
        "edition": "2026",
        "unit_value": "1 350,50",
    }
    page = form.fill(typed).submit("Save")
    assert "1,350.50 KGS" in page.text
    receive = browser.get(page.url + "/receive").form("Receive")
    page = receive.fill({"end": "office:KG-GO", "quantity": "500", "note": "накладная 12"}).submit("Receive")
    assert "Noted: 500 copies." in page.text and "накладная 12" in page.text
    material = session.scalars(select(Material)).one()
    assert held(session, material, "office:KG-GO") == 500
    assert browser.get("/materials?q=колдонмо").row("Пособие")["In stock"] == "500"
    page = browser.get(page.url + "/edit").form("Save").fill({"unit_value": "0"}).submit("Save")
    assert "0.00 KGS" in page.text


NO_TITLES = [
    ({"unit_value": "дорого"}, "Give a sum such as 350.00."),
    ({"unit_value": "-1"}, "Give a sum such as 350.00."),
    ({"unit_value": "99999999999999"}, "Give a sum such as 350.00."),
    ({"unit_value": "10000001"}, "Give a sum from 0 to 10000000."),
    ({"title_ru": "", "title_ky": "", "title_en": ""}, "Give the title in at least one language."),
    ({"isbn": "12"}, "This is no ISBN"),
    ({"year": "26"}, "The year 26 cannot be right."),
    ({"language": ""}, "Choose one of the list."),
    ({"title_ru": "ПОСОБИЕ", "edition": "2026"}, "is on the list already"),
]


def test_title_that_cannot_be_is_refused_with_what_was_typed(
    browser: Browser, session: scoped_session, admin: Account, manual: Material
) -> None:
    form = browser.sign_in(admin).get("/materials/new").form("Save")
    good = {
        "title_ru": "Другое",
        "title_ky": "",
        "title_en": "",
        "language": "ru",
        "edition": "1",
        "isbn": "",
        "year": "",
    }
    for typed, words in NO_TITLES:
        page = form.fill(good | {"unit_value": "350"} | typed).submit("Save", status=422)
        assert words in page.refusal(), typed
        assert page.form("Save").fields["unit_value"] == [typed.get("unit_value", "350")]
    assert len(session.scalars(select(Material.id)).all()) == 1


def test_two_editors_of_a_title_see_both_texts(
    browser: Browser, session: scoped_session, admin: Account, manual: Material
) -> None:
    mine = browser.sign_in(admin).get(address(manual, "edit")).form("Save")
    browser.get(address(manual, "edit")).form("Save").fill({"edition": "чужое"}).submit("Save")
    page = mine.fill({"edition": "моё"}).submit("Save", status=409)
    assert "чужое" in page.text
    page.form("Save").submit("Save")
    session.expire_all()
    assert manual.edition == "моё"


def test_retired_title_is_off_the_list_and_its_copies_are_still_given(
    browser: Browser, admin: Account, manual: Material
) -> None:
    page = browser.sign_in(admin).get(address(manual)).form("Retire the title").submit("Retire the title")
    assert "Receive" not in page.links and "Move" in page.links
    assert "No titles yet" in browser.get("/materials").text
    assert browser.get("/materials?retired=1").row("Manual")["In stock"] == "500"
    page = browser.get(address(manual)).form("Put back on the list").submit("Put back on the list")
    assert "Receive" in page.links


def test_coordinator_sees_places_of_own_regions_and_the_rest_as_one_number(
    browser: Browser, aida: Account, bakyt: Account, manual: Material
) -> None:
    row = browser.sign_in(aida).get("/materials").row("Manual")
    assert row["In stock"] == "500"
    assert row["Where"].split() == ["Office,", "Osh", "city:", "100", "elsewhere:", "400"]
    page = browser.get(address(manual))
    assert page.row("In stock in other regions")["Copies"] == "400"
    assert "Bishkek" not in page.text.partition("Movements")[2]
    assert browser.get(address(manual, "move")).form("Move").fields["start"] == ["office:KG-GO"]
    north = browser.as_stranger().sign_in(bakyt)
    assert "Osh city" not in north.get(address(manual)).text


def test_coordinator_moves_only_from_places_of_own_regions(
    browser: Browser, session: scoped_session, aida: Account, manual: Material
) -> None:
    browser.sign_in(aida)
    foreign = {"start": "office:KG-GB", "end": "office:KG-GO", "quantity": "5", "moved_on": "2026-09-14"}
    browser.post(address(manual, "move"), foreign, status=422)
    form = browser.get(address(manual, "move")).form("Move")
    form.fill({"end": "office:KG-GB", "quantity": "5", "moved_on": "2026-09-14"}).submit("Move")
    assert (held(session, manual, "office:KG-GO"), held(session, manual, "office:KG-GB")) == (95, 405)


NO_GIFTS = [
    ({"quantity": "101"}, 409, "There are only 100 copies of “Manual” there, not 101."),
    ({"quantity": "0"}, 422, "from 1 to 1000000"),
    ({"quantity": "-4"}, 422, "from 1 to 1000000"),
    ({"quantity": "9" * 40}, 422, "from 1 to 1000000"),
    ({"quantity": "много"}, 422, "Give a whole number."),
    ({"quantity": ""}, 422, "Give a whole number."),
    ({"moved_on": "2026-08-31"}, 422, "came there on 1 September 2026 only"),
    ({"moved_on": "2999-01-01"}, 422, "still to come"),
    ({"moved_on": "завтра"}, 422, "Give a day"),
    ({"end": "participants:NOWHERE"}, 422, "Choose one of the list."),
    ({"note": "я" * 301}, 422, "at most 300 characters"),
]


def test_giving_what_cannot_be_is_refused_beside_its_cause(
    browser: Browser, session: scoped_session, aida: Account, manual: Material
) -> None:
    training = factories.make_training(sessions=0)
    form = browser.sign_in(aida).get(address(manual, "give")).form("Give")
    good = {"end": f"participants:{training.code}", "quantity": "10", "moved_on": "2026-09-14", "note": "зал"}
    for typed, status, words in NO_GIFTS:
        page = form.fill(good | typed).submit("Give", status=status)
        assert words in page.refusal(), typed
        assert page.form("Give").fields["note"] == [typed.get("note", "зал")]
    assert held(session, manual, "office:KG-GO") == 100


def test_form_sent_twice_gives_once(browser: Browser, session: scoped_session, aida: Account, manual: Material) -> None:
    training = factories.make_training(sessions=0)
    form = browser.sign_in(aida).get(address(manual, "give")).form("Give")
    form.fill({"end": f"participants:{training.code}", "quantity": "30", "moved_on": "2026-09-14"})
    form.submit("Give")
    form.submit("Give")
    assert held(session, manual, "office:KG-GO") == 70


def test_damaged_copies_need_a_reason(
    browser: Browser, session: scoped_session, aida: Account, manual: Material
) -> None:
    form = browser.sign_in(aida).get(address(manual, "damage")).form("Write off")
    page = form.fill({"start": "office:KG-GO", "quantity": "3", "moved_on": "2026-09-14"}).submit(
        "Write off", status=422
    )
    assert "Say in a few words why." in page.refusal()
    page = page.form("Write off").fill({"note": "вода"}).submit("Write off")
    assert page.row("Damaged, Osh city")["Copies"] == "3"
    assert "500 printed = 497 in stock + 0 handed over + 0 given + 3 damaged + 0 lost" in page.text


def test_title_is_shown_as_it_was_on_a_day(browser: Browser, auditor: Account, manual: Material) -> None:
    end = material_operations.take_institution(factories.get_institution("GPO"))
    factories.make_movement(manual, factories.make_office("KG-GB"), end, 60, Reason.HANDED_OVER)
    browser.sign_in(auditor)
    assert browser.get(address(manual)).row("General Prosecutor")["Copies"] == "60"
    before = browser.get(address(manual) + "?on=2026-09-13")
    assert "General Prosecutor" not in before.text.partition("Movements")[0]
    assert "There were no copies on this day." in browser.get(address(manual) + "?on=2026-08-31").text
    assert browser.get(address(manual) + "?on=soon").row("General Prosecutor")["Copies"] == "60"


def count_page(browser: Browser) -> Page:
    return browser.get("/materials/stocktake?place=office:KG-GO")


def test_stocktake_makes_movements_of_differences_that_have_a_reason(
    browser: Browser, session: scoped_session, aida: Account, manual: Material
) -> None:
    other = factories.make_material()
    office = factories.make_stock(other, 10)
    factories.make_movement(other, office, material_operations.take_lost("KG-GO"), 2, Reason.LOST)
    form = count_page(browser.sign_in(aida)).form("Note the count")
    counted = {manual.reference: "97", other.reference: "13"}
    order = [form.fields[f"rows-{place}-material"][0] for place in (0, 1)]
    assert "at least one title" in form.submit("Note the count", status=422).refusal()
    form.fill({f"rows-{place}-counted": counted[reference] for place, reference in enumerate(order)})
    page = form.submit("Note the count", status=422)
    assert "Say in a few words why." in page.refusal()
    page = page.form("Note the count").fill({"rows-0-note": "пересчёт", "rows-1-note": "пересчёт"}).submit()
    assert "The differences are noted as movements." in page.text
    assert (held(session, manual, "office:KG-GO"), held(session, manual, "lost:KG-GO")) == (97, 3)
    assert (held(session, other, "office:KG-GO"), held(session, other, "lost:KG-GO")) == (13, 0)
    assert held(session, other, "source:all") == -13
    assert movements(session)[-3:].count(("stocktake", 3, "пересчёт")) == 2


def test_count_over_copies_that_moved_meanwhile_is_asked_for_again(
    browser: Browser, session: scoped_session, aida: Account, manual: Material
) -> None:
    form = count_page(browser.sign_in(aida)).form("Note the count")
    factories.make_movement(manual, factories.make_office(), factories.make_office("KG-GB"), 40, Reason.MOVED)
    session.commit()
    page = form.fill({"rows-0-counted": "100"}).submit("Note the count", status=409)
    assert "60 should be there now. Count again." in page.refusal()
    page.form("Note the count").fill({"rows-0-counted": "60"}).submit()
    assert held(session, manual, "office:KG-GO") == 60


def test_training_shows_what_was_brought_given_and_left(
    browser: Browser, session: scoped_session, aida: Account, manual: Material
) -> None:
    training = factories.make_training(sessions=0)
    pages = f"/trainings/{training.code}/materials"
    assert "No materials yet" in browser.sign_in(aida).get(pages).text
    for act, button, copies in (("bring", "Bring", "50"), ("give", "Give", "30"), ("return", "Take back", "12")):
        form = browser.get(f"{pages}/{act}").form(button)
        form.fill({"rows-0-quantity": copies, "moved_on": "2026-09-14"}).submit(button)
    row = browser.get(pages).row("Manual")
    assert [row[name] for name in ("Brought", "Given", "Handed over", "Left")] == ["38", "30", "0", "8"]
    assert held(session, manual, "office:KG-GO") == 62
    refused = browser.get(f"{pages}/give").form("Give").fill({"rows-0-quantity": "9", "moved_on": "2026-09-14"})
    assert "only 8 copies" in refused.submit("Give", status=409).refusal()
    nothing = browser.get(f"{pages}/give").form("Give").fill({"moved_on": "2026-09-14"}).submit("Give", status=422)
    assert "at least one title" in nothing.refusal()


def test_finalized_training_takes_no_materials(
    browser: Browser, session: scoped_session, aida: Account, manual: Material
) -> None:
    training = factories.make_training(sessions=0)
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/materials/give")
    training.state = "finalized"
    session.commit()
    late = page.form("Give").fill({"rows-0-quantity": "5", "moved_on": "2026-09-14"}).submit("Give", status=409)
    assert "is finalized" in late.refusal()
    assert "Bring copies" not in browser.get(f"/trainings/{training.code}/materials").text
    assert session.scalars(select(StockPlace).where(StockPlace.kind == "participants")).all() == []

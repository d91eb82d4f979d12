"""Offices have names in three languages, regions have further ones, and an empty one is closed."""

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.models import Account
from portal.materials.models import StockPlace
from portal.platform import clock
from portal.platform.db import db
from portal.stock.rules import Reason
from tests import factories
from tests.browser import Browser
from tests.refusals import raises_refusal


def test_an_office_is_added_named_filled_emptied_and_closed(browser: Browser, aida: Account) -> None:
    material = factories.make_material()
    main = factories.make_stock(material, 20)
    elsewhere = factories.make_office("KG-Y")
    page = browser.sign_in(aida).get("/stock-places")
    assert [row["Its name"] for row in page.rows()] == ["Office, Osh city"]
    browser.get(f"/stock-places/{elsewhere.id}", status=404)
    page = page.follow("Add a place")
    assert "Give the name" in page.form("Save").fill(region_code="KG-GO").submit(status=422).text
    page = (
        page.form("Save").fill(region_code="KG-GO", name_ru="Склад на Ленина", name_en="Store, Lenin street").submit()
    )
    assert page.h1 == "Store, Lenin street"
    added = db.session.scalars(select(StockPlace).where(StockPlace.name_ru == "Склад на Ленина")).one()
    again = browser.get("/stock-places/new").form("Save").fill(region_code="KG-GO", name_ru="склад на ленина")
    assert "of this name" in again.submit(status=422).text
    form = browser.get(f"/materials/{material.reference}/move").form("Move")
    form.fill(start=main.key, end=added.key, quantity="5").submit()
    page = browser.get(f"/stock-places/{added.id}")
    assert "5 copies are still here" in page.form("Close the place").submit(status=409).text
    form = browser.get(f"/materials/{material.reference}/move").form("Move")
    form.fill(start=added.key, end=main.key, quantity="5").submit()
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    assert (
        "since its last copies left" in page.form("Close the place").fill(closed_on=yesterday).submit(status=422).text
    )
    stale = browser.get(f"/materials/{material.reference}/move").form("Move")
    assert page.form("Close the place").submit().has_form("Open again")
    assert "Store, Lenin street" not in browser.get(f"/materials/{material.reference}/move").text
    refused = stale.fill(start=main.key, end=added.key, quantity="5").submit(status=422)
    assert "Choose one of the list." in refused.text
    with raises_refusal("place_closed"):
        factories.make_movement(material, main, added, 5, Reason.MOVED, clock.today())
    assert browser.get(f"/stock-places/{added.id}").form("Open again").submit().has_form("Close the place")


def test_two_who_name_an_office_at_once_see_both_names(browser: Browser, aida: Account) -> None:
    office = factories.make_office()
    browser.sign_in(aida)
    first, second = browser.get(f"/stock-places/{office.id}/edit"), browser.get(f"/stock-places/{office.id}/edit")
    page = first.form("Save").fill(name_ru="Офис на Курманжан-Датка").submit()
    assert not page.has_form("Close the place")  # a region keeps its own office
    page = second.form("Save").fill(name_ru="Офис у рынка").submit(status=409)
    assert "Офис на Курманжан-Датка" in page.text
    assert f"Saved by {aida.name}" in page.text
    browser.post(f"/stock-places/{office.id}/close", {"closed_on": clock.today().isoformat()}, status=409)

"""Numbered copies on the pages: typed as ranges, said beside the field when wrong, found by number within reach."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.custody import queries as custody_queries
from portal.materials import operations as material_operations
from portal.materials.models import Material
from portal.platform.texts import Text
from portal.stock.rules import Reason
from portal.trainings.models import Training
from tests import factories, pdfs
from tests.browser import Browser
from tests.factories.base import NOW
from tests.stock.test_numbers import move


def test_numbered_title_from_the_form_to_the_person(
    browser: Browser, session: scoped_session, admin: Account, tmp_path: object
) -> None:
    training: Training = factories.make_training(region="KG-GO")
    for _number in range(3):
        factories.make_registration(training=training, state="confirmed")
    here, there = (factories.make_coordinator(name, side=side) for name, side in (("Аида", "south"), ("Б", "north")))
    session.commit()
    form = browser.sign_in(admin).get("/materials/new").form("Save")
    page = form.fill({"title_ru": "Пособие", "language": "ru", "is_numbered": True}).submit("Save")
    address = page.url
    receive = browser.get(f"{address}/receive").form("Receive")
    good = {"end": "office:KG-GO", "quantity": "300", "moved_on": "2026-09-01"}
    for typed, words in (("", "say which ones"), ("1-299", "299 copies, not 300"), ("1-x", "no number and no range")):
        page = receive.fill(good | {"numbers": typed}).submit("Receive", status=422)
        assert words in page.refusal(), typed
        assert page.form("Receive").fields["numbers"] == [typed]
    assert "№ 0001–0300" in receive.fill(good | {"numbers": "1-300"}).submit("Receive").text
    material = session.scalars(select(Material)).one()
    move(material, factories.make_office(), material_operations.take_participants(training), "136-138", Reason.GIVEN)
    session.commit()
    rows = custody_queries.list_rows(training, material)
    assert [row.copy_number for row in rows] == ["0136", "0137", "0138"]
    family = rows[1].registration.person.family

    browser.sign_in(here)
    entry = browser.get(f"/trainings/{training.code}/receipts/{material.reference}").form("Keep this page")
    signed = {"signed_on": NOW.date().isoformat(), "rows-0-is_signed": True, "rows-1-copy_number": "136"}
    assert "somebody else has signed for copy № 0136" in entry.fill(signed).submit("Keep this page", status=409).text
    entry.fill(signed | {"rows-1-copy_number": "555"})
    assert "was not brought" in entry.submit("Keep this page", status=422).text
    entry.fill(signed | {"rows-1-copy_number": "137"}).submit("Keep this page")
    page = browser.get(f"{address}/copies?number=№ 0137")
    assert family in page.text and f"Participants of {training.code}" in page.text
    assert "№ 0136–0138" in browser.get(f"{address}/custody?on={NOW.date()}").text
    assert "No copy of this title" in browser.get(f"{address}/copies?number=301").text
    page = browser.again().sign_in(there).get(f"{address}/copies?number=137")
    assert family not in page.text and training.code not in page.text
    paper = browser.take(f"/trainings/{training.code}/receipts/{material.reference}/pdf").body
    assert "0138" in pdfs.text_of(paper)


@pytest.mark.parametrize("typed", ["0", "-1", "99999999999", "x", "²"])
def test_no_number_finds_nothing(browser: Browser, session: scoped_session, admin: Account, typed: str) -> None:
    material = factories.make_material(Text(ru="Пособие"), is_numbered=True)
    session.commit()
    page = browser.sign_in(admin).get(f"/materials/{material.reference}/copies?number={typed}")
    assert "Nothing found" in page.text

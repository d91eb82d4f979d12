"""The chain of custody closes on any day, reckoned twice; a movement that is gone is seen by whom the page tells."""

import io
from datetime import date, timedelta

import pytest
import python_calamine
from sqlalchemy import delete, select, text
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.custody import queries as custody
from portal.custody.rules import Line
from portal.handovers import deliveries
from portal.handovers import operations as handover_operations
from portal.handovers.deliveries import PlannedDelivery
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials.models import Handover, Material
from portal.platform.texts import Text
from portal.stock import movements
from portal.stock.models import StockMovement
from portal.stock.rules import Act, PlannedMove, Reason
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.factories.base import NOW
from tests.handovers.test_operations_acts import paper, sealer

DAY = NOW.date()


@pytest.fixture
def training(session: scoped_session) -> Training:
    return factories.make_training(region="KG-GO", starts_on=DAY - timedelta(days=1))


@pytest.fixture
def manual(session: scoped_session, training: Training) -> Material:
    """Return a title with copies on every line: 500 printed, of which something stands everywhere."""
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    office = factories.make_stock(material, 500, on=date(2026, 9, 1))
    factories.make_movement(material, office, factories.make_office("KG-GB"), 200, Reason.MOVED, date(2026, 9, 2))
    here, people = material_operations.take_training(training), material_operations.take_participants(training)
    factories.make_movement(material, office, here, 80, Reason.MOVED)
    factories.make_movement(material, here, people, 3, Reason.GIVEN)
    planned = PlannedMove(Act.DAMAGE, 2, DAY, office.key, note="вода")
    movements.carry_out([(material, planned)], actor=Operator(), now=NOW)
    for _number in range(2):
        factories.make_receipt(factories.make_registration(training=training, state="confirmed"), material)
    session.commit()
    return material


def hand_over(training: Training, material: Material, quantity: int, **values: bool) -> Handover:
    said = {f"{name}_ru": "–" for name in ("giving_position", "receiving_position", "place", "basis", "purpose")}
    handover = factories.make_handover(
        training, material, quantity, giving_name="А", receiving_name="Б", **said, **values
    )
    return handover_operations.hand_over(
        handover, press=Press(paper, sealer()), base_url="http://x", actor=Operator(), now=NOW
    )


def test_long_lists_come_a_page_at_a_time(browser: Browser, session: scoped_session, admin: Account) -> None:
    title = factories.make_material()
    office = factories.make_stock(title, 100)
    for _number in range(31):
        training = factories.make_training(region="KG-GO")
        factories.make_movement(title, office, material_operations.take_participants(training), 1, Reason.GIVEN)
    session.commit()
    browser.sign_in(admin)
    address = f"/materials/{title.reference}"
    assert len(browser.get(f"{address}/custody/stock").rows()) == 30
    assert [row["Copies"] for row in browser.get(f"{address}/custody/stock?page=2").rows()] == ["−1", "+100"]
    page = browser.get(f"{address}?page=2")
    assert "31–32 of 32" in page.text
    assert page.row("12 more places")["Copies"] == "12"
    assert browser.get(address).follow("12 more places").h1 == "Chain of custody"
    for _number in range(5):
        training = factories.make_training(region="KG-GO")
        factories.make_movement(title, office, material_operations.take_training(training), 2, Reason.MOVED)
    session.commit()
    assert "1 more place: 2" in browser.get("/materials").rows()[0]["Where"]


def test_a_movement_leads_to_its_act_and_the_act_to_the_chain(
    browser: Browser, session: scoped_session, training: Training, manual: Material, admin: Account
) -> None:
    handover = hand_over(training, manual, 40, in_parts=True)
    part = PlannedDelivery({manual.id: 3}, DAY, "Асанов")
    deliveries.deliver(handover, part, actor=Operator(), now=NOW)
    session.commit()
    browser.sign_in(admin)
    line = browser.get(f"/materials/{manual.reference}/custody/stock?on={DAY}")
    assert line.rows()[0]["Note"] == f"№ {handover.number} delivery 1"
    act = line.follow(f"№ {handover.number}")
    assert act.follow("Manual").h1 == "Chain of custody"
    assert act.follow(training.code).h1 == "Materials"


def read(material: Material, on: date = DAY) -> custody.Custody:
    return custody.read(material, Operator(), on)


def lines(found: custody.Custody) -> dict[str, int]:
    return {line.value: found.account.moved(line) for line in Line}


def test_chain_closes_on_every_day(session: scoped_session, training: Training, manual: Material) -> None:
    hand_over(training, manual, 40)
    then, now = read(manual, date(2026, 9, 1)), read(manual)
    assert then.account.closes and lines(then) == dict.fromkeys(map(str, Line), 0) | {"stock": 500}
    assert now.account.closes and now.account.printed == 500
    assert lines(now) == {"stock": 455, "institutions": 40, "participants": 3, "damaged": 2, "lost": 0}
    assert now.account.unsigned == 1
    assert read(manual, date(2026, 8, 31)).account.printed == 0


@pytest.mark.databases("sqlite")
def test_movement_that_is_gone_is_said_loudly(
    browser: Browser, session: scoped_session, training: Training, manual: Material
) -> None:
    hand_over(training, manual, 40)
    session.execute(text("DROP TRIGGER stock_movement_no_delete"))
    session.commit()
    browser.sign_in(factories.make_coordinator("Аида", side="south"))
    address = f"/materials/{manual.reference}/custody?on={DAY}"
    assert "The chain closes" in browser.get(address).text
    kinds = {
        Reason.RECEIVED: {"source", "office"},
        Reason.MOVED: {"office"},
        Reason.GIVEN: {"training", "participants"},
        Reason.DAMAGED: {"office", "damaged"},
    }
    for reason, touched in kinds.items():
        gone = select(StockMovement.id).where(StockMovement.reason == reason.value).limit(1)
        session.execute(delete(StockMovement).where(StockMovement.id.in_(gone)))
        found = read(manual)
        assert not found.account.closes, reason
        assert {place.kind for place, _moved, _kept in found.differing if place} == touched - {"source"}, reason
        session.rollback()
    session.execute(delete(StockMovement).where(StockMovement.reason == Reason.HANDED_OVER.value))
    session.commit()
    page = browser.get(address)
    assert "does not close" in page.text and "the movements say 0, the acts say 40" in page.text


def test_each_line_opens_within_reach_and_leaves_as_a_spreadsheet(
    browser: Browser, session: scoped_session, training: Training, manual: Material, admin: Account
) -> None:
    hand_over(training, manual, 40)
    office = factories.make_office()
    formula = PlannedMove(Act.LOSE, 1, DAY, office.key, note="=1+1")
    movements.carry_out([(manual, formula)], actor=Operator(), now=NOW)
    session.commit()
    here, there = (factories.make_coordinator(name, side=side) for name, side in (("Аида", "south"), ("Б", "north")))
    address = f"/materials/{manual.reference}"
    browser.sign_in(here)
    assert len(browser.send("GET", f"{address}/custody?on={DAY}").queries) <= 12
    page = browser.get(f"{address}/custody/institutions?on={DAY}")
    assert page.row("№ UNODC-2026-0001")["Copies"] == "40"
    page = browser.get(f"{address}/custody/participants?on={DAY}")
    assert page.row(training.code) == page.row(training.code) | {"Given": "3", "Signed": "2"}
    stock = browser.get(f"{address}/custody/stock?on={DAY}")
    assert [row["Copies"] for row in stock.rows()] == ["−1", "−40", "−2", "−3", "+500"]
    content = browser.take(f"{address}/custody/xlsx?on={DAY}").body
    cells = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert any("=1+1" in row and row[2] == 1.0 for row in cells) and any("UNODC-2026-0001" in row for row in cells)
    foreign = browser.again().sign_in(there)
    page = foreign.get(f"{address}/custody?on={DAY}")
    assert "The chain closes" in page.text and training.code not in page.text
    for part in ("institutions", "participants"):
        assert "0001" not in (foreign.get(f"{address}/custody/{part}?on={DAY}").text)

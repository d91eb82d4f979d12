"""End holders of an act's copies: kept as a whole list, seen by coordinators of the region, forgotten in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.audit.models import AuditDetail
from portal.custody import operations as custody_operations
from portal.custody.models import EndHolder
from portal.handovers import deliveries
from portal.handovers import operations as handover_operations
from portal.handovers.deliveries import PlannedDelivery, PlannedReturn
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials.models import Handover, Material
from portal.platform.texts import Text
from portal.stock.rules import Act, Reason
from tests import factories
from tests.browser import Browser
from tests.factories.base import NOW
from tests.handovers.test_operations_acts import paper, sealer
from tests.refusals import raises_refusal
from tests.stock.test_numbers import move

LIST = "Отдел А; начальник; Осмонов А.; 1-3\nОтдел Б; 7"


@pytest.fixture
def act(session: scoped_session) -> Handover:
    """Return an act of № 1–10 of a numbered title, printed in Osh."""
    training = factories.make_training(region="KG-GO")
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"), is_numbered=True)
    move(material, material_operations.take_source(), factories.make_office(), "1-50", Reason.RECEIVED)
    said = {f"{name}_ru": "–" for name in ("giving_position", "receiving_position", "place", "basis", "purpose")}
    handover = factories.make_handover(training, material, 10, giving_name="А", receiving_name="Б", **said)
    handover_operations.hand_over(
        handover, press=Press(paper, sealer()), base_url="http://x", actor=Operator(), now=NOW
    )
    session.commit()
    return handover


def test_list_is_kept_for_those_who_run_the_region(browser: Browser, session: scoped_session, act: Handover) -> None:
    material: Material = act.items[0].material
    address = f"/hand-over-acts/{act.reference}/holders/{material.reference}"
    here, there, auditor = (
        factories.make_coordinator("Аида", side="south"),
        factories.make_coordinator("Бакыт", side="north"),
        factories.make_account("auditor"),
    )
    session.commit()
    assert browser.send("GET", address).headers["Location"].startswith("/sign-in")
    for who, status in ((there, 404), (auditor, 403)):
        assert browser.again().sign_in(who).send("GET", address).status == status
    mine = browser.sign_in(here).get(address).form("Save")
    yours = browser.get(address).form("Save")
    page = mine.fill({"holders": f"{LIST}\nОтдел В; 11"}).submit("Save", status=422)
    assert "Line 3: № 0011 were not handed over by this act." in page.refusal()
    assert page.form("Save").fields["holders"] == [f"{LIST}\nОтдел В; 11"]
    assert session.scalars(select(EndHolder)).all() == []
    page.form("Save").fill({"holders": LIST}).submit("Save")
    page = yours.fill({"holders": "Отдел Г; 1"}).submit("Save", status=409)
    assert "Отдел А; начальник; Осмонов А.; 0001–0003" in page.text
    page = browser.get(f"/materials/{material.reference}/copies?number=2")
    assert "Отдел А, начальник, Осмонов А." in page.text
    for who in (there, auditor):
        page = browser.again().sign_in(who).get(f"/materials/{material.reference}/copies?number=2")
        assert "Осмонов" not in page.text
    assert not [one for one in session.scalars(select(AuditDetail.after)) if "Осмонов" in str(one)]


def test_nobody_keeps_a_copy_that_has_not_come_or_has_gone_back(session: scoped_session, act: Handover) -> None:
    plain = factories.make_material()
    factories.make_stock(plain, 50)
    said = {f"{name}_ru": "–" for name in ("giving_position", "receiving_position", "place", "basis", "purpose")}
    values = said | {"giving_name": "А", "receiving_name": "Б", "in_parts": True}
    handover = factories.make_handover(act.training, plain, 20, **values)
    handover_operations.hand_over(
        handover, press=Press(paper, sealer()), base_url="http://x", actor=Operator(), now=NOW
    )
    part = PlannedDelivery({plain.id: 5}, NOW.date(), "Асанов")
    deliveries.deliver(handover, part, actor=Operator(), now=NOW)

    def keep(copies: int) -> int:
        mark = custody_operations.version_of(handover, plain)
        return custody_operations.keep(
            handover, plain, f"Отдел А; {copies}", expected_version=mark, actor=Operator(), now=NOW
        )

    with raises_refusal("holders_unreadable", match="which are 5"):
        keep(6)
    assert keep(5) == 1
    back = PlannedReturn(Act.RETURN, {plain.id: 2}, NOW.date(), "лишние", end="office:KG-GO")
    deliveries.take_back(handover, back, actor=Operator(), now=NOW)
    with raises_refusal("holders_unreadable", match="which are 3"):
        keep(5)


def test_names_are_forgotten_after_five_years_and_the_copies_are_not(session: scoped_session, act: Handover) -> None:
    material = act.items[0].material
    mark = custody_operations.version_of(act, material)
    custody_operations.keep(act, material, LIST, expected_version=mark, actor=Operator(), now=NOW)
    assert custody_operations.forget_names(NOW + timedelta(days=5 * 365)) == 0
    assert custody_operations.forget_names(NOW + timedelta(days=5 * 366)) == 1
    session.expire_all()
    rows = session.scalars(select(EndHolder).order_by(EndHolder.order))
    assert [(one.unit, one.name, one.numbers) for one in rows] == [
        ("Отдел А", "", "0001–0003"),
        ("Отдел Б", "", "0007"),
    ]
    handover_operations.void(act, reason="ошибка", actor=Operator(), now=NOW)
    with raises_refusal("not_handed_out"):
        custody_operations.keep(
            act, material, "", expected_version=custody_operations.version_of(act, material), actor=Operator(), now=NOW
        )

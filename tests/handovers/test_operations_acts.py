"""An act takes its number, its copies and its file together or not at all, once, and never more than there is."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.handovers import operations as handover_operations
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials.models import Handover, HandoverCounter, Material
from portal.materials.rules import HandoverState, PlannedHandover, PlannedLine, PlannedShare
from portal.people.models import Institution
from portal.platform import clock, scans, storage
from portal.platform.db import db, transaction
from portal.platform.errors import Conflict
from portal.platform.texts import Text
from portal.printing.fonts import TextRefusal, TextRefused
from portal.printing.orders import Order
from portal.signing.seal import Sealer
from portal.stock import queries as stock_queries
from portal.stock.models import StockMovement
from portal.stock.rules import Reason
from tests import factories, pdfs
from tests.factories import NOW
from tests.parallel import DEADLINE, in_processes, make_barrier
from tests.refusals import raises_refusal

DAY = NOW.date()
ACTOR = Operator()
BASE = "http://127.0.0.1:8000"
SCAN = scans.read(b"%PDF-1.7 signed %%EOF\n")
GIVERS, PRINTED, EACH = 8, 50, 10


def paper(order: Order) -> bytes:
    """Stand for the renderer where only numbers and stock matter."""
    return pdfs.with_room(f"%PDF {order.facts['number']}".encode(), order)


def filled(**values: Any) -> dict[str, Any]:
    """Return what an act must say beside its lines."""
    texts = ("giving_position", "giving_authority", "receiving_position", "receiving_authority", "place", "basis")
    names = {"giving_name": "Орозбекова Айгүл", "receiving_name": "Өмүрбеков Үсөн"}
    return names | {f"{text}_ru": text for text in (*texts, "purpose")} | values


def make_act(material: Material, quantity: int = EACH, **values: Any) -> Handover:
    return factories.make_handover(values.pop("training", None) or training(), material, quantity, **filled(**values))


def training() -> Any:
    return factories.make_training(region="KG-GO")


def hand_over(handover: Handover) -> Handover:
    return handover_operations.hand_over(handover, press=Press(paper, sealer()), base_url=BASE, actor=ACTOR, now=NOW)


def sealer() -> Sealer:
    return Sealer.current(now=NOW)


def held(material: Material) -> dict[str, int]:
    return {one.place.key: one.quantity for one in stock_queries.list_balances(materials=[material.id])}


def test_handing_over_numbers_freezes_prints_and_takes_the_copies(material: Material) -> None:
    handover = hand_over(make_act(material))
    assert (handover.number, handover.state) == (f"UNODC-{DAY.year}-0001", HandoverState.PRINTED)
    assert held(material) == {"office:KG-GO": PRINTED - EACH, "institution:GPO": EACH}
    assert handover.facts is not None
    assert handover.facts["receiving"]["name"] == "Өмүрбеков Үсөн"
    assert storage.open_bytes(handover.document).startswith(f"%PDF {handover.number}".encode())
    assert handover.document.sealed_by == sealer().fingerprint
    assert handover.document.filename == f"handover-{handover.number}.pdf"
    movement = db.session.scalars(select(StockMovement).where(StockMovement.handover_id == handover.id)).one()
    assert (movement.reason, movement.quantity, movement.moved_on) == (Reason.HANDED_OVER, EACH, DAY)
    events = db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id.desc()).limit(1)).all()
    assert events == ["materials.handed_over"]


@pytest.mark.databases("sqlite")
def test_frozen_words_outlive_later_changes(material: Material) -> None:
    handover = hand_over(make_act(material))
    material.title_ru = "Иначе"
    db.session.flush()
    assert handover.facts["lines"][0]["title"]["ru"]["text"] == "Пособие"


def test_a_second_print_takes_nothing(material: Material) -> None:
    handover = hand_over(make_act(material))
    with raises_refusal("already_handed_over") as refusal:
        hand_over(handover)
    assert handover.number in str(refusal.value)
    assert refusal.value.status == 409
    assert held(material)["office:KG-GO"] == PRINTED - EACH


def test_numbers_go_on_per_organizer_and_year(material: Material) -> None:
    first, second = hand_over(make_act(material)), hand_over(make_act(material))
    gpo = factories.get_institution("GPO-TC").id
    other = hand_over(make_act(material, giving_institution_id=gpo))
    later = hand_over(make_act(material, handed_on=date(DAY.year + 1, 1, 12)))
    assert [one.number for one in (first, second, other, later)] == [
        f"UNODC-{DAY.year}-0001",
        f"UNODC-{DAY.year}-0002",
        f"GPO-TC-{DAY.year}-0001",
        f"UNODC-{DAY.year + 1}-0001",
    ]


@pytest.mark.parametrize("case", ["too many", "too early", "closed", "blank", "letter"])
def test_what_is_refused_takes_no_number_and_no_copy(material: Material, case: str) -> None:
    values: dict[str, Any] = {"quantity": PRINTED + 1} if case == "too many" else {}
    values |= {"handed_on": date(2026, 8, 31)} if case == "too early" else {}
    values |= {"receiving_name": ""} if case == "blank" else {}
    if case == "closed":
        closed = factories.get_institution("MOI-CND")
        closed.closed_on = DAY
        values["receiving_institution_id"] = closed.id
    handover = make_act(material, **values)

    def printer(order: Order) -> bytes:
        if case == "letter":
            raise TextRefused(TextRefusal.LETTER, "😀", "😀")
        return paper(order)

    expected = {
        "too many": ("not_enough", "only 50 copies"),
        "too early": ("not_there_yet", "1 September 2026"),
        "closed": ("institution_closed", "14 September 2026"),
        "blank": ("not_ready", "name of whoever receives"),
        "letter": ("not_printable", "😀"),
    }
    db.session.commit()
    kind, words = expected[case]
    with raises_refusal(kind, match=words), transaction():
        handover_operations.hand_over(handover, press=Press(printer, sealer()), base_url=BASE, actor=ACTOR, now=NOW)
    assert handover.number is None
    assert held(material) == {"office:KG-GO": PRINTED}
    assert db.session.scalar(select(HandoverCounter.last)) is None
    assert hand_over(make_act(material)).number == f"UNODC-{DAY.year}-0001"


def give_the_last(app: Flask, handover_id: int) -> str:
    """Hand over in a process of its own; return the number, or the name of the refusal."""
    with app.app_context():
        own = sealer()  # As the view does it: before the transaction that writes.
        try:
            with transaction():
                handover = db.session.get_one(Handover, handover_id)
                handover_operations.hand_over(
                    handover, press=Press(paper, own), base_url=BASE, actor=ACTOR, now=clock.now()
                )
                return str(handover.number)
        except Conflict as refusal:
            return refusal.code


def number_naively(app: Flask, barrier: Any, year: int) -> int:
    """Take a number the naive way: the last one and one more, read before anybody has written."""
    with app.app_context():
        last = db.session.scalar(select(HandoverCounter.last).where(HandoverCounter.year == year))
        db.session.rollback()
        barrier.wait(DEADLINE)
        return int(last or 0) + 1


def test_the_last_copies_go_once_and_numbers_have_no_gap(settings: Settings, material: Material) -> None:
    ids = [make_act(material).id for _ in range(GIVERS)]
    db.session.commit()
    outcomes = Counter(in_processes(settings, give_the_last, [(one,) for one in ids]))
    numbers = sorted(one for one in outcomes if one != "not_enough")
    assert outcomes["not_enough"] == GIVERS - PRINTED // EACH
    assert numbers == [f"UNODC-{DAY.year}-{serial:04d}" for serial in range(1, PRINTED // EACH + 1)]
    db.session.rollback()
    assert held(material) == {"institution:GPO": PRINTED}


@pytest.mark.databases("sqlite")
def test_control_numbers_read_before_anybody_writes_are_given_twice(settings: Settings, session: None) -> None:
    barrier = make_barrier(2)
    assert in_processes(settings, number_naively, [(barrier, DAY.year)] * 2) == [1, 1]


def test_a_void_act_keeps_its_number_and_gives_the_copies_back(material: Material) -> None:
    handover = hand_over(make_act(material))
    handover_operations.void(handover, reason="не тот получатель", actor=ACTOR, now=NOW)
    assert handover.state == HandoverState.VOID
    assert held(material) == {"office:KG-GO": PRINTED}
    assert hand_over(make_act(material)).number == f"UNODC-{DAY.year}-0002"
    with raises_refusal("act_void"):
        handover_operations.void(handover, reason="ещё раз", actor=ACTOR, now=NOW)
    with raises_refusal("act_void"):
        handover_operations.sign(handover, signed_on=DAY, scan=SCAN, actor=ACTOR, now=NOW)


def test_an_act_dated_ahead_can_be_made_void(material: Material) -> None:
    handover = hand_over(make_act(material, handed_on=date(DAY.year, 12, 30)))
    handover_operations.void(handover, reason="отложено", actor=ACTOR, now=NOW)
    assert held(material) == {"office:KG-GO": PRINTED}


@pytest.mark.databases("sqlite")
def test_a_void_without_a_reason_is_refused(material: Material) -> None:
    handover = hand_over(make_act(material))
    with raises_refusal("reason_missing"):
        handover_operations.void(handover, reason="", actor=ACTOR, now=NOW)


def test_copies_that_the_institution_has_given_back_are_not_given_back_twice(material: Material) -> None:
    handover = hand_over(make_act(material))
    place = material_operations.take_institution(handover.receiving_institution)
    factories.make_movement(material, place, factories.make_office(), EACH, Reason.RETURNED)
    with raises_refusal("not_enough"):
        handover_operations.void(handover, reason="не тот получатель", actor=ACTOR, now=NOW)


def test_a_signed_act_stands_and_says_what_to_do_instead(material: Material) -> None:
    handover = hand_over(make_act(material))
    handover_operations.sign(handover, signed_on=DAY, scan=SCAN, actor=ACTOR, now=NOW)
    assert (handover.state, handover.signed_on) == (HandoverState.SIGNED, DAY)
    assert handover.scan_document.filename == f"handover-{handover.number}-signed.pdf"
    with raises_refusal("act_signed", match="draw up a new one"):
        handover_operations.void(handover, reason="поздно", actor=ACTOR, now=NOW)
    with raises_refusal("already_signed"):
        handover_operations.sign(handover, signed_on=DAY, scan=SCAN, actor=ACTOR, now=NOW)
    assert held(material)["institution:GPO"] == EACH


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("signed_on", [date(2020, 1, 1), date(2031, 1, 1)])
def test_a_day_of_signing_that_cannot_be_right_is_refused(material: Material, signed_on: date) -> None:
    handover = hand_over(make_act(material))
    with raises_refusal("signed_on_implausible", match=DAY.isoformat()):
        handover_operations.sign(handover, signed_on=signed_on, scan=SCAN, actor=ACTOR, now=NOW)


@pytest.mark.databases("sqlite")
def test_a_draft_is_neither_signed_nor_void(material: Material) -> None:
    handover = make_act(material)
    with raises_refusal("not_handed_over"):
        handover_operations.sign(handover, signed_on=DAY, scan=SCAN, actor=ACTOR, now=NOW)
    with raises_refusal("not_handed_over"):
        handover_operations.void(handover, reason="x", actor=ACTOR, now=NOW)


def planned(material: Material, **changes: Any) -> PlannedHandover:
    line = PlannedLine(material.id, EACH, 35_000, "KGS")
    values = {
        "giving_institution_id": factories.get_institution("UNODC").id,
        "giving_name": "Орозбекова Айгүл",
        "giving_position": Text(ru="координатор"),
        "receiving_institution_id": factories.get_institution("GPO").id,
        "receiving_name": "Өмүрбеков Үсөн",
        "receiving_position": Text(ru="начальник"),
        "place": Text(ru="г. Ош"),
        "basis": Text(ru="письмо"),
    }
    return PlannedHandover(**(values | {"lines": (line,), "handed_on": DAY} | changes))


def draft(material: Material, **changes: Any) -> Handover:
    return material_operations.draft(planned(material, **changes), factories.make_office(), None, actor=ACTOR, now=NOW)


def test_a_draft_without_a_training_is_of_the_region_of_its_place_and_takes_nothing(material: Material) -> None:
    handover = draft(material, shares=(PlannedShare("Прокуратура города Ош", material.id, 4),))
    assert (handover.training, handover.region_code, handover.state) == (None, "KG-GO", "draft")
    assert held(material) == {"office:KG-GO": PRINTED}
    assert hand_over(handover).facts["shares"][0]["quantity"] == "4"


def test_a_draft_changes_only_on_top_of_what_was_seen(material: Material) -> None:
    handover = draft(material)
    seen = handover.version
    material_operations.change(handover, planned(material, copies=3), version=seen, actor=ACTOR, now=NOW)
    with pytest.raises(material_operations.HandoverChanged):
        material_operations.change(handover, planned(material, copies=4), version=seen, actor=ACTOR, now=NOW)
    assert handover.copies == 3
    hand_over(handover)
    with pytest.raises(material_operations.NoDraft):
        material_operations.change(handover, planned(material), version=handover.version, actor=ACTOR, now=NOW)
    with pytest.raises(material_operations.NoDraft):
        material_operations.discard(handover, actor=ACTOR, now=NOW)


def test_a_draft_can_be_thrown_away_without_a_trace_in_stock_or_numbers(material: Material) -> None:
    handover = draft(material)
    material_operations.discard(handover, actor=ACTOR, now=NOW)
    assert db.session.scalars(select(Handover)).all() == []
    assert db.session.scalar(select(HandoverCounter.last)) is None


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": ()}, "lines"),
        ({"copies": 1}, "copies"),
        ({"transfer": "gift"}, "transfer"),
        ({"handed_on": date(1999, 1, 1)}, "handed_on"),
        ({"basis": Text(ru="x" * 501)}, "basis_ru"),
        ({"witness": "x\u202ey"}, "witness"),
    ],
)
def test_what_stands_against_a_draft_is_named_by_field(material: Material, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(material_operations.HandoverRefused) as refusal:
        draft(material, **changes)
    assert [fault.field for fault in refusal.value.faults] == [field]


@pytest.mark.databases("sqlite")
def test_units_get_no_more_than_the_act_has(material: Material) -> None:
    shares = (PlannedShare("А", material.id, 6), PlannedShare("Б", material.id, 5))
    with pytest.raises(material_operations.HandoverRefused, match="11 copies together, but the act has only 10"):
        draft(material, shares=shares)


@pytest.mark.databases("sqlite")
def test_a_draft_for_a_closed_institution_is_refused(material: Material) -> None:
    closed = db.session.scalars(select(Institution).where(Institution.code == "GPO")).one()
    closed.closed_on = DAY
    with pytest.raises(material_operations.InstitutionClosed):
        draft(material)


def test_an_act_is_drawn_up_anew_from_one_that_is_void(material: Material) -> None:
    wrong = hand_over(draft(material))
    handover_operations.void(wrong, reason="не тот получатель", actor=ACTOR, now=NOW)
    new = handover_operations.draft_anew(wrong, actor=ACTOR, now=NOW)
    assert (new.state, new.number, new.corrects) == ("draft", None, wrong)
    assert [(one.material_id, one.quantity) for one in new.items] == [(material.id, EACH)]
    assert hand_over(new).facts["replaces"] == wrong.number

"""Copies leave in parts, come back against their act, and a signed act is corrected by a second one."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.config import Settings
from portal.custody import queries as custody
from portal.handovers import deliveries
from portal.handovers import operations as handover_operations
from portal.handovers import queries as handover_queries
from portal.handovers.deliveries import PlannedDelivery, PlannedReturn
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials.models import Handover, Material
from portal.materials.rules import HandoverState, PlannedLine, ProxyKind
from portal.platform import clock, storage
from portal.platform.db import db, transaction
from portal.platform.errors import Refusal
from portal.platform.texts import Text
from portal.stock import overview
from portal.stock import rules as stock_rules
from portal.stock.models import StockMovement
from portal.stock.rules import Act
from tests import factories
from tests.factories import NOW
from tests.handovers.test_operations_acts import (
    ACTOR,
    BASE,
    DAY,
    EACH,
    PRINTED,
    SCAN,
    hand_over,
    held,
    make_act,
    paper,
    planned,
    sealer,
)
from tests.parallel import DEADLINE, in_processes, make_barrier
from tests.refusals import raises_refusal

LATER = NOW + timedelta(days=20)
REASON = Text(ru="тираж отпечатан не полностью", ky="", en="")


def in_parts(title: Material, quantity: int = EACH, **values: Any) -> Handover:
    return hand_over(make_act(title, quantity, in_parts=True, **values))


def deliver(handover: Handover, copies: int, *, on: date = DAY, by: str = "Асанов Азамат") -> Any:
    item = handover.items[0]
    part = PlannedDelivery({item.material_id: copies}, on, by, "удостоверение № 5")
    return deliveries.deliver(handover, part, actor=ACTOR, now=LATER)


def sign(handover: Handover, on: date = DAY) -> Handover:
    handover_operations.sign(handover, signed_on=on, scan=SCAN, actor=ACTOR, now=LATER)
    return handover


def take_back(handover: Handover, copies: int, act: Act = Act.RETURN, **values: Any) -> Any:
    known = {"note": "вернули лишнее", "end": "office:KG-GO", "happened_on": DAY} | values
    title = handover.items[0].material_id
    return deliveries.take_back(handover, PlannedReturn(act, {title: copies}, **known), actor=ACTOR, now=LATER)


def end(handover: Handover, reason: Text = REASON) -> Any:
    return deliveries.end(
        handover, ended_on=LATER.date(), reason=reason, press=Press(paper, sealer()), actor=ACTOR, now=LATER
    )


def correct(handover: Handover, quantity: int, **changes: Any) -> Handover:
    """Correct a signed act to another number of copies, and print the correction."""
    new = handover_operations.draft_anew(handover, actor=ACTOR, now=LATER)
    line = PlannedLine(handover.items[0].material_id, quantity, 35_000, "KGS")
    plan = planned(handover.items[0].material, lines=(line,), **({"handed_on": LATER.date()} | changes))
    material_operations.change(new, plan, version=new.version, actor=ACTOR, now=LATER)
    return handover_operations.hand_over(new, press=Press(paper, sealer()), base_url=BASE, actor=ACTOR, now=LATER)


def lines(handover: Handover) -> list[tuple[int, int, int]]:
    return [(one.agreed, one.delivered, one.there) for one in handover_queries.status_of(handover).lines]


def test_copies_leave_in_parts_and_the_act_closes_when_all_have_left(material: Material) -> None:
    handover = in_parts(material)
    assert (handover.number, held(material)) == (f"UNODC-{DAY.year}-0001", {"office:KG-GO": PRINTED})
    deliver(handover, 4)
    assert lines(handover) == [(EACH, 4, 4)]
    with raises_refusal("parts_open", match="6 copies"):
        sign(handover)
    with raises_refusal("more_than_agreed", match="Only 6 copies"):
        deliver(handover, 7)
    deliver(handover, 6, on=DAY + timedelta(days=10))
    assert held(material) == {"office:KG-GO": PRINTED - EACH, "institution:GPO": EACH}
    with raises_refusal("nothing_to_come"):
        deliver(handover, 1)
    with raises_refusal("signed_on_implausible", match=str(DAY + timedelta(days=10))):
        sign(handover)
    assert sign(handover, DAY + timedelta(days=11)).state == HandoverState.SIGNED
    shown = [
        (one.serial, one.taken_by, [move.quantity for move in moves])
        for one, moves in handover_queries.list_deliveries(handover)
    ]
    assert shown == [(1, "Асанов Азамат", [4]), (2, "Асанов Азамат", [6])]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"copies": 0}, "quantity_implausible"),
        ({"copies": 1, "on": DAY - timedelta(days=1)}, "day_implausible"),
        ({"copies": 1, "on": LATER.date() + timedelta(days=1)}, "day_implausible"),
        ({"copies": 1, "by": ""}, "taker_missing"),
        ({"copies": PRINTED + 1}, "not_enough"),
        ({"copies": 1, "closes": DAY}, "institution_closed"),
    ],
)
def test_a_part_that_cannot_be_is_refused_and_moves_nothing(
    material: Material,
    values: dict[str, Any],
    refusal: str,
) -> None:
    values = dict(values)
    handover = in_parts(material, PRINTED + 5)
    handover.receiving_institution.closed_on = values.pop("closes", None)
    db.session.commit()
    with raises_refusal(refusal), transaction():
        deliver(handover, **values)
    assert (held(material), handover.deliveries) == ({"office:KG-GO": PRINTED}, [])


def test_a_mistaken_part_is_made_void_and_can_leave_again(material: Material) -> None:
    handover = in_parts(material)
    deliver(handover, 4)
    deliveries.void(handover, 1, reason="записано дважды", actor=ACTOR, now=LATER)
    assert (lines(handover), held(material)) == ([(EACH, 0, 0)], {"office:KG-GO": PRINTED})
    with raises_refusal("delivery_void"):
        deliveries.void(handover, 1, reason="ещё раз", actor=ACTOR, now=LATER)
    assert deliver(handover, EACH).serial == 2
    handover_operations.void(handover, reason="не тот получатель", actor=ACTOR, now=LATER)
    assert held(material) == {"office:KG-GO": PRINTED}


def test_an_act_ends_with_fewer_copies_than_planned_by_a_discrepancy_note(material: Material) -> None:
    handover = in_parts(material)
    with raises_refusal("nothing_delivered"):
        end(handover)
    deliver(handover, 4)
    with raises_refusal("reason_missing"):
        end(handover, Text())
    note = end(handover)
    assert (note.document.filename, handover_queries.status_of(handover).missing) == (
        f"handover-{handover.number}-discrepancies.pdf",
        6,
    )
    assert [note.facts[name] for name in ("agreed", "delivered", "missing")] == ["10", "4", "6"]
    assert note.facts["parts"][0]["paper"] == "удостоверение № 5"
    with raises_refusal("parts_ended"):
        deliver(handover, 1)
    assert sign(handover).state == HandoverState.SIGNED
    assert custody.read(material, ACTOR, LATER.date()).account.closes


def test_copies_come_back_against_their_act_and_never_more_than_it_brought(material: Material) -> None:
    handover, other = hand_over(make_act(material)), hand_over(make_act(material))
    sign(handover)
    take_back(handover, 3)
    take_back(handover, 2, Act.DAMAGE)
    take_back(handover, 1, Act.LOSE)
    assert held(material) == {
        "office:KG-GO": PRINTED - 2 * EACH + 3,
        "institution:GPO": 2 * EACH - 6,
        "damaged:KG-GO": 2,
        "lost:KG-GO": 1,
    }
    with raises_refusal("more_than_got", match="has 4 copies"):  # though the other act has brought ten more
        take_back(handover, 5)
    for values, refusal in (
        ({"note": ""}, "reason_missing"),
        ({"end": "office:KG-Y-nowhere"}, "place_unknown"),
        ({"happened_on": DAY - timedelta(days=1)}, "day_implausible"),
    ):
        with raises_refusal(refusal):
            take_back(handover, 1, **values)
    take_back(handover, 4)
    with raises_refusal("nothing_there"):
        take_back(handover, 1)
    assert lines(other) == [(EACH, EACH, EACH)]


def test_what_came_back_is_not_given_back_again_when_the_act_becomes_void(material: Material) -> None:
    handover = hand_over(make_act(material))
    take_back(handover, 3, Act.LOSE)
    handover_operations.void(handover, reason="не тот получатель", actor=ACTOR, now=LATER)
    assert held(material) == {"office:KG-GO": PRINTED - 3, "lost:KG-GO": 3}
    for day in (DAY, LATER.date() - timedelta(days=1), LATER.date()):  # while it was in force, and since
        assert custody.read(material, ACTOR, day).account.closes


def test_a_second_act_corrects_the_first_and_moves_the_difference(material: Material) -> None:
    first = sign(hand_over(make_act(material)))
    before, file = dict(first.facts), storage.open_bytes(first.document)
    second = correct(first, EACH - 3)
    assert (second.number, second.facts["corrects"]["number"]) == (f"UNODC-{DAY.year}-0002", first.number)
    changes = {one["aspect"]: one["change"] for one in second.facts["corrects"]["differences"]}
    assert (changes["quantity"], changes["copies"]) == ("\u20133", "\u20133")
    assert held(material) == {"office:KG-GO": PRINTED - EACH + 3, "institution:GPO": EACH - 3}
    assert (first.state, first.facts, storage.open_bytes(first.document)) == ("signed", before, file)
    with raises_refusal("act_corrected"):
        handover_operations.draft_anew(first, actor=ACTOR, now=LATER)
    with raises_refusal("act_corrected"):
        take_back(first, 1)
    with raises_refusal("correction_unsigned"):
        take_back(second, 1)
    third = correct(sign(second, LATER.date()), EACH + 5)
    assert held(material) == {"office:KG-GO": PRINTED - EACH - 5, "institution:GPO": EACH + 5}
    assert custody.read(material, ACTOR, LATER.date()).account.closes
    take_back(sign(third, LATER.date()), EACH + 5, happened_on=LATER.date())
    assert custody.read(material, ACTOR, LATER.date()).account.closes
    assert held(material) == {"office:KG-GO": PRINTED}


def test_a_correction_made_void_gives_its_difference_back_and_makes_room(material: Material) -> None:
    first = sign(hand_over(make_act(material)))
    for quantity in (EACH - 3, EACH + 3):
        second = correct(first, quantity)
        handover_operations.void(second, reason="тоже неверно", actor=ACTOR, now=LATER)
        assert held(material) == {"office:KG-GO": PRINTED - EACH, "institution:GPO": EACH}
    assert correct(first, EACH - 1).facts["corrects"]["number"] == first.number


def test_no_two_acts_correct_the_same_one(material: Material) -> None:
    first = sign(hand_over(make_act(material)))
    make_act(material, corrects_id=first.id)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_act(material, corrects_id=first.id)


@pytest.mark.databases("sqlite")
def test_a_correction_says_something_else_between_the_same_two(material: Material) -> None:
    first = sign(hand_over(make_act(material)))
    new = handover_operations.draft_anew(first, actor=ACTOR, now=LATER)
    new.handed_on = LATER.date()
    with raises_refusal("nothing_corrected", match=first.number):
        handover_operations.hand_over(new, press=Press(paper, sealer()), base_url=BASE, actor=ACTOR, now=LATER)
    material_operations.discard(new, actor=ACTOR, now=LATER)
    with pytest.raises(material_operations.HandoverRefused, match="same two sides"):
        correct(first, 1, receiving_institution_id=factories.get_institution("MOI-CPS").id)


def test_a_correction_after_the_lock_leaves_the_counts_of_the_training(material: Material) -> None:
    place = factories.make_training(region="KG-GO")
    first = sign(hand_over(make_act(material, training=place)))
    place.state = "finalized"
    db.session.flush()
    second = correct(first, EACH - 3)
    assert (second.training_id, held(material)["institution:GPO"]) == (None, EACH - 3)
    (line,) = overview.list_at_training(place)
    assert line.copies.handed_over == EACH


@pytest.mark.databases("sqlite")
def test_a_letter_confirms_later_what_was_signed_without_a_power_of_attorney(material: Material) -> None:
    handover = hand_over(make_act(material, proxy_kind=ProxyKind.LETTER.value, proxy_name="Асанов Азамат"))
    assert "________" in handover.facts["proxy"]["paper"]["ru"]["text"]
    with raises_refusal("letter_refused"):
        handover_operations.note_letter(handover, number="", day=DAY, actor=ACTOR, now=LATER)
    handover_operations.note_letter(handover, number="14/2-1190", day=DAY, actor=ACTOR, now=LATER)
    with raises_refusal("letter_not_expected"):
        handover_operations.note_letter(handover, number="14/2-1191", day=DAY, actor=ACTOR, now=LATER)
    assert "________" in handover.facts["proxy"]["paper"]["ru"]["text"]


def deliver_the_rest(app: Flask, barrier: Any, handover_id: int, is_careful: bool) -> str:
    """Deliver what is still to come in a process of its own, or the naive way: counted before the other one wrote."""
    with app.app_context():
        handover = db.session.get_one(Handover, handover_id)
        to_come = handover_queries.status_of(handover).to_come
        db.session.rollback()
        barrier.wait(DEADLINE)
        try:
            with transaction():
                handover = db.session.get_one(Handover, handover_id)
                if is_careful:
                    part = PlannedDelivery({handover.items[0].material_id: to_come}, DAY, "Асанов")
                    deliveries.deliver(handover, part, actor=ACTOR, now=clock.now())
                else:
                    _move_naively(handover, to_come)
                return "delivered"
        except Refusal as refusal:
            assert refusal.code in ("nothing_to_come", "more_than_agreed")
            return refusal.code


def _move_naively(handover: Handover, copies: int) -> None:
    factories.make_movement(
        handover.items[0].material,
        handover.from_place,
        material_operations.take_institution(handover.receiving_institution),
        copies,
        stock_rules.Reason.HANDED_OVER,
    )


@pytest.mark.parametrize(("is_careful", "copies"), [(True, EACH), (False, 2 * EACH)], ids=["locked", "control"])
def test_two_who_deliver_the_rest_at_once_deliver_it_once(
    settings: Settings,
    material: Material,
    is_careful: bool,
    copies: int,
) -> None:
    handover_id = in_parts(material).id
    db.session.commit()
    barrier = make_barrier(2)
    outcomes = Counter(in_processes(settings, deliver_the_rest, [(barrier, handover_id, is_careful)] * 2))
    assert outcomes["delivered"] == copies // EACH
    db.session.rollback()
    assert held(material)["institution:GPO"] == copies
    assert (
        sum(db.session.scalars(select(StockMovement.quantity).where(StockMovement.reason == "handed_over"))) == copies
    )

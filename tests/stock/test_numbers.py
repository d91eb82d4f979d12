"""Numbered copies: named by movements and acts, found by number, and never in two hands."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.config import Settings
from portal.custody import queries as custody
from portal.handovers import deliveries
from portal.handovers import operations as handover_operations
from portal.handovers.deliveries import PlannedDelivery, PlannedReturn
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials import serial_numbers
from portal.materials.models import Handover, Material, StockPlace
from portal.materials.rules import PlannedLine, PlannedMaterial
from portal.platform.db import db, transaction
from portal.platform.errors import Conflict
from portal.platform.texts import Text
from portal.stock import movements, serials, titles
from portal.stock import operations as stock
from portal.stock.models import Cause, MovedNumbers, Step
from portal.stock.movements import Count
from portal.stock.rules import Act, PlannedMove, Reason
from tests import factories
from tests.factories.base import NOW
from tests.handovers.test_operations_acts import hand_over, make_act, paper, planned, sealer
from tests.handovers.test_operations_parts import LATER, sign
from tests.parallel import DEADLINE, in_processes, make_barrier
from tests.refusals import raises_refusal

DAY = NOW.date()


@pytest.fixture
def manual(session: scoped_session) -> Material:
    """Return a numbered title of which Osh has № 1–100 since the first of September."""
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"), is_numbered=True)
    move(
        material, material_operations.take_source(), factories.make_office(), "1-100", Reason.RECEIVED, date(2026, 9, 1)
    )
    session.commit()
    return material


def move(
    material: Material, start: StockPlace, end: StockPlace, named: str | int, reason: Reason, on: date = DAY
) -> None:
    """Move named copies, or as many as the number says."""
    some = serial_numbers.read(named) if isinstance(named, str) else serial_numbers.Numbers()
    step = Step(material, start, end, len(some) or int(named), numbers=some)
    stock.move([step], Cause(reason, on), actor=Operator(), now=NOW)


def where(material: Material, on: date | None = None) -> dict[str, str]:
    keys = {place.id: place.key for place in db.session.scalars(select(StockPlace))}
    return {keys[place]: str(some) for place, some in serials.held(material, on).items()}


def test_numbers_are_named_or_counted_out_and_every_copy_is_somewhere(
    session: scoped_session, manual: Material
) -> None:
    office, bishkek = factories.make_office(), factories.make_office("KG-GB")
    move(manual, office, bishkek, "40-49", Reason.MOVED)
    move(manual, office, bishkek, 3, Reason.MOVED)  # Nobody says which: the lowest of the shelf.
    assert where(manual) == {"office:KG-GO": "0004–0039, 0050–0100", "office:KG-GB": "0001–0003, 0040–0049"}
    assert where(manual, date(2026, 9, 1)) == {"office:KG-GO": "0001–0100"}
    move(manual, office, bishkek, 2, Reason.MOVED, date(2026, 9, 2))  # Late: only what is still free since.
    assert where(manual, date(2026, 9, 2))["office:KG-GB"] == "0004–0005"
    assert [one.to_place.key for one in serials.list_way(manual, 41)] == ["office:KG-GO", "office:KG-GB"]


def test_copies_that_cannot_be_are_refused_and_nothing_moves(session: scoped_session, manual: Material) -> None:
    office, bishkek = factories.make_office(), factories.make_office("KG-GB")
    plain = factories.make_material()
    factories.make_stock(plain, 10)
    move(manual, office, bishkek, "1-10", Reason.MOVED)
    session.commit()
    before = where(manual)
    source, earlier = material_operations.take_source(), date(2026, 9, 2)
    refused: Sequence[tuple[str, Any]] = (
        ("numbers_not_there", lambda: move(manual, office, bishkek, "10-11", Reason.MOVED)),
        ("numbers_not_there", lambda: move(manual, office, bishkek, "5", Reason.MOVED, earlier)),  # moved on later
        ("numbers_not_there", lambda: move(manual, bishkek, office, "5", Reason.MOVED, earlier)),  # not there yet
        ("numbers_doubled", lambda: move(manual, source, bishkek, "100-105", Reason.RECEIVED)),
        ("numbers_missing", lambda: move(manual, source, bishkek, 5, Reason.RECEIVED)),
        ("counted_by_number", lambda: count_short(manual, office)),
        ("not_numbered", lambda: move(plain, office, bishkek, "1-5", Reason.MOVED)),
        ("not_enough", lambda: move(manual, bishkek, office, 11, Reason.MOVED)),
        ("numbers_differ", lambda: give_wrong(manual, office)),
        ("numbering_fixed", lambda: titles.change(manual, unnumbered(manual), version=1, actor=Operator(), now=NOW)),
    )
    for error, attempt in refused:
        with raises_refusal(error):
            attempt()
        session.rollback()
        assert where(manual) == before, error
    kept = MovedNumbers(movement_id=session.scalars(select(MovedNumbers.movement_id)).first(), first=900, last=950)
    session.add(kept)
    session.flush()
    kept.last = 999
    with pytest.raises(DatabaseError, match="append-only"):
        session.flush()


def correct(first: Handover, quantity: int, *, numbers: str = "") -> Handover:
    new = handover_operations.draft_anew(first, actor=Operator(), now=LATER)
    line = PlannedLine(first.items[0].material_id, quantity, 35_000, "KGS", numbers=numbers)
    plan = planned(first.items[0].material, lines=(line,), handed_on=LATER.date())
    material_operations.change(new, plan, version=new.version, actor=Operator(), now=LATER)
    return handover_operations.hand_over(
        new, press=Press(paper, sealer()), base_url="http://x", actor=Operator(), now=LATER
    )


def count_short(material: Material, place: StockPlace) -> None:
    movements.count(place, [Count(material, 80, 90, "нет")], actor=Operator(), now=NOW)


def give_wrong(material: Material, place: StockPlace) -> None:
    planned = PlannedMove(Act.DAMAGE, 2, DAY, place.key, note="вода", numbers=serial_numbers.read("20-22"))
    movements.carry_out([(material, planned)], actor=Operator(), now=NOW)


def unnumbered(material: Material) -> PlannedMaterial:
    return PlannedMaterial(material.title, material.language, material.edition, is_numbered=False)


def test_act_names_its_copies_and_a_void_one_brings_them_back(session: scoped_session, manual: Material) -> None:
    training = factories.make_training(region="KG-GO")
    said = {f"{name}_ru": "–" for name in ("giving_position", "receiving_position", "place", "basis", "purpose")}
    orders = []

    def print_it(order: Any) -> bytes:
        orders.append(order)
        return paper(order)

    for named, shown in (("", "0001–0010"), ("31-40", "0031–0040")):
        handover = factories.make_handover(training, manual, 10, giving_name="А", receiving_name="Б", **said)
        handover.items[0].numbers = named
        handover_operations.hand_over(
            handover, press=Press(print_it, sealer()), base_url="http://x", actor=Operator(), now=NOW
        )
        assert handover.items[0].numbers == orders[-1].facts["lines"][0]["numbers"] == shown
        assert shown in where(manual)["institution:GPO"]
    handover_operations.void(handover, reason="ошибка", actor=Operator(), now=NOW)
    assert where(manual) == {"office:KG-GO": "0011–0100", "institution:GPO": "0001–0010"}


def test_numbers_follow_an_act_that_leaves_in_parts_comes_back_and_is_corrected(
    session: scoped_session, manual: Material
) -> None:
    """The copies of each step are named, or counted out, or refused; a void step undoes its own copies."""
    title = manual.id
    handover = hand_over(make_act(manual, 10, in_parts=True))
    assert handover.items[0].numbers == ""  # Nothing has left yet.
    for named in ("51-54", ""):
        some = serial_numbers.read(named)
        part = PlannedDelivery({title: 4}, DAY, "Асанов", numbers={title: some} if some else {})
        deliveries.deliver(handover, part, actor=Operator(), now=NOW)
    assert where(manual)["institution:GPO"] == "0001–0004, 0051–0054"
    deliveries.void(handover, 2, reason="ошибка", actor=Operator(), now=NOW)
    assert where(manual)["institution:GPO"] == "0051–0054"

    first = sign(hand_over(make_act(manual, 10)))
    assert first.items[0].numbers == "0001–0010"
    back = PlannedReturn(Act.RETURN, {title: 2}, DAY, "лишние", "office:KG-GO")
    with raises_refusal("numbers_missing"):
        deliveries.take_back(first, back, actor=Operator(), now=NOW)
    session.commit()
    with raises_refusal("numbers_missing"):
        correct(first, 9)
    session.rollback()
    second = correct(first, 9, numbers="1-8, 60")  # № 9 and 10 never left the shelf, № 60 did.
    assert second.items[0].numbers == second.facts["lines"][0]["numbers"] == "0001–0008, 0060"
    told = {one["aspect"]: one for one in second.facts["corrects"]["differences"]}["numbers"]
    assert (told["was"]["ru"]["text"], told["now"]["ru"]["text"]) == ("0001–0010", "0001–0008, 0060")
    assert where(manual)["institution:GPO"] == "0001–0008, 0051–0054, 0060"
    handover_operations.void(second, reason="ошибка", actor=Operator(), now=LATER)
    assert where(manual)["institution:GPO"] == "0001–0010, 0051–0054"
    account = custody.read(manual, Operator(), LATER.date()).account
    assert account.closes and account.papers.on_acts == 14


def receive_twice(app: Flask, material_id: int, region: str, is_locked: bool, barrier: Any) -> str:
    """Receive № 201–210 at an office at the same moment as somebody else does at another one."""
    if not is_locked:
        serials.lock = lambda *_arguments, **_options: None  # type: ignore[assignment]
    read = serials.list_entries

    def wait_after_reading(*arguments: Any) -> Any:
        entries = read(*arguments)
        if not is_locked:
            barrier.wait(DEADLINE)  # Both have looked before either has written.
        return entries

    serials.list_entries = wait_after_reading  # type: ignore[assignment]
    with app.app_context(), transaction():
        material = db.session.get_one(Material, material_id)
        office = material_operations.take_office(factories.get_region(region))
        if is_locked:
            barrier.wait(DEADLINE)
        try:
            move(material, material_operations.take_source(), office, "201-210", Reason.RECEIVED)
        except Conflict as refusal:
            assert refusal.code == "numbers_doubled"
            return "refused"
    return "received"


@pytest.mark.databases("postgresql")
def test_two_print_runs_never_bear_the_same_number(
    session: scoped_session, settings: Settings, manual: Material
) -> None:
    """Without the lock on the title (the control) both are received."""
    other = factories.make_material(is_numbered=True)
    factories.make_office("KG-GB")
    session.commit()
    for material, is_locked, results in ((manual, True, ["received", "refused"]), (other, False, ["received"] * 2)):
        barrier = make_barrier(2)
        tries = [(material.id, region, is_locked, barrier) for region in ("KG-GO", "KG-GB")]
        assert sorted(in_processes(settings, receive_twice, tries)) == results

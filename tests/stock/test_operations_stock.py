"""Stock under many hands never goes below zero, is always what the movements add up to, and keeps to its dates."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.materials import operations as material_operations
from portal.materials.models import Material, StockPlace
from portal.materials.rules import PlaceKind
from portal.people.models import Institution
from portal.platform import clock
from portal.platform.db import db, transaction
from portal.platform.errors import Conflict, Refusal
from portal.stock import operations as stock
from portal.stock import queries as stock_queries
from portal.stock.models import Cause, Step, StockBalance, StockMovement
from portal.stock.rules import Reason
from portal.trainings import operations as training_operations
from tests import factories
from tests.factories import NOW
from tests.parallel import DEADLINE, in_processes, make_barrier
from tests.refusals import raises_refusal

DAY = NOW.date()
GIVERS, TIMES, EACH, PRINTED = 16, 3, 13, 500


def cached(material: Material, place: StockPlace) -> int:
    query = select(StockBalance.quantity).filter_by(material_id=material.id, place_id=place.id)
    return db.session.scalar(query) or 0


def give(app: Flask, material_id: int, start_id: int, end_id: int) -> Counter[str]:
    """Give copies several times over, each time in a transaction of its own; count what came of it."""
    outcomes: Counter[str] = Counter()
    with app.app_context():
        while outcomes.total() < TIMES:
            try:
                with transaction():
                    steps = [Step(db.session.get_one(Material, material_id), *_both(start_id, end_id), EACH)]
                    stock.move(steps, Cause(Reason.GIVEN, DAY), actor=Operator(), now=clock.now())
                outcomes["given"] += 1
            except Conflict as refusal:
                assert (refusal.code, refusal.status) == ("not_enough", 409)
                outcomes["refused"] += 1
            except OperationalError as busy:  # On a slow machine SQLite's turn may come too late: people try again.
                if "database is locked" not in str(busy):
                    raise
    return outcomes


def _both(start_id: int, end_id: int) -> tuple[StockPlace, StockPlace]:
    return db.session.get_one(StockPlace, start_id), db.session.get_one(StockPlace, end_id)


@pytest.fixture
def shelf(session) -> tuple[Material, StockPlace, StockPlace]:
    """Return a title of which the office in Osh has 500 copies, the office, and the participants of a training."""
    material = factories.make_material()
    office = factories.make_stock(material, PRINTED)
    participants = material_operations.take_participants(factories.make_training(sessions=0))
    session.commit()
    return material, office, participants


def test_sixteen_givers_never_give_more_than_there_is(app: Flask, session, settings: Settings, shelf) -> None:
    material, office, participants = shelf
    ids = material.id, office.id, participants.id
    session.rollback()
    outcomes = in_processes(settings, give, [ids] * GIVERS)
    most = PRINTED // EACH
    assert sum(outcomes, Counter()) == {"given": most, "refused": GIVERS * TIMES - most}
    left = PRINTED - most * EACH
    assert (stock_queries.balance(material, office), cached(material, office)) == (left, left)
    assert (stock_queries.balance(material, participants), cached(material, participants)) == (most * EACH, most * EACH)


def give_unprotected(app: Flask, material_id: int, start_id: int, end_id: int, barrier: Any) -> None:
    """Give as a program does that reads the balance first and writes the movement later."""
    with app.app_context():
        material, (start, end) = db.session.get_one(Material, material_id), _both(start_id, end_id)
        assert stock_queries.balance(material, start) >= 400
        db.session.rollback()
        barrier.wait(DEADLINE)
        stock._apply = lambda _steps, _day: None
        with transaction():
            stock.move([Step(material, start, end, 400)], Cause(Reason.GIVEN, DAY), actor=Operator(), now=clock.now())


def test_control_without_the_guarded_balance_more_is_given(app: Flask, session, settings: Settings, shelf) -> None:
    material, office, participants = shelf
    ids = material.id, office.id, participants.id
    session.rollback()
    in_processes(settings, give_unprotected, [(*ids, make_barrier(3))] * 3)
    assert stock_queries.balance(material, office) == PRINTED - 3 * 400


def test_database_holds_no_balance_below_zero(session, shelf) -> None:
    material, office, _participants = shelf
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE stock_balance SET quantity = quantity - 501"))
    session.rollback()
    assert cached(material, office) == PRINTED


def test_movements_stay_as_they_are(session, shelf) -> None:
    for statement in ("UPDATE stock_movement SET quantity = 1", "DELETE FROM stock_movement"):
        with pytest.raises(DatabaseError, match="append-only"):
            session.execute(text(statement))
        session.rollback()
    assert session.scalars(select(StockMovement.quantity)).all() == [PRINTED]


def test_balances_are_what_the_movements_add_up_to(session, shelf) -> None:
    chance = random.Random(4)
    first, office, participants = shelf
    titles = [first, factories.make_material()]
    training = participants.training
    held = [office, factories.make_office("KG-Y"), material_operations.take_training(training), participants]
    ends = [
        material_operations.take_institution(factories.get_institution("GPO")),
        material_operations.take_lost("KG-GO"),
    ]
    routes = [
        (Reason.RECEIVED, material_operations.take_source(), held[0]),
        (Reason.MOVED, held[0], held[1]),
        (Reason.MOVED, held[1], held[2]),
        (Reason.GIVEN, held[2], held[3]),
        (Reason.HANDED_OVER, held[1], ends[0]),
        (Reason.RETURNED, ends[0], held[0]),
        (Reason.LOST, held[0], ends[1]),
        (Reason.STOCKTAKE, ends[1], held[0]),
    ]
    done = 0
    for _step in range(150):
        reason, start, end = chance.choice(routes)
        steps = [Step(title, start, end, chance.randint(1, 150)) for title in titles]
        day = DAY + timedelta(days=chance.randint(-20, 20))
        try:
            with session.begin_nested():
                stock.move(steps, Cause(reason, day), actor=Operator(), now=NOW)
            done += 1
        except Refusal as refusal:
            assert refusal.code in ("not_enough", "not_enough_then", "not_there_yet")
            continue
    assert 20 < done < 150
    for title in titles:
        for place in [*held, *ends]:
            assert cached(title, place) == stock_queries.balance(title, place) >= 0
            running = [
                stock_queries.balance(title, place, day) for day, _change in stock_queries.changes(title.id, place.id)
            ]
            assert min(running, default=0) >= 0, "No day ends with fewer copies than none."


def test_one_of_several_titles_short_moves_none(session, shelf) -> None:
    plenty, office, participants = shelf
    scarce = factories.make_material()
    factories.make_stock(scarce, 3)
    session.commit()
    steps = [Step(plenty, office, participants, 10), Step(scarce, office, participants, 4)]
    with raises_refusal("not_enough") as refusal:
        stock.move(steps, Cause(Reason.GIVEN, DAY), actor=Operator(), now=NOW)
    session.rollback()
    assert "only 3 copies" in str(refusal.value) and scarce.title_en in str(refusal.value)
    assert (cached(plenty, office), cached(scarce, office)) == (PRINTED, 3)


def test_one_act_is_one_entry_and_one_batch(session, shelf) -> None:
    material, office, participants = shelf
    other = factories.make_material()
    factories.make_stock(other, 5)
    before = session.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()))
    steps = [Step(material, office, participants, 2), Step(other, office, participants, 5)]
    moved = stock.move(steps, Cause(Reason.GIVEN, DAY, "к закрытию"), actor=Operator(), now=NOW)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.id > before)).all()
    assert [(entry.event, entry.subject) for entry in entries] == [("materials.stock_moved", f"stock {moved[0].batch}")]
    assert {one.batch for one in moved} == {moved[0].batch}


@pytest.mark.parametrize(("day", "error"), [(date(2026, 8, 31), "not_there_yet"), (DAY, "not_enough_then")])
@pytest.mark.databases("sqlite")
def test_copies_are_not_given_before_they_came(session, shelf, day: date, error: str) -> None:
    material, office, participants = shelf
    factories.make_movement(material, office, participants, 450, Reason.GIVEN, DAY + timedelta(days=2))
    factories.make_stock(material, 100, on=DAY + timedelta(days=5))
    with raises_refusal(error):
        factories.make_movement(material, office, participants, 51, Reason.GIVEN, day)


@pytest.mark.databases("sqlite")
def test_balance_is_known_at_any_date(shelf) -> None:
    material, office, participants = shelf
    factories.make_movement(material, office, participants, 60, Reason.GIVEN, DAY)
    days = (date(2026, 8, 31), date(2026, 9, 1), DAY, None)
    assert [stock_queries.balance(material, office, day) for day in days] == [0, 500, 440, 440]
    assert stock_queries.balance(material, material_operations.take_source()) == -500


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 10**30])
def test_implausible_numbers_move_nothing(session, shelf, quantity: int) -> None:
    material, office, participants = shelf
    with raises_refusal("quantity_implausible"):
        factories.make_movement(material, office, participants, quantity, Reason.GIVEN)
    assert cached(material, office) == PRINTED


@pytest.mark.databases("sqlite")
def test_closed_institution_receives_nothing(session, shelf) -> None:
    material, office, _participants = shelf
    institution: Institution = factories.get_institution("GPO")
    institution.closed_on = DAY
    end = material_operations.take_institution(institution)
    with pytest.raises(material_operations.InstitutionClosed):
        factories.make_movement(material, office, end, 1, Reason.HANDED_OVER, DAY)
    factories.make_movement(material, office, end, 1, Reason.HANDED_OVER, DAY - timedelta(days=1))
    assert cached(material, end) == 1


@pytest.mark.databases("sqlite")
def test_finalized_training_keeps_what_was_given(session, shelf) -> None:
    material, office, participants = shelf
    brought = material_operations.take_training(participants.training)
    factories.make_movement(material, office, brought, 20, Reason.MOVED)
    participants.training.state = "finalized"
    session.flush()
    with pytest.raises(training_operations.TrainingLocked):
        factories.make_movement(material, office, participants, 1, Reason.GIVEN)
    factories.make_movement(material, brought, office, 20, Reason.MOVED)
    assert cached(material, office) == PRINTED


@pytest.mark.databases("sqlite")
def test_places_are_made_once(session) -> None:
    training = factories.make_training(sessions=0)
    found = [material_operations.take_participants(training).id for _time in range(2)]
    assert found[0] == found[1]
    assert material_operations.take_participants(training).kind == PlaceKind.PARTICIPANTS

"""Read numbered copies: what carried them where, who holds which, and the way of one of them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.access.policy import Actor
from portal.materials.models.handovers import ReceiptSignature
from portal.materials.models.materials import Material, StockPlace
from portal.materials.models.stock import MovedNumbers, StockMovement
from portal.materials.queries import stock
from portal.materials.rules import numbers as rules
from portal.materials.rules.numbers import Carried, Numbers
from portal.materials.rules.stock import PlaceKind, Reason
from portal.platform.db import db
from portal.registration.models import Registration


@dataclass(frozen=True)
class Entry:
    """A movement of numbered copies; where `is_source`, they came from the print run."""

    moved_on: date
    from_place_id: int
    to_place_id: int
    is_source: bool
    numbers: Numbers


def has_moved(material: Material) -> bool:
    """Tell whether copies of a title have ever come."""
    query = select(StockMovement.id).where(StockMovement.material_id == material.id).limit(1)
    return db.session.scalar(query) is not None


def list_entries(material_id: int, on: date | None = None) -> list[Entry]:
    """Return every movement of a numbered title in the order of its days, and of one day as they were recorded."""
    movement = StockMovement
    query = (
        select(
            movement.id, movement.moved_on, movement.from_place_id, movement.to_place_id, StockPlace.kind,
            MovedNumbers.first, MovedNumbers.last,
        )
        .join(MovedNumbers, MovedNumbers.movement_id == movement.id)
        .join(StockPlace, StockPlace.id == movement.from_place_id)
        .where(movement.material_id == material_id)
        .order_by(movement.moved_on, movement.id, MovedNumbers.first)
    )  # fmt: skip
    if on is not None:
        query = query.where(movement.moved_on <= on)
    found = []
    for _id, rows in groupby(db.session.execute(query), key=lambda row: row[0]):
        ranges = list(rows)
        _movement, day, start, end, kind, _first, _last = ranges[0]
        numbers = Numbers.of((row[5], row[6]) for row in ranges)
        found.append(Entry(day, start, end, kind == PlaceKind.SOURCE.value, numbers))
    return found


def held(material: Material, on: date | None = None) -> dict[int, Numbers]:
    """Return the numbers of a title that each place holds, at the end of a day or now, by the place's id."""
    return checked(material, on)[0]


def checked(material: Material, on: date | None = None) -> tuple[dict[int, Numbers], rules.NumbersClash | None]:
    """Return the numbers at each place, and what stands against them: then the movements are not what they were."""
    if not material.is_numbered:
        return {}, None
    entries = list_entries(material.id, on)
    try:
        carried = (Carried(one.from_place_id, one.to_place_id, one.numbers, one.is_source) for one in entries)
        return rules.held(carried), None
    except rules.NumbersClash as clash:
        return {}, clash


def list_held(material: Material, actor: Actor, on: date | None = None) -> list[tuple[StockPlace, Numbers]]:
    """Return the places within reach that hold numbered copies of a title, with which ones."""
    where = held(material, on)
    query = stock.with_names(select(StockPlace)).where(StockPlace.id.in_(where), stock.is_reached(actor))
    return [(place, where[place.id]) for place in db.session.scalars(query.order_by(StockPlace.kind, StockPlace.key))]


def find_signature(material: Material, number: int) -> ReceiptSignature | None:
    """Return who signed last for a copy by its number, with the person and the training."""
    query = (
        select(ReceiptSignature)
        .join(ReceiptSignature.registration)
        .options(
            contains_eager(ReceiptSignature.registration).joinedload(Registration.person),
            contains_eager(ReceiptSignature.registration).joinedload(Registration.training),
        )
        .where(ReceiptSignature.material_id == material.id, ReceiptSignature.copy_number == rules.written(number))
        .order_by(ReceiptSignature.id.desc())
    )
    return db.session.scalars(query.limit(1)).first()


def numbers_of(movement_ids: Collection[int]) -> dict[int, Numbers]:
    """Return the numbers that some movements carried, by movement."""
    query = select(MovedNumbers).where(MovedNumbers.movement_id.in_(movement_ids)).order_by(MovedNumbers.first)
    ranges: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one in db.session.scalars(query):
        ranges[one.movement_id].append((one.first, one.last))
    return {movement_id: Numbers.of(some) for movement_id, some in ranges.items()}


def list_of_acts(handover_ids: Collection[int]) -> list[tuple[int, bool, Numbers]]:
    """Return what acts moved of numbered titles, as it was recorded: the title, whether it came, and the numbers."""
    query = (
        select(StockMovement.id, StockMovement.material_id, StockMovement.reason)
        .where(StockMovement.handover_id.in_(handover_ids))
        .order_by(StockMovement.id)
    )
    rows = db.session.execute(query).all()
    carried = numbers_of({row[0] for row in rows})
    return [(row[1], row[2] == Reason.HANDED_OVER.value, carried[row[0]]) for row in rows if row[0] in carried]


def list_way(material: Material, number: int) -> list[StockMovement]:
    """Return the movements of one copy, from the print run to whoever has it."""
    query = (
        select(StockMovement)
        .join(MovedNumbers, MovedNumbers.movement_id == StockMovement.id)
        .where(StockMovement.material_id == material.id, MovedNumbers.first <= number, MovedNumbers.last >= number)
        .options(*stock.movement_names())
        .order_by(StockMovement.moved_on, StockMovement.id)
    )
    return list(db.session.scalars(query))

"""Numbered copies: which ones a movement carries, who holds them, and the path of one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select

from portal.access.policy import Actor
from portal.materials import queries as material_queries
from portal.materials import serial_numbers
from portal.materials.models import Material, StockPlace
from portal.materials.rules import IN_STOCK, PlaceKind
from portal.materials.serial_numbers import Carried, Clash, Numbers, NumbersClash
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, text_of
from portal.stock import queries
from portal.stock.models import Cause, MovedNumbers, Step, StockMovement
from portal.stock.rules import TAKES_LOWEST


@dataclass(frozen=True)
class Entry(Carried):
    """A movement of numbered copies, with its day."""

    _: KW_ONLY
    moved_on: date


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
        found.append(Entry(start, end, numbers, kind == PlaceKind.SOURCE, moved_on=day))
    return found


def held(material: Material, on: date | None = None) -> dict[int, Numbers]:
    """Return the numbers of a title that each place holds, at the end of a day or now, by the place's id."""
    return checked(material, on)[0]


def checked(material: Material, on: date | None = None) -> tuple[dict[int, Numbers], NumbersClash | None]:
    """Return the numbers at each place, and what stands against them: then the movements are not what they were."""
    if not material.is_numbered:
        return {}, None
    try:
        return serial_numbers.held(list_entries(material.id, on)), None
    except NumbersClash as clash:
        return {}, clash


def list_held(material: Material, actor: Actor, on: date | None = None) -> list[tuple[StockPlace, Numbers]]:
    """Return the places within reach that hold numbered copies of a title, with which ones."""
    where = held(material, on)
    query = material_queries.with_names(select(StockPlace)).where(
        StockPlace.id.in_(where), material_queries.is_reached(actor)
    )
    return [(place, where[place.id]) for place in db.session.scalars(query.order_by(StockPlace.kind, StockPlace.key))]


def numbers_of(movement_ids: Collection[int]) -> dict[int, Numbers]:
    """Return the numbers that some movements carried, by movement."""
    query = select(MovedNumbers).where(MovedNumbers.movement_id.in_(movement_ids)).order_by(MovedNumbers.first)
    ranges: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one in db.session.scalars(query):
        ranges[one.movement_id].append((one.first, one.last))
    return {movement_id: Numbers.of(some) for movement_id, some in ranges.items()}


def list_way(material: Material, number: int) -> list[StockMovement]:
    """Return the movements of one copy, from the print run to whoever has it."""
    query = (
        select(StockMovement)
        .join(MovedNumbers, MovedNumbers.movement_id == StockMovement.id)
        .where(StockMovement.material_id == material.id, MovedNumbers.first <= number, MovedNumbers.last >= number)
        .options(*queries.movement_names())
        .order_by(StockMovement.moved_on, StockMovement.id)
    )
    return list(db.session.scalars(query))


def take(steps: Sequence[Step], cause: Cause) -> list[Numbers]:
    """Return which numbered copies each step carries, none for a title without numbers.

    Numbered titles are locked one after the other until the end of the transaction, before any balance is, so that no
    two givers take the same copy and no two print runs bear the same number.

    :raises Refusal: if numbers are given of copies that have none; if they are left out where nobody can count them
        out; if they are not as many as the copies.
    :raises Conflict: if the place does not hold them on that day, or needs them for what came later; if a print run
        brings numbers that are there already.
    """
    places = [place for place, step in enumerate(steps) if step.material.is_numbered]
    if any(step.numbers for step in steps if not step.material.is_numbered):
        raise Refusal(
            "not_numbered",
            _l("The copies of “%(title)s” are not numbered. Leave the numbers out."),
            title=text_of(next(step.material for step in steps if step.numbers), "title"),
        )
    by_title: dict[int, list[int]] = defaultdict(list)
    for place in places:
        by_title[steps[place].material.id].append(place)
    taken = [Numbers()] * len(steps)
    for material_id in sorted(by_title):
        lock(Material, material_id, key_share=True)  # Against others who move its copies.
        entries = list_entries(material_id)
        for place in by_title[material_id]:
            taken[place] = _taken(steps[place], cause, entries)
            entries = _with(entries, steps[place], cause, taken[place])
    return taken


def _taken(step: Step, cause: Cause, entries: Sequence[Entry]) -> Numbers:
    title = text_of(step.material, "title")
    if step.numbers:
        if len(step.numbers) != step.quantity:
            raise Refusal(
                "numbers_differ",
                _l("“%(title)s”: № %(numbers)s are %(found)s copies, not %(quantity)s."),
                field="numbers",
                title=title,
                numbers=step.numbers,
                found=len(step.numbers),
                quantity=step.quantity,
            )
        try:
            serial_numbers.held(_with(entries, step, cause, step.numbers))
        except NumbersClash as clash:
            raise Conflict(*_CLASHES[clash.clash], field="numbers", title=title, numbers=clash.numbers) from clash
        return step.numbers
    if (step.reason or cause.reason) not in TAKES_LOWEST or PlaceKind(step.from_place.kind) not in IN_STOCK:
        raise Refusal(
            "numbers_missing",
            _l("The copies of “%(title)s” are numbered: say which ones, such as 1–40, 55."),
            field="numbers",
            title=title,
        )
    return _free(entries, step.from_place.id, cause.moved_on).lowest(step.quantity)


_CLASHES: Mapping[Clash, tuple[str, Any]] = {
    Clash.DOUBLED: (
        "numbers_doubled",
        _l("“%(title)s”: № %(numbers)s were received already. A number stands on one copy only."),
    ),
    Clash.ABSENT: (
        "numbers_not_there",
        _l("“%(title)s”: № %(numbers)s are not there on that day, or are needed for what was recorded later."),
    ),
}


def _free(entries: Sequence[Entry], place_id: int, day: date) -> Numbers:
    """Return the numbers that a place holds at the end of a day and does not give away later."""
    there = serial_numbers.held(one for one in entries if one.moved_on <= day).get(place_id, Numbers())
    for one in entries:
        if one.moved_on > day and one.start == place_id:
            there = there - one.numbers
    return there


def _with(entries: Sequence[Entry], step: Step, cause: Cause, numbers: Numbers) -> list[Entry]:
    """Return the movements of a title with a new one on its day, after whatever happened that day."""
    is_source = step.from_place.kind == PlaceKind.SOURCE
    new = Entry(step.from_place.id, step.to_place.id, numbers, is_source, moved_on=cause.moved_on)
    return sorted([*entries, new], key=lambda one: one.moved_on)

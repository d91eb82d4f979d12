"""Which numbered copies a movement carries: named, or counted out from the lowest; never one that is not there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from portal.materials.models.materials import Material, StockPlace
from portal.materials.queries import numbers as queries
from portal.materials.queries.numbers import Entry
from portal.materials.rules import numbers as rules
from portal.materials.rules.numbers import Carried, Clash, Numbers, NumbersClash
from portal.materials.rules.stock import IN_STOCK, TAKES_LOWEST, PlaceKind, Reason
from portal.platform.db import lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.languages import text_of
from portal.platform.wording import _l


class NotNumbered(Refusal):
    """Refuse numbers of copies that have none."""

    message = _l("The copies of “%(title)s” are not numbered. Leave the numbers out.")


class NumbersMissing(Refusal):
    """Refuse to guess which numbered copies came, came back or are gone."""

    message = _l("The copies of “%(title)s” are numbered: say which ones, such as 1–40, 55.")


class NumbersDiffer(Refusal):
    """Refuse numbers that are more or fewer than the copies."""

    message = _l("“%(title)s”: № %(numbers)s are %(found)s copies, not %(quantity)s.")


class NumbersNotThere(Conflict):
    """Refuse numbered copies from a place that does not hold them, or did not on that day."""

    message = _l("“%(title)s”: № %(numbers)s are not there on that day, or are needed for what was recorded later.")


class NumbersDoubled(Conflict):
    """Refuse a print run with numbers that copies bear already."""

    message = _l("“%(title)s”: № %(numbers)s were received already. A number stands on one copy only.")


class Step(Protocol):
    """What is moved, as `stock` has it."""

    @property
    def material(self) -> Material: ...
    @property
    def from_place(self) -> StockPlace: ...
    @property
    def to_place(self) -> StockPlace: ...
    @property
    def quantity(self) -> int: ...
    @property
    def numbers(self) -> Numbers: ...
    @property
    def reason(self) -> Reason | None: ...


class Cause(Protocol):
    """Why and when."""

    @property
    def reason(self) -> Reason: ...
    @property
    def moved_on(self) -> date: ...


def take(steps: Sequence[Step], cause: Cause) -> list[Numbers]:
    """Return which numbered copies each step carries, none for a title without numbers.

    Numbered titles are locked one after the other until the end of the transaction, before any balance is, so that no
    two givers take the same copy and no two print runs bear the same number.

    :raises NotNumbered: if numbers are given of copies that have none.
    :raises NumbersMissing: if they are left out where nobody can count them out.
    :raises NumbersDiffer: if they are not as many as the copies.
    :raises NumbersNotThere: if the place does not hold them on that day, or needs them for what came later.
    :raises NumbersDoubled: if a print run brings numbers that are there already.
    """
    places = [place for place, step in enumerate(steps) if step.material.is_numbered]
    if any(step.numbers for step in steps if not step.material.is_numbered):
        raise NotNumbered(title=text_of(next(s.material for s in steps if s.numbers), "title"))
    by_title: dict[int, list[int]] = defaultdict(list)
    for place in places:
        by_title[steps[place].material.id].append(place)
    taken = [Numbers()] * len(steps)
    for material_id in sorted(by_title):
        lock(Material, material_id, key_share=True)  # Against others who move its copies.
        entries = queries.list_entries(material_id)
        for place in by_title[material_id]:
            taken[place] = _taken(steps[place], cause, entries)
            entries = _with(entries, steps[place], cause, taken[place])
    return taken


def _taken(step: Step, cause: Cause, entries: Sequence[Entry]) -> Numbers:
    title = text_of(step.material, "title")
    if step.numbers:
        if len(step.numbers) != step.quantity:
            raise NumbersDiffer(title=title, numbers=step.numbers, found=len(step.numbers), quantity=step.quantity)
        _require(_with(entries, step, cause, step.numbers), title)
        return step.numbers
    if (step.reason or cause.reason) not in TAKES_LOWEST or PlaceKind(step.from_place.kind) not in IN_STOCK:
        raise NumbersMissing(title=title)
    return _free(entries, step.from_place.id, cause.moved_on).lowest(step.quantity)


def _require(entries: Sequence[Entry], title: str) -> None:
    try:
        rules.held(_carried(entries))
    except NumbersClash as clash:
        error = NumbersDoubled if clash.clash == Clash.DOUBLED else NumbersNotThere
        raise error(title=title, numbers=clash.numbers) from clash


def _free(entries: Sequence[Entry], place_id: int, day: date) -> Numbers:
    """Return the numbers that a place holds at the end of a day and does not give away later."""
    there = rules.held(_carried([one for one in entries if one.moved_on <= day])).get(place_id, Numbers())
    for one in entries:
        if one.moved_on > day and one.from_place_id == place_id:
            there = there - one.numbers
    return there


def _with(entries: Sequence[Entry], step: Step, cause: Cause, numbers: Numbers) -> list[Entry]:
    """Return the movements of a title with a new one on its day, after whatever happened that day."""
    is_source = PlaceKind(step.from_place.kind) == PlaceKind.SOURCE
    new = Entry(cause.moved_on, step.from_place.id, step.to_place.id, is_source, numbers)
    return sorted([*entries, new], key=lambda one: one.moved_on)


def _carried(entries: Sequence[Entry]) -> Iterator[Carried]:
    for one in entries:
        yield Carried(one.from_place_id, one.to_place_id, one.numbers, one.is_source)

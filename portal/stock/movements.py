"""Move copies by hand, within the actor's reach, and count what a place holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.access import policy
from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.materials import operations as material_operations
from portal.materials.models import Material, StockPlace
from portal.materials.rules import PlaceKind
from portal.platform import clock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, text_of
from portal.stock import operations, queries
from portal.stock.models import Cause, Step, StockMovement
from portal.stock.rules import EXPLAINED, REASON_OF, Act, PlannedMove, Reason

SAY_WHY = _l("Say in a few words why.")


@dataclass(frozen=True)
class Count:
    """What somebody counted of a title, what should have been there when they began, and why it differs."""

    material: Material
    counted: int
    expected: int
    note: str = ""


def carry_out(planned: Sequence[tuple[Material, PlannedMove]], *, actor: Actor, now: datetime) -> list[StockMovement]:
    """Do one act with copies of one title or several: the same act, places, day and note for all.

    :raises Refusal: if a place is none, or not within the actor's reach; if the act needs a reason; if copies of a
        retired title are received; whatever `stock.operations.move` refuses.
    """
    first = planned[0][1]
    if first.act in EXPLAINED and not first.note:
        raise Refusal("reason_missing", SAY_WHY, field="note")
    retired = [material for material, _move in planned if material.is_retired]
    if first.act == Act.RECEIVE and retired:
        raise Refusal(
            "material_retired",
            _l("“%(title)s” is retired. Put it back on the list before you receive copies."),
            title=text_of(retired[0], "title"),
        )
    start, end = _ends(first, actor)
    steps = [Step(material, start, end, move.quantity, numbers=move.numbers) for material, move in planned]
    cause = Cause(REASON_OF[first.act], first.moved_on, first.note)
    return operations.move(steps, cause, actor=actor, now=now)


def count(place: StockPlace, counts: Sequence[Count], *, actor: Actor, now: datetime) -> int:
    """Set what a place holds to what was counted there, and return how many titles differed.

    Copies that are missing are lost; copies too many were lost before, or have come without being received.

    :raises Refusal: if no title was counted; if a count differs and nobody says why; if a count of numbered copies
        differs.
    :raises Conflict: if copies were moved since the count began.
    """
    if not counts:
        raise Refusal(
            "nothing_counted",
            _l("Give the number of copies of at least one title; a title of which there are none is 0."),
        )
    differing = [one for one in counts if one.counted != one.expected]
    if any(not one.note for one in differing):
        raise Refusal("reason_missing", SAY_WHY, field="note")
    for one in differing:
        if one.material.is_numbered:
            raise Refusal(
                "counted_by_number",
                _l("“%(title)s” is numbered. Write off what is missing by its numbers, then count again."),
                title=text_of(one.material, "title"),
            )
    assert place.region_code is not None
    source, lost = material_operations.take_source(), material_operations.take_lost(place.region_code)
    steps = [step for one in differing for step in _corrections(one, place, source, lost)]
    day = clock.country_day(now)
    if steps:
        operations.move(steps, Cause(Reason.STOCKTAKE, day), actor=actor, now=now)
    held = {now_there.material.id: now_there.quantity for now_there in queries.list_balances(places=[place.id])}
    for one in counts:
        there = held.get(one.material.id, 0)
        if there != one.counted:
            before = there - one.counted + one.expected
            raise Conflict(
                "counted_meanwhile",
                _l("Copies of “%(title)s” were moved while you counted: %(balance)s should be there now. Count again."),
                title=text_of(one.material, "title"),
                balance=before,
            )
    audit.record(
        "materials.stock_counted",
        f"place {place.key}",
        after={"titles": len(counts), "differing": len(differing)},
        actor=actor,
        now=now,
    )
    return len(differing)


def _corrections(one: Count, place: StockPlace, source: StockPlace, lost: StockPlace) -> list[Step]:
    missing = one.expected - one.counted
    if missing > 0:
        return [Step(one.material, place, lost, missing, one.note)]
    found = min(-missing, queries.balance(one.material, lost))
    more = -missing - found
    steps = [Step(one.material, lost, place, found, one.note), Step(one.material, source, place, more, one.note)]
    return [step for step in steps if step.quantity]


def _ends(planned: PlannedMove, actor: Actor) -> tuple[StockPlace, StockPlace]:
    """Return where copies leave and where they come; of what belongs to a region, the actor must reach one of both."""
    start = material_operations.take_source() if planned.act == Act.RECEIVE else _reached(planned.start, actor)
    if planned.act in (Act.DAMAGE, Act.LOSE):
        if start.region_code is None:
            raise _place_unknown()
        return start, written_off(planned.act, start.region_code)
    end = material_operations.take_by_key(planned.end)
    if planned.act == Act.MOVE and end is not None and end.kind == PlaceKind.OFFICE:
        return start, end  # Copies are sent to whatever office.
    return start, reached(planned.end, actor)


def written_off(act: Act, region_code: str) -> StockPlace:
    take = material_operations.take_damaged if act == Act.DAMAGE else material_operations.take_lost
    return take(region_code)


def reached(key: str, actor: Actor) -> StockPlace:
    """Return the place of a region to which the actor may bring copies.

    :raises Refusal: if the key names none, or none within reach.
    """
    place = _reached(key, actor)
    if place.region_code is None:
        raise _place_unknown()
    return place


def _reached(key: str, actor: Actor) -> StockPlace:
    place = material_operations.take_by_key(key)
    if place is None or not policy.reaches(actor, place.scope):
        raise _place_unknown()
    return place


def _place_unknown() -> Refusal:
    return Refusal("place_unknown", _l("Choose a place of the list."), field="end")

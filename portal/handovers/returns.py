"""Record copies of an act as returned, damaged or lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from portal.access.policy import Actor
from portal.handovers.deliveries import WRONG_DAY
from portal.handovers.possible import ensure_possible
from portal.handovers.rules import ActStep
from portal.materials import operations as material_operations
from portal.materials.models import Handover, StockPlace
from portal.materials.queries import list_by_ids
from portal.materials.rules import MAX_NOTE
from portal.materials.serial_numbers import Numbers
from portal.platform import clock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, text_of
from portal.stock import movements
from portal.stock import operations as stock
from portal.stock.models import Cause, Step, StockMovement
from portal.stock.movements import SAY_WHY
from portal.stock.rules import REASON_OF, Act

KINDS = (Act.RETURN, Act.DAMAGE, Act.LOSE)


@dataclass(frozen=True)
class PlannedReturn:
    """What happened to copies that an institution had got: `end` is the key of the place to which they came back."""

    act: Act
    copies: Mapping[int, int]
    happened_on: date
    note: str
    end: str = ""
    numbers: Mapping[int, Numbers] = field(default_factory=dict)


def take_back(handover: Handover, planned: PlannedReturn, *, actor: Actor, now: datetime) -> list[StockMovement]:
    """Take copies back, or write off copies at the institution, never more than it got by the act and still has.

    :raises Refusal: if there are no copies in it.
    :raises Refusal: if nobody says why.
    :raises Refusal: if the day lies before the act, or is still to come.
    :raises Conflict: if the institution has fewer copies by this act.
    :raises Refusal: if they come back to no place within reach.
    :raises Refusal: if the act allows it not, or `stock.operations.move` refuses.
    """
    status = ensure_possible(ActStep.TAKE_BACK, handover)
    if not planned.copies:
        raise Refusal("nothing_back", _l("Give the copies of at least one title."))
    if not 0 < len(planned.note) <= MAX_NOTE:
        raise Refusal("reason_missing", SAY_WHY, field="note")
    if not handover.handed_on <= planned.happened_on <= clock.country_day(now):
        raise Refusal("day_implausible", WRONG_DAY, field="happened_on", first=handover.handed_on.isoformat())
    titles = {one.id: one for one in list_by_ids(planned.copies)}
    there = {line.material_id: line.there for line in status.lines}
    for title, copies in planned.copies.items():
        if copies > there.get(title, 0):
            shown, left = titles[title], there.get(title, 0)
            raise Conflict(
                "more_than_got",
                _l("By this act the institution has %(there)s copies of “%(title)s”, not %(quantity)s."),
                there=left,
                title=text_of(shown, "title"),
                quantity=copies,
                material=shown,
            )
    start, end = material_operations.take_institution(handover.receiving_institution), _end(handover, planned, actor)
    steps = [
        Step(titles[title], start, end, copies, numbers=planned.numbers.get(title, Numbers()))
        for title, copies in planned.copies.items()
    ]
    cause = Cause(REASON_OF[planned.act], planned.happened_on, planned.note, handover)
    return stock.move(steps, cause, actor=actor, now=now)


def _end(handover: Handover, planned: PlannedReturn, actor: Actor) -> StockPlace:
    if planned.act == Act.DAMAGE:
        return material_operations.take_damaged(handover.region_code)
    if planned.act == Act.LOSE:
        return material_operations.take_lost(handover.region_code)
    return movements.reached(planned.end, actor)

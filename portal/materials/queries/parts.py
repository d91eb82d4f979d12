"""Read what has become of an act's copies: agreed, delivered, still with the institution."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from portal.materials.models.handovers import Handover, HandoverDelivery, HandoverEnding
from portal.materials.models.stock import StockMovement
from portal.materials.queries import handovers as queries
from portal.materials.queries import stock
from portal.materials.rules.handovers import HandoverState
from portal.materials.rules.standing import Line, Standing
from portal.materials.rules.stock import Reason
from portal.platform.db import db

_PRINTED = (HandoverState.PRINTED, HandoverState.SIGNED)


def standing_of(handover: Handover) -> Standing:
    """Return where an act stands, read anew from its movements."""
    correction = queries.find_correction(handover)
    ending = select(HandoverEnding.handover_id).where(HandoverEnding.handover_id == handover.id)
    return Standing(
        state=HandoverState(handover.state),
        lines=tuple(_lines(handover)),
        in_parts=handover.in_parts,
        is_ended=db.session.scalar(ending) is not None,
        is_correction=handover.is_correction,
        correction=HandoverState(correction.state) if correction else None,
    )


def list_corrected(handover: Handover) -> list[Handover]:
    """Return the signed acts that this one corrects, the nearest first."""
    found: list[Handover] = []
    while handover.is_correction:
        assert handover.corrects is not None
        handover = handover.corrects
        found.append(handover)
    return found


def list_deliveries(handover: Handover) -> list[tuple[HandoverDelivery, list[StockMovement]]]:
    """Return the parts in which an act's copies left, with the movements of each, in their order."""
    moves = (
        select(StockMovement)
        .join(HandoverDelivery, HandoverDelivery.batch == StockMovement.batch)
        .options(joinedload(StockMovement.material))
        .where(HandoverDelivery.handover_id == handover.id)
        .order_by(StockMovement.id)
    )
    by_batch: dict[str, list[StockMovement]] = {}
    for move in db.session.scalars(moves):
        by_batch.setdefault(move.batch, []).append(move)
    query = select(HandoverDelivery).where(HandoverDelivery.handover_id == handover.id)
    deliveries = db.session.scalars(query.order_by(HandoverDelivery.serial))
    return [(one, by_batch.get(one.batch, [])) for one in deliveries]


def list_afterwards(handover: Handover) -> list[StockMovement]:
    """Return the movements of an act's copies after they had left: back, damaged or lost, the newest first."""
    start, end = StockMovement.from_place, StockMovement.to_place
    query = (
        select(StockMovement)
        .options(*(joinedload(side).joinedload(part) for side in (start, end) for part in stock.NAMED))
        .options(joinedload(StockMovement.material))
        .where(StockMovement.handover_id == handover.id, StockMovement.reason != Reason.HANDED_OVER.value)
        .order_by(StockMovement.moved_on.desc(), StockMovement.id.desc())
    )
    return list(db.session.scalars(query))


def net_of(handover_ids: Sequence[int]) -> dict[int, int]:
    """Return by title the copies that acts have brought to their institution and that are still there."""
    signed = case(
        (StockMovement.reason == Reason.HANDED_OVER.value, StockMovement.quantity), else_=-StockMovement.quantity
    )
    query = (
        select(StockMovement.material_id, func.sum(signed))
        .where(StockMovement.handover_id.in_(handover_ids))
        .group_by(StockMovement.material_id)
        .order_by(StockMovement.material_id)
    )
    return {material_id: int(copies) for material_id, copies in db.session.execute(query)}


def _lines(handover: Handover) -> list[Line]:
    """Return a line for each title of an act, and for those that the acts before it had brought."""
    agreed = {item.material_id: item.quantity for item in handover.items}
    there = net_of([handover.id, *(one.id for one in list_corrected(handover))])
    delivered = agreed if handover.state in _PRINTED else {}
    if handover.in_parts:
        delivered = _delivered(handover)
    titles = [*agreed, *(title for title in there if title not in agreed)]
    return [Line(title, agreed.get(title, 0), delivered.get(title, 0), there.get(title, 0)) for title in titles]


def _delivered(handover: Handover) -> dict[int, int]:
    query = (
        select(StockMovement.material_id, StockMovement.quantity)
        .join(HandoverDelivery, HandoverDelivery.batch == StockMovement.batch)
        .where(HandoverDelivery.handover_id == handover.id, HandoverDelivery.voided_at.is_(None))
        .order_by(StockMovement.id)
    )
    found: Counter[int] = Counter()
    for title, copies in db.session.execute(query):
        found[title] += copies
    return dict(found)

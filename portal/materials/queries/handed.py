"""Read how many copies have left the stock at trainings, in one query for any number of them."""

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import aliased

from portal.materials.models.handovers import Handover
from portal.materials.models.materials import StockPlace
from portal.materials.models.stock import StockMovement
from portal.materials.rules.stock import Reason
from portal.platform.db import db


def copies_handed_over(trainings: Select[tuple[int]]) -> dict[int, int]:
    """Return by training the copies handed over to institutions and given to participants, less those returned."""
    start, end = aliased(StockPlace), aliased(StockPlace)
    training = func.coalesce(Handover.training_id, end.training_id, start.training_id)
    signed = case((StockMovement.reason == Reason.RETURNED, -StockMovement.quantity), else_=StockMovement.quantity)
    query = (
        select(training, func.sum(signed))
        .join(start, start.id == StockMovement.from_place_id)
        .join(end, end.id == StockMovement.to_place_id)
        .join(Handover, Handover.id == StockMovement.handover_id, isouter=True)
        .where(StockMovement.reason.in_((Reason.HANDED_OVER, Reason.GIVEN, Reason.RETURNED)), training.in_(trainings))
        .group_by(training)
    )
    return {training_id: int(copies) for training_id, copies in db.session.execute(query)}

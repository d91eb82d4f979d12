"""How many copies have left the stock at trainings, as a part of one query for any number of them."""

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.orm import aliased

from portal.materials.models.handovers import Handover
from portal.materials.models.materials import StockPlace
from portal.materials.models.stock import StockMovement
from portal.materials.rules.stock import PlaceKind, Reason


def copies_handed_over(trainings: Select[int]) -> Subquery:
    """Return the question for the copies handed over to institutions, less those that they returned.

    Copies given to participants are not in it: they would tell how many came.
    """
    start, end = aliased(StockPlace), aliased(StockPlace)
    training = func.coalesce(Handover.training_id, end.training_id, start.training_id)
    signed = case((StockMovement.reason == Reason.RETURNED, -StockMovement.quantity), else_=StockMovement.quantity)
    return (
        select(training.label("training_id"), func.sum(signed).label("copies"))
        .join(start, start.id == StockMovement.from_place_id)
        .join(end, end.id == StockMovement.to_place_id)
        .join(Handover, Handover.id == StockMovement.handover_id, isouter=True)
        .where(
            StockMovement.reason.in_((Reason.HANDED_OVER, Reason.RETURNED)),
            start.kind != PlaceKind.PARTICIPANTS,
            training.in_(trainings),
        )
        .group_by(training)
        .subquery()
    )

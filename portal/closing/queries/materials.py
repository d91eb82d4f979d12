"""Count what of materials still needs somebody, for any number of trainings in one query."""

from collections.abc import Sequence

from sqlalchemy import func, literal, select

from portal.materials.models.handovers import Handover, ReceiptSignature
from portal.materials.models.materials import StockPlace
from portal.materials.models.stock import StockBalance
from portal.materials.rules.handovers import HandoverState
from portal.materials.rules.stock import PlaceKind
from portal.platform.db import AnySelect
from portal.registration.models import Registration

# What each count is called among those of `rules.steps.Progress`.
GIVEN, SIGNED, ACTS_OPEN, ACTS_SIGNED = "copies_given", "copies_signed", "acts_open", "acts_signed"
COUNTED = {name: name for name in (GIVEN, SIGNED, ACTS_OPEN, ACTS_SIGNED)}


def progress_of(ids: Sequence[int]) -> tuple[AnySelect, ...]:
    """Return the counts of copies, signatures and acts of these trainings, as the queries of their steps take them."""
    given = (
        select(StockPlace.training_id, literal(GIVEN), func.sum(StockBalance.quantity))
        .join(StockBalance, StockBalance.place_id == StockPlace.id)
        .where(StockPlace.training_id.in_(ids), StockPlace.kind == PlaceKind.PARTICIPANTS.value)
        .group_by(StockPlace.training_id)
    )
    signed = (
        select(Registration.training_id, literal(SIGNED), func.count())
        .join(ReceiptSignature, ReceiptSignature.registration_id == Registration.id)
        .where(Registration.training_id.in_(ids))
        .group_by(Registration.training_id)
    )
    return given, signed, _acts(ids, ACTS_OPEN, "draft", "printed"), _acts(ids, ACTS_SIGNED, "signed")


def _acts(ids: Sequence[int], name: str, *states: str) -> AnySelect:
    wanted = [HandoverState(state).value for state in states]
    return (
        select(Handover.training_id, literal(name), func.count())
        .where(Handover.training_id.in_(ids), Handover.state.in_(wanted))
        .group_by(Handover.training_id)
    )

"""Read who in an institution keeps the copies of an act."""

from sqlalchemy import select

from portal.materials.models.handovers import Handover
from portal.materials.models.holders import EndHolder
from portal.materials.models.materials import Material
from portal.materials.rules import numbers
from portal.materials.rules.holders import Holder
from portal.platform.db import db


def list_holders(handover: Handover, material: Material) -> list[EndHolder]:
    """Return the list of one title of an act, in its order."""
    query = select(EndHolder).where(EndHolder.handover_id == handover.id, EndHolder.material_id == material.id)
    return list(db.session.scalars(query.order_by(EndHolder.order)))


def as_typed(rows: list[EndHolder]) -> list[Holder]:
    """Return the rows of a list as somebody would type them."""
    return [Holder(one.unit, one.post, one.name, one.quantity, numbers.read(one.numbers)) for one in rows]


def find_holder(handover: Handover, material: Material, number: int) -> EndHolder | None:
    """Return who keeps one numbered copy of an act, if that was noted."""
    rows = list_holders(handover, material)
    return next((one for one in rows if number in numbers.read(one.numbers)), None)

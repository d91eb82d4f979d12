"""Read what is where: by the movements at any date, by the cache today."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.access import policy
from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.audit import queries as audit
from portal.audit.queries import Fault
from portal.materials.models.materials import Material, StockPlace
from portal.materials.models.stock import StockBalance, StockMovement
from portal.materials.rules.stock import IN_STOCK
from portal.platform.db import db
from portal.trainings.models import Training

NAMED = (StockPlace.region, StockPlace.institution, StockPlace.venue, StockPlace.training)


@dataclass(frozen=True)
class Balance:
    """Copies of a title at a place."""

    material: Material
    place: StockPlace
    quantity: int


def find_place(key: str) -> StockPlace | None:
    """Return one place by its key, with what names it."""
    return db.session.scalars(with_names(select(StockPlace)).where(StockPlace.key == key)).one_or_none()


def list_training_places(training: Training) -> list[StockPlace]:
    """Return the places of one training: what was brought to it, and its participants."""
    query = with_names(select(StockPlace)).where(StockPlace.training_id == training.id)
    return list(db.session.scalars(query.order_by(StockPlace.id)))


def balance(material: Material, place: StockPlace, on: date | None = None) -> int:
    """Return how many copies of a title a place holds, or held at the end of a day; of a source, what left it."""
    query = select(_net(place.id)).where(StockMovement.material_id == material.id, _touches(place.id))
    if on is not None:
        query = query.where(StockMovement.moved_on <= on)
    return int(db.session.scalar(query) or 0)


def changes(material_id: int, place_id: int) -> list[tuple[date, int]]:
    """Return by how much the copies of a title at a place changed on which day, in order."""
    query = (
        select(StockMovement.moved_on, _net(place_id))
        .where(StockMovement.material_id == material_id, _touches(place_id))
        .group_by(StockMovement.moved_on)
        .order_by(StockMovement.moved_on)
    )
    return [(day, int(change)) for day, change in db.session.execute(query)]


def last_day(place: StockPlace) -> date | None:
    """Return the last day on which copies came to a place or left it."""
    return db.session.scalar(select(func.max(StockMovement.moved_on)).where(_touches(place.id)))


def in_stock(material_ids: Sequence[int]) -> dict[int, int]:
    """Return how many copies of each title are in offices, at venues and at trainings, all together."""
    query = (
        select(StockBalance.material_id, func.sum(StockBalance.quantity))
        .join(StockBalance.place)
        .where(StockBalance.material_id.in_(material_ids), StockPlace.kind.in_(IN_STOCK))
        .group_by(StockBalance.material_id)
    )
    held = {material_id: int(copies) for material_id, copies in db.session.execute(query)}
    return {material_id: held.get(material_id, 0) for material_id in material_ids}


def count_by_place(place_ids: Sequence[int]) -> dict[int, int]:
    """Return how many copies of all titles lie at each place; places without any are left out."""
    query = (
        select(StockBalance.place_id, func.sum(StockBalance.quantity))
        .where(StockBalance.place_id.in_(place_ids))
        .group_by(StockBalance.place_id)
        .order_by(StockBalance.place_id)
    )
    return {place_id: int(copies) for place_id, copies in db.session.execute(query)}


def list_balances(
    *, materials: Collection[int] | None = None, places: Collection[int] | None = None, actor: Actor | None = None
) -> list[Balance]:
    """Return what the places hold of the titles, without empty ones; all of them, or some by their ids.

    With an actor, only the places within the actor's reach.
    """
    query = (
        select(StockBalance)
        .join(StockBalance.place)
        .join(StockBalance.material)
        .options(contains_eager(StockBalance.material))
        .options(*(contains_eager(StockBalance.place).joinedload(part) for part in NAMED))
        .where(StockBalance.quantity > 0)
        .order_by(Material.search_text, Material.id, StockPlace.kind, StockPlace.key)
        .execution_options(populate_existing=True)  # the balances are changed past the session
    )
    if materials is not None:
        query = query.where(StockBalance.material_id.in_(materials))
    if places is not None:
        query = query.where(StockBalance.place_id.in_(places))
    if actor is not None:
        query = query.where(is_reached(actor))
    return [Balance(row.material, row.place, row.quantity) for row in db.session.scalars(query)]


def is_reached(actor: Actor) -> ColumnElement[bool]:
    """Match the places that the actor reaches; the same rule as `policy.reaches`."""
    regions = actor.reach.regions
    if actor.role in (Role.ADMINISTRATOR, Role.AUDITOR) or (actor.role == Role.COORDINATOR and regions is None):
        return StockPlace.id.is_not(None)
    if actor.role == Role.COORDINATOR:
        return or_(StockPlace.region_code.is_(None), StockPlace.region_code.in_(regions or frozenset()))
    return StockPlace.id.is_(None)


def movement_names() -> list[Any]:
    """Return what loads with movements the places at their ends, each with what it is called by, and the act."""
    sides = (StockMovement.from_place, StockMovement.to_place)
    named = [joinedload(side).joinedload(part) for side in sides for part in NAMED]
    return [joinedload(StockMovement.handover), *named]


def reached_regions(actor: Actor) -> frozenset[str] | None:
    """Return the regions that the actor is limited to, None if to none."""
    is_limited = not policy.reaches(actor, policy.Scope(region=""))
    return (actor.reach.regions or frozenset()) if is_limited else None


def with_names(query: Select[StockPlace]) -> Select[StockPlace]:
    """Load with each place what it is called by."""
    return query.options(*(joinedload(part) for part in NAMED))


def _net(place_id: int) -> ColumnElement[int]:
    arrived = case((StockMovement.to_place_id == place_id, StockMovement.quantity), else_=-StockMovement.quantity)
    return func.coalesce(func.sum(arrived), 0)


def _touches(place_id: int) -> ColumnElement[bool]:
    return or_(StockMovement.from_place_id == place_id, StockMovement.to_place_id == place_id)


def list_faults() -> tuple[int, list[Fault]]:
    """Return how many acts that moved copies were compared with the log, and which it does not say so."""
    told = {one.subject: one for one in audit.list_told(("materials.stock_moved",))}
    moved = select(
        StockMovement.batch, StockMovement.recorded_at, StockMovement.recorded_by, func.sum(StockMovement.quantity)
    )
    batches = moved.group_by(StockMovement.batch, StockMovement.recorded_at, StockMovement.recorded_by)
    stands = {f"stock {batch}": (at, by, int(copies)) for batch, at, by, copies in db.session.execute(batches)}
    faults = [Fault(one.entry, name, "is gone") for name, one in told.items() if name not in stands]
    for name in sorted(stands):
        one = told.get(name)
        if one is None:
            faults.append(Fault(None, name, "copies were moved and the log was not told"))
        elif stands[name] != (one.at, one.actor, one.after["copies"]):
            faults.append(Fault(one.entry, name, "other copies were moved than the log says"))
    return len(stands), faults

"""Read stock: from movements at any date, from balances today; and where copies may move."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.access.policy import Actor
from portal.audit import queries as audit
from portal.audit.queries import Mismatch
from portal.catalog import queries as catalog
from portal.materials import queries as material_queries
from portal.materials.models import Material, StockPlace
from portal.materials.queries import NAMED, is_reached, with_names
from portal.materials.rules import IN_STOCK, PlaceKind
from portal.people import queries as people
from portal.platform import paging
from portal.platform.db import AnySelect, db
from portal.platform.paging import Page
from portal.stock.models import StockBalance, StockMovement
from portal.stock.rules import TAKEN_FROM, Act
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.trainings.rules import CANCELLED, TrainingState


@dataclass(frozen=True)
class Balance:
    material: Material
    place: StockPlace
    quantity: int


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


def movements_of(material: Material, actor: Actor) -> tuple[Select[StockMovement], type[StockPlace], type[StockPlace]]:
    """Return the question for the movements of a title between places of which the actor reaches one, newest first.

    With it come the places at both ends, by which it can be narrowed; they load with each movement, as the act does.
    """
    start, end = aliased(StockPlace), aliased(StockPlace)
    ends = ((StockMovement.from_place, start), (StockMovement.to_place, end))
    query = (
        select(StockMovement)
        .join(start, StockMovement.from_place_id == start.id)
        .join(end, StockMovement.to_place_id == end.id)
        .where(StockMovement.material_id == material.id)
        .order_by(StockMovement.moved_on.desc(), StockMovement.id.desc())
        .options(joinedload(StockMovement.handover))
        .options(*(contains_eager(side.of_type(place)) for side, place in ends))
        .options(
            *(
                contains_eager(side.of_type(place)).joinedload(getattr(place, part.key))
                for side, place in ends
                for part in NAMED
            )
        )
    )
    reached = material_queries.reached_regions(actor)
    if reached is not None:
        query = query.where(or_(start.region_code.in_(reached), end.region_code.in_(reached)))
    return query, start, end


def both_ends(material_ids: Collection[int]) -> Subquery:
    """Return every movement of some titles twice: as copies that came to a place, and as fewer copies at the other."""

    def end(place_id: Any, copies: Any) -> AnySelect:
        movement = (StockMovement.material_id, StockMovement.moved_on)
        query = select(*movement, place_id.label("place_id"), copies.label("copies"))
        return query.where(StockMovement.material_id.in_(material_ids))

    arrived = end(StockMovement.to_place_id, StockMovement.quantity)
    return union_all(arrived, end(StockMovement.from_place_id, -StockMovement.quantity)).subquery()


def movement_names() -> list[Any]:
    """Return what loads with movements the places at their ends, each with what it is called by, and the act."""
    sides = (StockMovement.from_place, StockMovement.to_place)
    named = [joinedload(side).joinedload(part) for side in sides for part in NAMED]
    return [joinedload(StockMovement.handover), *named]


def _net(place_id: int) -> ColumnElement[int]:
    arrived = case((StockMovement.to_place_id == place_id, StockMovement.quantity), else_=-StockMovement.quantity)
    return func.coalesce(func.sum(arrived), 0)


def _touches(place_id: int) -> ColumnElement[bool]:
    return or_(StockMovement.from_place_id == place_id, StockMovement.to_place_id == place_id)


def list_faults() -> tuple[int, list[Mismatch]]:
    """Return how many acts that moved copies were compared with the log, and which it does not say so."""
    told = {one.subject: one for one in audit.list_recorded(("materials.stock_moved",))}
    moved = select(
        StockMovement.batch, StockMovement.recorded_at, StockMovement.recorded_by, func.sum(StockMovement.quantity)
    )
    batches = moved.group_by(StockMovement.batch, StockMovement.recorded_at, StockMovement.recorded_by)
    stands = {f"stock {batch}": (at, by, int(copies)) for batch, at, by, copies in db.session.execute(batches)}
    faults = [Mismatch(one.entry, name, "is gone") for name, one in told.items() if name not in stands]
    for name in sorted(stands):
        one = told.get(name)
        if one is None:
            faults.append(Mismatch(None, name, "copies were moved and the log was not told"))
        elif stands[name] != (one.at, one.actor, one.after["copies"]):
            faults.append(Mismatch(one.entry, name, "other copies were moved than the log says"))
    return len(stands), faults


_REMEMBERED = timedelta(days=180)  # how long after its end a training is still offered
_MOST_TRAININGS = 100
PAGE_SIZE = 30


@dataclass(frozen=True)
class Spot:
    """A place that can be chosen: its key, what it is called by (such as a region or a training), and its copies.

    `has_own_name`: it is called by a name that somebody gave it.
    """

    key: str
    kind: PlaceKind
    named: Any
    copies: int | None = None
    has_own_name: bool = False


def list_starts(actor: Actor, act: Act, material: Material) -> list[Spot]:
    """Return the places within reach from which an act can take copies of a title, with how many each holds."""
    held = list_balances(materials=[material.id], actor=actor)
    return [spot_of(one.place, one.quantity) for one in held if one.place.kind in TAKEN_FROM.get(act, ())]


def list_ends(actor: Actor, act: Act, today: date) -> list[Spot]:
    """Return the places to which an act can bring copies."""
    if act in (Act.DAMAGE, Act.LOSE):
        return []
    if act == Act.GIVE:
        return [_spot(PlaceKind.PARTICIPANTS, one.code, one) for one in list_trainings(actor, today)]
    return list(_stocked(actor, today, is_everywhere=act == Act.MOVE))


def list_counted(actor: Actor) -> list[Spot]:
    """Return the places within reach that hold copies which can be counted, with how many."""
    query = (
        material_queries.with_names(select(StockPlace))
        .where(material_queries.is_reached(actor), StockPlace.kind.in_(TAKEN_FROM[Act.MOVE]))
        .where(StockPlace.id.in_(select(StockBalance.place_id).where(StockBalance.quantity > 0)))
    )
    return [spot_of(place) for place in db.session.scalars(query.order_by(StockPlace.kind, StockPlace.key))]


def list_trainings(actor: Actor, today: date) -> list[Training]:
    """Return the trainings within reach whose books are open and that are not long over, the latest first."""
    closed = [TrainingState.FINALIZED.value, *(state.value for state in CANCELLED)]
    query = (
        trainings.within_reach(select(Training), actor)
        .where(Training.state.not_in(closed), Training.ends_on >= today - _REMEMBERED)
        .order_by(Training.starts_on.desc(), Training.id)
        .limit(_MOST_TRAININGS)
    )
    return list(db.session.scalars(query))


def spot_of(place: StockPlace, copies: int | None = None) -> Spot:
    """Return a place as something to choose."""
    has_own_name = bool(place.name)
    named = place if has_own_name else place.institution or place.venue or place.training or place.region
    return Spot(place.key, PlaceKind(place.kind), named, copies, has_own_name)


def get_place(place_id: int) -> StockPlace | None:
    """Return one office by its id; other places are kept where what they belong to is kept."""
    query = material_queries.with_names(select(StockPlace)).where(StockPlace.id == place_id, _IS_OFFICE)
    return db.session.scalars(query).one_or_none()


def page_of_offices(actor: Actor, *, number: int, is_closed: bool) -> Page[StockPlace]:
    """Return one page of the offices within reach that are open, or of the closed ones, by region."""
    closed = StockPlace.closed_on.is_not(None) if is_closed else StockPlace.closed_on.is_(None)
    query = material_queries.with_names(select(StockPlace)).where(
        _IS_OFFICE, material_queries.is_reached(actor), closed
    )
    return paging.page(query.order_by(StockPlace.key), number, PAGE_SIZE)


def list_offices(region_code: str | None = None) -> list[StockPlace]:
    """Return the offices that are open, of one region or of all, the region's own one first."""
    query = material_queries.with_names(select(StockPlace)).where(_IS_OFFICE, StockPlace.closed_on.is_(None))
    if region_code is not None:
        query = query.where(StockPlace.region_code == region_code)
    return list(db.session.scalars(query.order_by(StockPlace.key)))


_IS_OFFICE = StockPlace.kind == PlaceKind.OFFICE.value


def _stocked(actor: Actor, today: date, *, is_everywhere: bool) -> Iterator[Spot]:
    reached = people.list_regions_of(actor)
    offices: dict[str | None, list[StockPlace]] = defaultdict(list)
    for office in list_offices():
        offices[office.region_code].append(office)
    for region in people.list_regions() if is_everywhere else reached:
        spots = [spot_of(office) for office in offices[region.code]]
        own = _spot(PlaceKind.OFFICE, region.code, region)
        yield from spots if own.key in {spot.key for spot in spots} else [own, *spots]
    for training in list_trainings(actor, today):
        yield _spot(PlaceKind.TRAINING, training.code, training)
    for venue in catalog.list_venues(region.code for region in reached):
        yield _spot(PlaceKind.VENUE, str(venue.id), venue)


def _spot(kind: PlaceKind, name: str, named: Any) -> Spot:
    return Spot(f"{kind.value}:{name}", kind, named)

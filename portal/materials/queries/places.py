"""Read between which places somebody may move copies."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.access.policy import Actor
from portal.catalog import queries as catalog
from portal.materials.models.materials import Material, StockPlace
from portal.materials.models.stock import StockBalance
from portal.materials.queries import stock
from portal.materials.rules.stock import TAKEN_FROM, Act, PlaceKind
from portal.people import queries as people
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.trainings.rules.states import CANCELLED, TrainingState

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
    held = stock.list_balances(materials=[material.id], actor=actor)
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
        stock.with_names(select(StockPlace))
        .where(stock.is_reached(actor), StockPlace.kind.in_(TAKEN_FROM[Act.MOVE]))
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
    has_own_name = any((place.name_ru, place.name_ky, place.name_en))
    named = place if has_own_name else place.institution or place.venue or place.training or place.region
    return Spot(place.key, PlaceKind(place.kind), named, copies, has_own_name)


def get_place(place_id: int) -> StockPlace | None:
    """Return one office by its id; other places are kept where what they belong to is kept."""
    query = stock.with_names(select(StockPlace)).where(StockPlace.id == place_id, _IS_OFFICE)
    return db.session.scalars(query).one_or_none()


def page_of_offices(actor: Actor, *, number: int, is_closed: bool) -> Page[StockPlace]:
    """Return one page of the offices within reach that are open, or of the closed ones, by region."""
    closed = StockPlace.closed_on.is_not(None) if is_closed else StockPlace.closed_on.is_(None)
    query = stock.with_names(select(StockPlace)).where(_IS_OFFICE, stock.is_reached(actor), closed)
    return paging.page(query.order_by(StockPlace.key), number, PAGE_SIZE)


def list_offices(region_code: str | None = None) -> list[StockPlace]:
    """Return the offices that are open, of one region or of all, the region's own one first."""
    query = stock.with_names(select(StockPlace)).where(_IS_OFFICE, StockPlace.closed_on.is_(None))
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

"""Read the figures on the pages of titles and trainings, from movements, in few queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from portal.access import policy
from portal.access.policy import Actor
from portal.materials import queries as material_queries
from portal.materials.models import Handover, Material, StockPlace
from portal.materials.rules import IN_STOCK, PlaceKind
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.records import queries as records
from portal.stock import queries, rules
from portal.stock.models import StockMovement
from portal.stock.rules import AtTraining, Flow, Whereabouts
from portal.trainings.models import Training

PAGE_SIZE = 30


@dataclass(frozen=True)
class Line:
    """A title with all its copies, and where those in stock are, as far as the actor reaches."""

    material: Material
    whereabouts: Whereabouts
    places: Sequence[tuple[StockPlace, int]] = field(default_factory=list)

    @property
    def elsewhere(self) -> int:
        """Return the copies in stock at places that the actor does not reach."""
        return self.whereabouts.in_stock - sum(copies for place, copies in self.places if place.kind in IN_STOCK)


@dataclass(frozen=True)
class TrainingLine:
    material: Material
    copies: AtTraining


def page_of_materials(actor: Actor, *, search: str, with_retired: bool, number: int) -> Page[Line]:
    """Return one page of the titles in which every word is found, by title, with the copies of each."""
    query = select(Material).order_by(*material_queries.BY_TITLE)
    if not with_retired:
        query = query.where(Material.is_retired.is_(False))
    page = records.page_of(query, Material, search=search, number=number)
    return page.showing(_lines(page.items, actor, None))


def line_of(material: Material, actor: Actor, on: date | None = None) -> Line:
    """Return one title with its copies, as they are or as they were at the end of a day."""
    return _lines([material], actor, on)[0]


def page_of_movements(material: Material, actor: Actor, number: int) -> Page[StockMovement]:
    """Return one page of the movements of a title between places of which the actor reaches one, the newest first."""
    query, _start, _end = queries.movements_of(material, actor)
    return paging.page(query, number, PAGE_SIZE)


def list_at_training(training: Training) -> list[TrainingLine]:
    """Return every title that was brought to a training, given or handed over there, by title."""
    start, end = aliased(StockPlace), aliased(StockPlace)
    is_from_here, is_to_here = start.training_id == training.id, end.training_id == training.id
    places = (start.kind, end.kind, start.training_id, end.training_id, Handover.training_id)
    query = (
        select(StockMovement.material_id, *places, func.sum(StockMovement.quantity))
        .join(start, StockMovement.from_place_id == start.id)
        .join(end, StockMovement.to_place_id == end.id)
        .join(Handover, Handover.id == StockMovement.handover_id, isouter=True)
        .where(or_(is_from_here, is_to_here, Handover.training_id == training.id))
        .group_by(StockMovement.material_id, *places)
    )
    flows: dict[int, list[Flow]] = defaultdict(list)
    for material_id, from_kind, to_kind, *trainings, copies in db.session.execute(query):
        here = [one == training.id for one in trainings]
        flows[material_id].append(Flow(PlaceKind(from_kind), PlaceKind(to_kind), int(copies), *here))
    materials = db.session.scalars(select(Material).where(Material.id.in_(flows)).order_by(*material_queries.BY_TITLE))
    return [TrainingLine(material, rules.at_training(flows[material.id])) for material in materials]


def _lines(materials: Sequence[Material], actor: Actor, on: date | None) -> list[Line]:
    held = _held([material.id for material in materials], on)
    query = material_queries.with_names(select(StockPlace)).where(
        StockPlace.id.in_({place_id for of_title in held.values() for place_id in of_title})
    )
    places = {place.id: place for place in db.session.scalars(query.order_by(StockPlace.id))}
    return [_line(material, held[material.id], places, actor) for material in materials]


def _line(material: Material, held: dict[int, int], places: dict[int, StockPlace], actor: Actor) -> Line:
    by_kind: dict[PlaceKind, int] = defaultdict(int)
    for place_id, copies in held.items():
        by_kind[PlaceKind(places[place_id].kind)] += copies
    shown = [
        (place, held[place_id])
        for place_id, place in places.items()
        if held.get(place_id) and place.kind != PlaceKind.SOURCE and policy.reaches(actor, place.scope)
    ]
    shown.sort(key=lambda one: (list(PlaceKind).index(PlaceKind(one[0].kind)), one[0].key))
    return Line(material, rules.whereabouts(by_kind), shown)


def _held(material_ids: Sequence[int], on: date | None) -> dict[int, dict[int, int]]:
    """Return the copies of each title by place, at the end of a day or now."""
    ends = queries.both_ends(material_ids)
    copies_there = func.sum(ends.c.copies)
    query = select(ends.c.material_id, ends.c.place_id, copies_there).group_by(ends.c.material_id, ends.c.place_id)
    if on is not None:
        query = query.where(ends.c.moved_on <= on)
    held: dict[int, dict[int, int]] = {material_id: {} for material_id in material_ids}
    for material_id, place_id, copies in db.session.execute(query):
        held[material_id][place_id] = int(copies)
    return held

"""Read hand-over acts, their copies, and copies given at trainings."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.orm import aliased, joinedload

from portal.access.policy import Actor
from portal.handovers.rules import ActStatus, Line, base_of
from portal.materials import queries as material_queries
from portal.materials import serial_numbers
from portal.materials.models import Handover, HandoverDelivery, HandoverEnding, HandoverItem, StockPlace
from portal.materials.queries import with_parties, within_reach
from portal.materials.rules import IN_STOCK, HandoverState, PlaceKind
from portal.materials.serial_numbers import Numbers
from portal.people.models import Institution
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.stock import queries as stock
from portal.stock.models import StockMovement
from portal.stock.queries import Balance
from portal.stock.rules import Reason
from portal.stock.serials import numbers_of
from portal.trainings.models import Training


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


PAGE_SIZE = 30


@dataclass(frozen=True)
class Filters:
    """What a list of acts is asked for; an empty side asks for everything."""

    state: str = ""
    institution: str = ""
    year: int | None = None


@dataclass(frozen=True)
class ActRow:
    """An act in a list, with how many titles and copies it hands over.

    `left` are those that have left by deliveries, of an act in parts; `corrected_by` is the printed act that corrects
    it.
    """

    handover: Handover
    titles: int
    copies: int
    left: int | None = None
    corrected_by: Handover | None = None

    @property
    def handed_over(self) -> int:
        """Return the copies that have left, or left at once when it was printed."""
        return self.copies if self.left is None else self.left


def page_of_handovers(actor: Actor, filters: Filters, number: int) -> Page[ActRow]:
    """Return one page of the acts within reach, the newest first."""
    query = within_reach(select(Handover.id), actor)
    if filters.state:
        query = query.where(Handover.state == filters.state)
    if filters.institution:
        query = query.join(Handover.receiving_institution).where(Institution.code == filters.institution)
    if filters.year is not None:
        first, after = date(filters.year, 1, 1), date(filters.year + 1, 1, 1)
        query = query.where(Handover.handed_on >= first, Handover.handed_on < after)
    page = paging.page(query.order_by(Handover.handed_on.desc(), Handover.id.desc()), number, PAGE_SIZE)
    return page.showing(_rows(page.items))


def list_for_training(training: Training) -> list[ActRow]:
    """Return the acts of a training, the newest first."""
    query = select(Handover.id).where(Handover.training_id == training.id)
    return _rows(list(db.session.scalars(query.order_by(Handover.handed_on.desc(), Handover.id.desc()))))


def list_unsigned(training: Training) -> list[Handover]:
    """Return the drafts and printed acts of a training that nobody has signed yet, the oldest first."""
    query = (
        select(Handover)
        .options(joinedload(Handover.receiving_institution))
        .where(Handover.training_id == training.id, Handover.state.in_(("draft", "printed")))
        .order_by(Handover.id)
    )
    return list(db.session.scalars(query))


def list_receivers(actor: Actor) -> list[Institution]:
    """Return the institutions to which something was handed over within reach, by code."""
    received = within_reach(select(Handover.receiving_institution_id), actor)
    return list(db.session.scalars(select(Institution).where(Institution.id.in_(received)).order_by(Institution.code)))


def list_years(actor: Actor) -> list[int]:
    """Return the years of the acts within reach, the latest first."""
    bounds = within_reach(select(func.min(Handover.handed_on), func.max(Handover.handed_on)), actor)
    first, last = db.session.execute(bounds).one()
    return [] if first is None else list(range(last.year, first.year - 1, -1))


@dataclass(frozen=True)
class Start:
    """A place from which copies can be handed over: what it holds of which title."""

    place: StockPlace
    held: Sequence[Balance]

    @property
    def copies(self) -> int:
        return sum(one.quantity for one in self.held)


def list_starts(actor: Actor, training: Training | None) -> list[Start]:
    """Return the places within reach that hold copies; of trainings only this one, which comes first."""
    held: dict[int, list[Balance]] = defaultdict(list)
    for one in stock.list_balances(actor=actor):
        is_foreign = one.place.kind == PlaceKind.TRAINING and (training is None or one.place.training_id != training.id)
        if one.place.kind in IN_STOCK and not is_foreign:
            held[one.place.id].append(one)
    starts = [Start(many[0].place, many) for many in held.values()]
    region = training.region_code if training else None
    return sorted(
        starts, key=lambda one: (one.place.training_id is None, one.place.region_code != region, one.place.key)
    )


def _rows(ids: Sequence[int]) -> list[ActRow]:
    query = (
        with_parties(select(Handover))
        .where(Handover.id.in_(ids))
        .order_by(Handover.handed_on.desc(), Handover.id.desc())
    )
    query = query.options(joinedload(Handover.corrects))
    count, copies = func.count(HandoverItem.id), func.sum(HandoverItem.quantity)
    sums = (
        select(HandoverItem.handover_id, count, copies)
        .where(HandoverItem.handover_id.in_(ids))
        .group_by(HandoverItem.handover_id)
        .order_by(HandoverItem.handover_id)
    )
    known = {handover: (titles, int(many)) for handover, titles, many in db.session.execute(sums)}
    found = list(db.session.scalars(query))
    left = _left([one.id for one in found if one.in_parts])
    later = _corrections([one.id for one in found if one.state == HandoverState.SIGNED])
    return [ActRow(one, *known.get(one.id, (0, 0)), left.get(one.id), later.get(one.id)) for one in found]


def _left(ids: Sequence[int]) -> dict[int, int]:
    """Return how many copies of acts in parts have left, by deliveries that are not void."""
    query = (
        select(HandoverDelivery.handover_id, func.sum(StockMovement.quantity))
        .join(StockMovement, StockMovement.batch == HandoverDelivery.batch)
        .where(HandoverDelivery.handover_id.in_(ids), HandoverDelivery.voided_at.is_(None))
        .group_by(HandoverDelivery.handover_id)
        .order_by(HandoverDelivery.handover_id)
    )
    known = {handover_id: int(copies) for handover_id, copies in db.session.execute(query)} if ids else {}
    return {handover_id: known.get(handover_id, 0) for handover_id in ids}


def _corrections(ids: Sequence[int]) -> dict[int, Handover]:
    query = select(Handover).where(Handover.corrects_id.in_(ids), Handover.state.in_(("printed", "signed")))
    return {one.corrects_id or 0: one for one in db.session.scalars(query.order_by(Handover.id))} if ids else {}


_PRINTED = (HandoverState.PRINTED, HandoverState.SIGNED)


def status_of(handover: Handover) -> ActStatus:
    """Return where an act stands, read anew from its movements."""
    correction = material_queries.find_correction(handover)
    ending = select(HandoverEnding.handover_id).where(HandoverEnding.handover_id == handover.id)
    return ActStatus(
        state=HandoverState(handover.state),
        lines=tuple(_lines(handover)),
        in_parts=handover.in_parts,
        is_ended=db.session.scalar(ending) is not None,
        is_correction=handover.is_correction,
        correction=HandoverState(correction.state) if correction else None,
    )


def base_of_corrected(handover: Handover) -> dict[int, int]:
    """Return the copies of each title that the act which this one corrects accounts for; none if it corrects none."""
    corrected = handover.corrects if handover.is_correction else None
    return base_of(status_of(corrected)) if corrected else {}


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
    query = (
        select(StockMovement)
        .options(joinedload(StockMovement.material), *stock.movement_names())
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


class Exchange(NamedTuple):
    """The numbered copies of a title that come to an institution, and those that go back from it."""

    come: Numbers = Numbers()
    back: Numbers = Numbers()


def asked(handover: Handover) -> dict[int, Exchange]:
    """Return by title what the lines of a draft ask for; nothing for a title whose numbers are left open.

    A correcting act names the copies that are right: the others of the corrected acts go back.
    """
    found: dict[int, Exchange] = {}
    there = there_by(handover)
    for item in handover.items:
        if item.material.is_numbered and item.numbers:
            right, had = serial_numbers.read(item.numbers), there.get(item.material_id, Numbers())
            found[item.material_id] = Exchange(right - had, had - right)
    on_it = {item.material_id for item in handover.items}
    return found | {title: Exchange(back=had) for title, had in there.items() if title not in on_it}


def there_by(handover: Handover) -> dict[int, Numbers]:
    """Return by title the numbered copies that an institution has by the acts which this one corrects."""
    corrected = [one.id for one in list_corrected(handover)]
    return {title: moved.come for title, moved in _moved_numbers(corrected).items() if moved.come}


def held_by(handover: Handover) -> dict[int, Numbers]:
    """Return by title the numbered copies that an institution has by an act and those that it corrects."""
    acts = [handover.id, *(one.id for one in list_corrected(handover))]
    return {title: moved.come for title, moved in _moved_numbers(acts).items() if moved.come}


def undone(handover: Handover) -> dict[int, Exchange]:
    """Return by title what a void act takes back, and what it had taken back and brings again."""
    return {title: Exchange(come=moved.back, back=moved.come) for title, moved in _moved_numbers([handover.id]).items()}


def _moved_numbers(handover_ids: Sequence[int]) -> Mapping[int, Exchange]:
    """Return by title the numbered copies that acts brought and that are there still, and those they only took back."""
    moves = (
        select(StockMovement.id, StockMovement.material_id, StockMovement.reason)
        .where(StockMovement.handover_id.in_(handover_ids))
        .order_by(StockMovement.id)
    )
    rows = db.session.execute(moves).all()
    carried = numbers_of({row.id for row in rows})
    where: dict[int, Exchange] = {}
    for move_id, title, reason in rows:
        if move_id not in carried:
            continue
        some = carried[move_id]
        come, back = where.get(title, Exchange())
        if reason == Reason.HANDED_OVER:
            where[title] = Exchange(come | (some - back), back - some)
        else:
            where[title] = Exchange(come - some, back | (some - come))
    return where

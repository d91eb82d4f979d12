"""Read hand-over acts: one, the list within reach, those of a training, and what the last one said."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.materials.models.handovers import Handover, HandoverDelivery, HandoverEnding, HandoverItem
from portal.materials.models.materials import StockPlace
from portal.materials.models.stock import StockMovement
from portal.materials.queries import stock
from portal.materials.queries.stock import Balance
from portal.materials.rules.handovers import HandoverState
from portal.materials.rules.stock import IN_STOCK, PlaceKind
from portal.people.models import Institution
from portal.platform import paging
from portal.platform.db import Query, db
from portal.platform.paging import Page
from portal.platform.storage import Document
from portal.trainings.models import Training

PAGE_SIZE = 30


@dataclass(frozen=True)
class Wanted:
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


def get_handover(handover_reference: str) -> Handover | None:
    """Return one act by its reference, with what its pages always show."""
    query = _shown(select(Handover)).where(Handover.reference == handover_reference)
    return db.session.scalars(query).one_or_none()


def find_by_number(number: str) -> Handover | None:
    """Return one act by the number that it prints."""
    return db.session.scalars(_shown(select(Handover)).where(Handover.number == number)).one_or_none()


def find_by_file(sha256: str) -> Handover | None:
    """Return the act whose printed file, or discrepancy note, has this hash."""
    is_its = or_(Document.id == Handover.document_id, Document.id == HandoverEnding.document_id)
    query = select(Handover).outerjoin(HandoverEnding, HandoverEnding.handover_id == Handover.id)
    return db.session.scalars(query.join(Document, is_its).where(Document.sha256 == sha256)).first()


def is_corrected(handover: Handover) -> bool:
    """Tell whether a printed act has set this one right."""
    query = select(Handover.id).where(
        Handover.corrects_id == handover.id, Handover.state.in_((HandoverState.PRINTED, HandoverState.SIGNED))
    )
    return db.session.scalars(query.limit(1)).first() is not None


def page_of_handovers(actor: Actor, wanted: Wanted, number: int) -> Page[ActRow]:
    """Return one page of the acts within reach, the newest first."""
    query = _wanted(_within_reach(select(Handover.id), actor), wanted)
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
    received = _within_reach(select(Handover.receiving_institution_id), actor)
    return list(db.session.scalars(select(Institution).where(Institution.id.in_(received)).order_by(Institution.code)))


def list_years(actor: Actor) -> list[int]:
    """Return the years of the acts within reach, the latest first."""
    bounds = _within_reach(select(func.min(Handover.handed_on), func.max(Handover.handed_on)), actor)
    first, last = db.session.execute(bounds).one()
    return [] if first is None else list(range(last.year, first.year - 1, -1))


def find_last(actor: Actor, *, receiving_institution_id: int | None = None) -> Handover | None:
    """Return the newest act within reach, or the newest one to an institution: its parties are offered again."""
    query = _shown(_within_reach(select(Handover), actor)).where(Handover.state != HandoverState.VOID.value)
    if receiving_institution_id is not None:
        query = query.where(Handover.receiving_institution_id == receiving_institution_id)
    return db.session.scalars(query.order_by(Handover.id.desc()).limit(1)).unique().first()


@dataclass(frozen=True)
class Start:
    """A place from which copies can be handed over: what it holds of which title."""

    place: StockPlace
    held: Sequence[Balance]

    @property
    def copies(self) -> int:
        """Return how many copies it holds."""
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


def start_of(place: StockPlace) -> Start:
    """Return one place with what it holds."""
    return Start(place, stock.list_balances(places=[place.id]))


def find_correction(handover: Handover) -> Handover | None:
    """Return the act that sets this one right, unless that is void too."""
    query = select(Handover).where(Handover.corrects_id == handover.id, Handover.state != HandoverState.VOID.value)
    return db.session.scalars(query.order_by(Handover.id.desc()).limit(1)).first()


def _rows(ids: Sequence[int]) -> list[ActRow]:
    query = _shown(select(Handover)).where(Handover.id.in_(ids)).order_by(Handover.handed_on.desc(), Handover.id.desc())
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


def _shown(query: Select[Handover]) -> Select[Handover]:
    return query.options(
        joinedload(Handover.receiving_institution),
        joinedload(Handover.giving_institution),
        joinedload(Handover.training).joinedload(Training.venue),
        joinedload(Handover.region),
    )


def with_lines(handover: Handover) -> Handover:
    """Load the lines of an act with their titles, in one query each."""
    query = (
        select(Handover)
        .options(
            selectinload(Handover.items).joinedload(HandoverItem.material),
            selectinload(Handover.shares),
            joinedload(Handover.document),
            joinedload(Handover.scan_document),
            joinedload(Handover.from_place),
            joinedload(Handover.corrects),
        )
        .where(Handover.id == handover.id)
    )
    return db.session.scalars(query).one()


def _wanted(query: Select[int], wanted: Wanted) -> Select[int]:
    if wanted.state:
        query = query.where(Handover.state == wanted.state)
    if wanted.institution:
        query = query.join(Handover.receiving_institution).where(Institution.code == wanted.institution)
    if wanted.year is not None:
        first, after = date(wanted.year, 1, 1), date(wanted.year + 1, 1, 1)
        query = query.where(Handover.handed_on >= first, Handover.handed_on < after)
    return query


def _within_reach(query: Query, actor: Actor) -> Query:
    """Limit a query over acts to what the actor reaches; the same rule as `policy.reaches`."""
    regions = actor.reach.regions
    if actor.role in (Role.ADMINISTRATOR, Role.AUDITOR) or (actor.role == Role.COORDINATOR and regions is None):
        return query
    reached = regions if actor.role == Role.COORDINATOR and regions else frozenset()
    return query.where(Handover.region_code.in_(reached))

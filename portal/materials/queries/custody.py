"""Read the way of a title's copies on a day: from the movements, and again from balances, acts and receipt lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.access import policy
from portal.access.policy import Actor
from portal.materials.models.handovers import Handover, HandoverItem, ReceiptSignature
from portal.materials.models.materials import Material, StockPlace
from portal.materials.models.stock import StockBalance, StockMovement
from portal.materials.queries import stock
from portal.materials.rules import custody as rules
from portal.materials.rules.custody import KINDS, Account, Line, Papers
from portal.materials.rules.handovers import HandoverState
from portal.materials.rules.stock import PlaceKind, Reason
from portal.platform import clock, paging
from portal.platform.db import AnySelect, db
from portal.platform.paging import Page
from portal.registration.models import Registration
from portal.trainings.models import Training

PAGE_SIZE = 30


@dataclass(frozen=True)
class Custody:
    """The account of a title on a day, with the places by id; `reached` are those that the actor may know."""

    account: Account
    places: Mapping[int, StockPlace]
    reached: frozenset[int]

    def shown(self, line: Line) -> list[tuple[StockPlace, int]]:
        """Return the places of a line within reach with their copies, the most first."""
        held = [one for one in self.account.held if one.kind in KINDS[line] and one.place_id in self.reached]
        held.sort(key=lambda one: (-one.moved, self.places[one.place_id].key))
        return [(self.places[one.place_id], one.moved) for one in held if one.moved]

    def elsewhere(self, line: Line) -> int:
        """Return the copies of a line at places that the actor does not reach."""
        return self.account.moved(line) - sum(copies for _place, copies in self.shown(line))

    @property
    def differing(self) -> list[tuple[StockPlace | None, int, int]]:
        """Return the places where movements and balance differ; None for one out of reach."""
        return [
            (self.places[one.place_id] if one.place_id in self.reached else None, one.moved, one.kept)
            for one in self.account.differing
        ]


@dataclass(frozen=True)
class Step:
    """A movement as a line sees it: copies that came to it, or left it if `copies` is below zero."""

    movement: StockMovement
    copies: int


@dataclass(frozen=True)
class ActLine:
    """An act with the copies of a title that it names."""

    handover: Handover
    copies: int


@dataclass(frozen=True)
class ListLine:
    """The receipt list of a training: copies its participants have, and copies signed for."""

    training: Training
    given: int
    signed: int


def read(material: Material, actor: Actor, on: date) -> Custody:
    """Return the account of a title at the end of a day."""
    moved, later = _moved(material, on)
    balances = select(StockBalance.place_id, StockBalance.quantity).where(StockBalance.material_id == material.id)
    kept = {place_id: copies - later.get(place_id, 0) for place_id, copies in db.session.execute(balances).all()}
    query = stock.with_names(select(StockPlace)).where(StockPlace.id.in_(moved.keys() | kept.keys()))
    places = {place.id: place for place in db.session.scalars(query.order_by(StockPlace.id))}
    kinds = {place.id: PlaceKind(place.kind) for place in places.values()}
    account = rules.account(moved, kept, kinds, _papers(material, on))
    return Custody(account, places, frozenset(one.id for one in places.values() if policy.reaches(actor, one.scope)))


def page_of_steps(material: Material, line: Line | None, actor: Actor, on: date, number: int) -> Page[Step]:
    """Return one page of the movements that came to a line or left it, the newest first; without a line, of all."""
    query, start, end = _movements(material, actor, on)
    if line is not None:
        comes, goes = end.kind.in_(KINDS[line]), start.kind.in_(KINDS[line])
        query = query.where(or_(and_(comes, ~goes), and_(goes, ~comes)))
    page = paging.page(query, number, PAGE_SIZE)
    return page.showing([_step(one, line) for one in page.items])


def list_movements(material: Material, actor: Actor, on: date) -> list[StockMovement]:
    """Return every movement of a title within reach up to a day, the newest first, for a spreadsheet."""
    query, _start, _end = _movements(material, actor, on)
    return list(db.session.scalars(query))


def page_of_acts(material: Material, actor: Actor, on: date, number: int) -> Page[ActLine]:
    """Return one page of the acts within reach that name a title, in force on a day or void by then."""
    query = (
        select(Handover, HandoverItem.quantity)
        .join(HandoverItem, HandoverItem.handover_id == Handover.id)
        .where(HandoverItem.material_id == material.id, Handover.number.is_not(None), Handover.handed_on <= on)
    )
    regions = stock.reached_regions(actor)
    if regions is not None:
        query = query.where(Handover.region_code.in_(regions))
    named = (joinedload(Handover.receiving_institution), joinedload(Handover.training))
    newest = query.order_by(Handover.handed_on.desc(), Handover.id.desc())
    page = paging.page(newest, number, PAGE_SIZE, options=named)
    return page.showing([ActLine(handover, copies) for handover, copies in page.items])


def page_of_lists(material: Material, actor: Actor, on: date, number: int) -> Page[ListLine]:
    """Return one page of the trainings within reach at which a title was given or signed for, the latest first."""
    signed = _signed(material, on).subquery()
    given = _given(material, on).subquery()
    query = (
        select(Training, func.coalesce(given.c.copies, 0), func.coalesce(signed.c.copies, 0))
        .outerjoin(given, given.c.training_id == Training.id)
        .outerjoin(signed, signed.c.training_id == Training.id)
        .where(or_(given.c.copies.is_not(None), signed.c.copies.is_not(None)))
    )
    regions = stock.reached_regions(actor)
    if regions is not None:
        query = query.where(Training.region_code.in_(regions))
    page = paging.page(query.order_by(Training.starts_on.desc(), Training.id.desc()), number, PAGE_SIZE)
    return page.showing([ListLine(training, int(given), int(signed)) for training, given, signed in page.items])


def _moved(material: Material, on: date) -> tuple[dict[int, int], dict[int, int]]:
    """Return by place what its movements add up to at the end of a day, and what they changed after it."""

    def side(place_id: Any, copies: Any) -> AnySelect:
        columns = (place_id.label("place_id"), copies.label("copies"), StockMovement.moved_on.label("moved_on"))
        return select(*columns).where(StockMovement.material_id == material.id)

    both = union_all(
        side(StockMovement.to_place_id, StockMovement.quantity),
        side(StockMovement.from_place_id, -StockMovement.quantity),
    ).subquery()
    until = func.sum(case((both.c.moved_on <= on, both.c.copies), else_=0))
    after = func.sum(case((both.c.moved_on > on, both.c.copies), else_=0))
    rows = db.session.execute(select(both.c.place_id, until, after).group_by(both.c.place_id)).all()
    return {row[0]: int(row[1]) for row in rows}, {row[0]: int(row[2]) for row in rows}


def _papers(material: Material, on: date) -> Papers:
    """Return what acts and receipt lists say: in sums that read no movement into an institution or a training.

    But for acts in parts and acts that correct others: what left by them is told by their movements alone.
    """
    in_force = _in_force(on)
    on_acts = (
        select(func.coalesce(func.sum(HandoverItem.quantity), 0))
        .join(Handover, Handover.id == HandoverItem.handover_id)
        .where(HandoverItem.material_id == material.id, Handover.number.is_not(None))
        .where(Handover.handed_on <= on, in_force, ~_by_steps())
    )
    by_steps = (
        select(func.coalesce(func.sum(StockMovement.quantity), 0))
        .join(Handover, Handover.id == StockMovement.handover_id)
        .where(StockMovement.material_id == material.id, StockMovement.reason == Reason.HANDED_OVER.value)
        .where(StockMovement.moved_on <= on, in_force, _by_steps())
    )
    signed = select(func.coalesce(func.sum(ReceiptSignature.quantity), 0)).where(
        ReceiptSignature.material_id == material.id, ReceiptSignature.signed_on <= on
    )
    acts, stepped, signatures, back, returned = db.session.execute(
        select(
            on_acts.scalar_subquery(),
            by_steps.scalar_subquery(),
            signed.scalar_subquery(),
            _left(material, on, PlaceKind.INSTITUTION).scalar_subquery(),
            _left(material, on, PlaceKind.PARTICIPANTS).scalar_subquery(),
        )
    ).one()
    return Papers(on_acts=int(acts) + int(stepped) - int(back), signed=int(signatures), returned=int(returned))


def _by_steps() -> ColumnElement[bool]:
    """Match the acts whose copies do not leave all at once as their lines say."""
    corrected = aliased(Handover)
    signed = select(corrected.id).where(corrected.state == HandoverState.SIGNED.value)
    return or_(Handover.in_parts, and_(Handover.corrects_id.is_not(None), Handover.corrects_id.in_(signed)))


def _in_force(on: date) -> ColumnElement[bool]:
    """Match the acts that were in force at the end of a day, those that became void later among them."""
    next_day = datetime.combine(on + timedelta(days=1), time(), clock.COUNTRY)
    return or_(Handover.state.in_(_IN_FORCE), Handover.voided_at >= next_day)


def _left(material: Material, on: date, kind: PlaceKind) -> Select[int]:
    """Sum the copies that left places of a kind, but for those of acts that were void by then: their state says it."""
    return (
        select(func.coalesce(func.sum(StockMovement.quantity), 0))
        .join(StockPlace, StockPlace.id == StockMovement.from_place_id)
        .outerjoin(Handover, Handover.id == StockMovement.handover_id)
        .where(StockMovement.material_id == material.id, StockMovement.moved_on <= on, StockPlace.kind == kind.value)
        .where(or_(Handover.id.is_(None), _in_force(on)))
    )


def _given(material: Material, on: date) -> AnySelect:
    copies = case((StockPlace.id == StockMovement.to_place_id, StockMovement.quantity), else_=-StockMovement.quantity)
    ends = or_(StockPlace.id == StockMovement.to_place_id, StockPlace.id == StockMovement.from_place_id)
    return (
        select(StockPlace.training_id, func.sum(copies).label("copies"))
        .select_from(StockMovement)
        .join(StockPlace, and_(ends, StockPlace.kind == PlaceKind.PARTICIPANTS.value))
        .where(StockMovement.material_id == material.id, StockMovement.moved_on <= on)
        .group_by(StockPlace.training_id)
    )


def _signed(material: Material, on: date) -> AnySelect:
    return (
        select(Registration.training_id, func.sum(ReceiptSignature.quantity).label("copies"))
        .join(Registration, Registration.id == ReceiptSignature.registration_id)
        .where(ReceiptSignature.material_id == material.id, ReceiptSignature.signed_on <= on)
        .group_by(Registration.training_id)
    )


def _movements(material: Material, actor: Actor, on: date) -> tuple[Select[StockMovement], Any, Any]:
    start, end = aliased(StockPlace), aliased(StockPlace)
    query = (
        select(StockMovement)
        .join(start, StockMovement.from_place_id == start.id)
        .join(end, StockMovement.to_place_id == end.id)
        .where(StockMovement.material_id == material.id, StockMovement.moved_on <= on)
        .where(_either_reached(actor, start, end))
        .order_by(StockMovement.moved_on.desc(), StockMovement.id.desc())
        .options(
            contains_eager(StockMovement.from_place.of_type(start)),
            contains_eager(StockMovement.to_place.of_type(end)),
            joinedload(StockMovement.handover),
            *(
                contains_eager(side.of_type(place)).joinedload(getattr(place, part.key))
                for side, place in ((StockMovement.from_place, start), (StockMovement.to_place, end))
                for part in stock.NAMED
            ),
        )
    )
    return query, start, end


def _either_reached(actor: Actor, start: type[StockPlace], end: type[StockPlace]) -> ColumnElement[bool]:
    regions = stock.reached_regions(actor)
    if regions is None:
        return start.id.is_not(None)
    return or_(start.region_code.in_(regions), end.region_code.in_(regions))


def _step(movement: StockMovement, line: Line | None) -> Step:
    comes = line is None or movement.to_place.kind in KINDS[line]
    return Step(movement, movement.quantity if comes else -movement.quantity)


_IN_FORCE = (HandoverState.PRINTED.value, HandoverState.SIGNED.value)

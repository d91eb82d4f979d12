"""Read a title's chain of custody, twice over; end holders; receipt lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.access import policy
from portal.access.policy import Actor
from portal.attendance import queries as attendance
from portal.custody import rules
from portal.custody.models import EndHolder, ReceiptScan, ReceiptSignature
from portal.custody.rules import KINDS, Account, Holder, Line, Papers
from portal.materials import queries as material_queries
from portal.materials import serial_numbers
from portal.materials.models import Handover, HandoverItem, Material, StockPlace
from portal.materials.rules import HandoverState, PlaceKind
from portal.materials.serial_numbers import Numbers
from portal.platform import clock, paging
from portal.platform.db import AnySelect, db
from portal.platform.paging import Page
from portal.registration.models import Registration
from portal.stock import queries as stock
from portal.stock import serials
from portal.stock.models import StockBalance, StockMovement
from portal.stock.rules import Reason
from portal.trainings.models import Training


def find_signature(material: Material, number: int) -> ReceiptSignature | None:
    """Return who signed last for a copy by its number, with the person and the training."""
    query = (
        select(ReceiptSignature)
        .join(ReceiptSignature.registration)
        .options(
            contains_eager(ReceiptSignature.registration).joinedload(Registration.person),
            contains_eager(ReceiptSignature.registration).joinedload(Registration.training),
        )
        .where(
            ReceiptSignature.material_id == material.id, ReceiptSignature.copy_number == serial_numbers.written(number)
        )
        .order_by(ReceiptSignature.id.desc())
    )
    return db.session.scalars(query.limit(1)).first()


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


def read(material: Material, actor: Actor, on: date) -> Custody:
    """Return the account of a title at the end of a day."""
    moved, later = _moved(material, on)
    balances = select(StockBalance.place_id, StockBalance.quantity).where(StockBalance.material_id == material.id)
    kept = {place_id: copies - later.get(place_id, 0) for place_id, copies in db.session.execute(balances).all()}
    query = material_queries.with_names(select(StockPlace)).where(StockPlace.id.in_(moved.keys() | kept.keys()))
    places = {place.id: place for place in db.session.scalars(query.order_by(StockPlace.id))}
    kinds = {place.id: PlaceKind(place.kind) for place in places.values()}
    account = rules.account(moved, kept, kinds, _papers(material, on))
    return Custody(account, places, frozenset(one.id for one in places.values() if policy.reaches(actor, one.scope)))


def page_of_steps(
    material: Material, line: Line, actor: Actor, on: date, number: int
) -> Page[tuple[StockMovement, int]]:
    """Return one page of the movements that came to a line or left it, the newest first.

    With each stand the copies that came to the line; that left it, if they are below zero.
    """
    query, start, end = stock.movements_of(material, actor)
    comes, goes = end.kind.in_(KINDS[line]), start.kind.in_(KINDS[line])
    query = query.where(StockMovement.moved_on <= on, or_(and_(comes, ~goes), and_(goes, ~comes)))
    page = paging.page(query, number, PAGE_SIZE)
    return page.showing([(one, one.quantity * (1 if one.to_place.kind in KINDS[line] else -1)) for one in page.items])


def list_movements(material: Material, actor: Actor, on: date) -> list[StockMovement]:
    """Return every movement of a title within reach up to a day, the newest first, for a spreadsheet."""
    query, _start, _end = stock.movements_of(material, actor)
    return list(db.session.scalars(query.where(StockMovement.moved_on <= on)))


def page_of_acts(material: Material, actor: Actor, on: date, number: int) -> Page[Any]:
    """Return one page of the acts within reach that name a title, in force on a day or void by then."""
    query = (
        select(Handover, HandoverItem.quantity.label("copies"))
        .join(HandoverItem, HandoverItem.handover_id == Handover.id)
        .where(HandoverItem.material_id == material.id, Handover.number.is_not(None), Handover.handed_on <= on)
    )
    named = (joinedload(Handover.receiving_institution), joinedload(Handover.training))
    newest = material_queries.within_reach(query, actor).order_by(Handover.handed_on.desc(), Handover.id.desc())
    return paging.page(newest, number, PAGE_SIZE, options=named)


def page_of_lists(material: Material, actor: Actor, on: date, number: int) -> Page[Any]:
    """Return one page of the trainings within reach at which a title was given or signed for, the latest first.

    With each come the copies that its participants have (`given`), and those signed for (`signed`).
    """
    signed = _signed(material, on).subquery()
    given = _given(material, on).subquery()
    query = (
        select(
            Training,
            func.coalesce(given.c.copies, 0).label("given"),
            func.coalesce(signed.c.copies, 0).label("signed"),
        )
        .outerjoin(given, given.c.training_id == Training.id)
        .outerjoin(signed, signed.c.training_id == Training.id)
        .where(or_(given.c.copies.is_not(None), signed.c.copies.is_not(None)))
    )
    regions = material_queries.reached_regions(actor)
    if regions is not None:
        query = query.where(Training.region_code.in_(regions))
    return paging.page(query.order_by(Training.starts_on.desc(), Training.id.desc()), number, PAGE_SIZE)


def _moved(material: Material, on: date) -> tuple[dict[int, int], dict[int, int]]:
    """Return by place what its movements add up to at the end of a day, and what they changed after it."""
    both = stock.both_ends([material.id])
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


_IN_FORCE = (HandoverState.PRINTED.value, HandoverState.SIGNED.value)


def list_holders(handover: Handover, material: Material) -> list[EndHolder]:
    """Return the list of one title of an act, in its order."""
    query = select(EndHolder).where(EndHolder.handover_id == handover.id, EndHolder.material_id == material.id)
    return list(db.session.scalars(query.order_by(EndHolder.order)))


def holders_as_typed(handover: Handover, material: Material) -> str:
    """Return the list of one title of an act as somebody would type it."""
    return rules.written(
        [
            Holder(one.unit, one.post, one.name, one.quantity, serial_numbers.read(one.numbers))
            for one in list_holders(handover, material)
        ]
    )


def find_holder(handover: Handover, material: Material, number: int) -> EndHolder | None:
    """Return who keeps one numbered copy of an act, if that was noted."""
    rows = list_holders(handover, material)
    return next((one for one in rows if number in serial_numbers.read(one.numbers)), None)


@dataclass(frozen=True)
class ListRow:
    """One line of a receipt list, as the paper numbers it, with what was typed in of it."""

    number: int
    registration: Registration
    signature: ReceiptSignature | None
    copy_number: str = ""  # of a numbered title: the one that was signed for, or the next that is left

    @property
    def mark(self) -> str:
        """Return the few letters under the number that find the person again when the list has changed since."""
        return self.registration.reference[-4:]

    @property
    def page(self) -> int:
        return rules.page_of(self.number)


@dataclass(frozen=True)
class Received:
    """How many copies of a title were given to a training's participants, and how many people signed."""

    material: Material
    given: int
    signed: int
    scans: int

    @property
    def is_even(self) -> bool:
        """Tell whether the paper says what the stock says."""
        return self.given == self.signed


def get_scan(receipt_scan_reference: str) -> ReceiptScan | None:
    """Return one scan by its reference."""
    query = select(ReceiptScan).options(joinedload(ReceiptScan.document), joinedload(ReceiptScan.training))
    return db.session.scalars(query.where(ReceiptScan.reference == receipt_scan_reference)).one_or_none()


def list_scans(training: Training, material: Material) -> list[ReceiptScan]:
    """Return the scans of one list, in the order in which they came."""
    query = (
        select(ReceiptScan)
        .options(joinedload(ReceiptScan.document))
        .where(ReceiptScan.training_id == training.id, ReceiptScan.material_id == material.id)
        .order_by(ReceiptScan.id)
    )
    return list(db.session.scalars(query))


def list_rows(training: Training, material: Material) -> list[ListRow]:
    """Return everybody on the list in the order of the paper, with the signature if it was typed in."""
    query = (
        select(ReceiptSignature)
        .join(Registration, Registration.id == ReceiptSignature.registration_id)
        .where(Registration.training_id == training.id, ReceiptSignature.material_id == material.id)
        .order_by(ReceiptSignature.id)
    )
    signed = {one.registration_id: one for one in db.session.scalars(query)}
    people = attendance.list_listed(training)
    taken = {one.copy_number for one in signed.values()}
    numbers = map(serial_numbers.written, brought(training, material).listed())
    left = (one for one in numbers if one not in taken)
    rows = []
    for number, one in enumerate(people, start=1):
        signature = signed.get(one.id)
        rows.append(ListRow(number, one, signature, signature.copy_number if signature else next(left, "")))
    return rows


def brought(training: Training, material: Material) -> Numbers:
    """Return the numbered copies of a title that were brought to a training or given there."""
    where = serials.held(material)
    found = Numbers()
    for place in stock.list_training_places(training) if where else []:
        found = found | where.get(place.id, Numbers())
    return found


def list_received(training: Training) -> list[Received]:
    """Return the titles that were brought to a training, given there or signed for, with given against signed."""
    signatures = _counted(ReceiptSignature.material_id).join(ReceiptSignature.registration)
    signed: dict[int, int] = dict(db.session.execute(signatures.where(Registration.training_id == training.id)).all())
    kept = _counted(ReceiptScan.material_id).where(ReceiptScan.training_id == training.id)
    scans: dict[int, int] = dict(db.session.execute(kept).all())
    places = stock.list_training_places(training)
    ids = [place.id for place in places]
    touched = or_(StockMovement.from_place_id.in_(ids), StockMovement.to_place_id.in_(ids))
    moved = select(StockMovement.material_id).where(touched)
    query = select(Material).where(or_(Material.id.in_(moved), Material.id.in_([*signed, *scans])))
    materials = list(db.session.scalars(query.order_by(*material_queries.BY_TITLE)))
    holding = [place.id for place in places if place.kind == PlaceKind.PARTICIPANTS]
    held = stock.list_balances(materials=[one.id for one in materials], places=holding)
    given = {one.material.id: one.quantity for one in held}
    return [Received(one, given.get(one.id, 0), signed.get(one.id, 0), scans.get(one.id, 0)) for one in materials]


def get_received(training: Training, material: Material) -> Received:
    """Return given against signed of one title."""
    everything = {one.material.id: one for one in list_received(training)}
    return everything.get(material.id, Received(material, 0, 0, 0))


def _counted(column: SQLColumnExpression[int]) -> AnySelect:
    return select(column, func.count()).group_by(column).order_by(column)

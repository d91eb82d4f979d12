"""Read receipt lists: the titles of a training, the rows of one list, what is signed against what was given."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import SQLColumnExpression, func, or_, select
from sqlalchemy.orm import joinedload

from portal.attendance import queries as attendance
from portal.materials.models.handovers import ReceiptScan, ReceiptSignature
from portal.materials.models.materials import Material, StockPlace
from portal.materials.models.stock import StockMovement
from portal.materials.queries import numbers, stock
from portal.materials.rules import numbers as rule
from portal.materials.rules import receipts as rules
from portal.materials.rules.numbers import Numbers
from portal.materials.rules.stock import PlaceKind
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training


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
        """Return the page of the paper."""
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
    left = iter(_unsigned(training, material, signed.values()))
    rows = []
    for number, one in enumerate(people, start=1):
        signature = signed.get(one.id)
        rows.append(ListRow(number, one, signature, signature.copy_number if signature else next(left, "")))
    return rows


def brought(training: Training, material: Material) -> Numbers:
    """Return the numbered copies of a title that were brought to a training or given there."""
    where = numbers.held(material)
    found = Numbers()
    for place in stock.list_training_places(training) if where else []:
        found = found | where.get(place.id, Numbers())
    return found


def _unsigned(training: Training, material: Material, signatures: Iterable[ReceiptSignature]) -> list[str]:
    """Return the numbers of a training for which nobody has signed yet, in order."""
    taken = {one.copy_number for one in signatures}
    return [written for written in map(rule.written, brought(training, material).listed()) if written not in taken]


def list_received(training: Training) -> list[Received]:
    """Return the titles that were brought to a training, given there or signed for, with given against signed."""
    signed = _counted(training, ReceiptSignature.material_id, by_registration=True)
    scans = _counted(training, ReceiptScan.material_id, by_registration=False)
    places = stock.list_training_places(training)
    ids = [place.id for place in places]
    touched = or_(StockMovement.from_place_id.in_(ids), StockMovement.to_place_id.in_(ids))
    moved = select(StockMovement.material_id).where(touched)
    query = select(Material).where(or_(Material.id.in_(moved), Material.id.in_([*signed, *scans])))
    materials = list(db.session.scalars(query.order_by(Material.search_text, Material.language, Material.id)))
    given = _given([place for place in places if place.kind == PlaceKind.PARTICIPANTS], [one.id for one in materials])
    return [Received(one, given.get(one.id, 0), signed.get(one.id, 0), scans.get(one.id, 0)) for one in materials]


def get_received(training: Training, material: Material) -> Received:
    """Return given against signed of one title."""
    everything = {one.material.id: one for one in list_received(training)}
    return everything.get(material.id, Received(material, 0, 0, 0))


def _given(places: list[StockPlace], material_ids: list[int]) -> dict[int, int]:
    held = stock.list_balances(materials=material_ids, places=[place.id for place in places])
    return {one.material.id: one.quantity for one in held}


def _counted(training: Training, column: SQLColumnExpression[int], *, by_registration: bool) -> dict[int, int]:
    query = select(column, func.count()).group_by(column).order_by(column)
    if by_registration:
        query = query.join(Registration, Registration.id == ReceiptSignature.registration_id).where(
            Registration.training_id == training.id
        )
    else:
        query = query.where(ReceiptScan.training_id == training.id)
    return dict(db.session.execute(query).all())

"""Text, stock and hand-over acts."""

from datetime import date
from typing import Any

from portal.access.policy import Operator
from portal.custody.models import ReceiptScan, ReceiptSignature
from portal.materials import operations as material_operations
from portal.materials.models import Handover, HandoverItem, Material, StockPlace
from portal.materials.rules import PlannedMaterial
from portal.platform import tokens
from portal.platform.texts import Text
from portal.registration.models import Registration
from portal.stock import operations as stock
from portal.stock import titles as stock_titles
from portal.stock.models import Cause, Step, StockMovement
from portal.stock.rules import Reason
from portal.trainings.models import Training
from tests.factories.base import NOW, add, numbers
from tests.factories.papers import make_document
from tests.factories.people import get_institution, get_region


def make_material(
    titles: Text | None = None, *, language: str = "ru", edition: str = "2026", **values: Any
) -> Material:
    """Make a title in Russian, without any copy."""
    number = next(numbers)
    planned = PlannedMaterial(
        titles or Text(f"Колдонмо {number}", f"Пособие {number}", f"Manual {number}"),
        language=language,
        edition=edition,
        **{"unit_value": 35_000, **values},
    )
    return stock_titles.add(planned, actor=Operator(), now=NOW)


def make_office(region: str = "KG-GO") -> StockPlace:
    """Find or make the office of a region."""
    return material_operations.take_office(get_region(region))


def make_stock(
    material: Material, quantity: int = 100, *, place: StockPlace | None = None, on: date | None = None
) -> StockPlace:
    """Receive copies at a place, or at the office in Osh, a fortnight before NOW; return the place."""
    place = place or make_office()
    make_movement(material, material_operations.take_source(), place, quantity, Reason.RECEIVED, on or date(2026, 9, 1))
    return place


def make_movement(
    material: Material, start: StockPlace, end: StockPlace, quantity: int, reason: Reason, on: date | None = None
) -> StockMovement:
    """Move copies, on NOW's day."""
    step, cause = Step(material, start, end, quantity), Cause(reason, on or NOW.date())
    return stock.move([step], cause, actor=Operator(), now=NOW)[0]


def make_handover(training: Training, material: Material, quantity: int = 10, **values: Any) -> Handover:
    """Make the draft of an act at a training: from the office of its region to the General Prosecutor's Office."""
    item = HandoverItem(order=1, material_id=material.id, quantity=quantity, unit_value=35_000, currency="KGS")
    defaults: dict[str, Any] = {
        "training_id": training.id,
        "region_code": training.region_code,
        "from_place_id": make_office(training.region_code).id,
        "giving_institution_id": get_institution("UNODC").id,
        "receiving_institution_id": get_institution("GPO").id,
        "handed_on": NOW.date(),
        "created_at": NOW,
        "created_by": "operator",
    }
    return add(Handover(reference=tokens.random_token(), items=[item], **{**defaults, **values}))


def make_receipt_scan(training: Training, material: Material) -> ReceiptScan:
    """Make the scan of a signed receipt list."""
    document = make_document(b"%PDF-1.7 signed %%EOF")
    values = {"training_id": training.id, "material_id": material.id, "document_id": document.id}
    return add(ReceiptScan(reference=tokens.random_token(), added_at=NOW, added_by="operator", **values))


def make_receipt(registration: Registration, material: Material, **values: Any) -> ReceiptSignature:
    """Make the line of a signed receipt list."""
    defaults = {"page": 1, "row": 1, "signed_on": NOW.date(), "entered_at": NOW, "entered_by": "operator"}
    return add(ReceiptSignature(registration_id=registration.id, material_id=material.id, **{**defaults, **values}))

"""Hand over: the act gets its number, its words and its file, and the copies leave the stock, all or nothing."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.audit.queries import newest_head
from portal.materials.documents import acts as documents
from portal.materials.documents.deeds import deed_of
from portal.materials.models.handovers import Handover, HandoverCounter
from portal.materials.models.stock import StockMovement
from portal.materials.operations import places, stock
from portal.materials.operations.handovers import subject
from portal.materials.operations.stock import Cause, Step
from portal.materials.queries import handovers as queries
from portal.materials.rules import handovers as rules
from portal.materials.rules.handovers import HandoverState
from portal.materials.rules.stock import Reason
from portal.platform import storage
from portal.platform.db import db, insert_if_missing
from portal.platform.errors import Conflict, DomainError
from portal.platform.pdf import Order, TextRefused, Variant
from portal.platform.scans import Scan
from portal.platform.sealing.sealer import Sealer
from portal.platform.storage import Document
from portal.platform.wording import _l

Printer = Callable[[Order], bytes]
ZONE = ZoneInfo("Asia/Bishkek")
# The fixed name of the sealed facts inside each file: by them a changed file still says which act it was.
ATTACHED = "act.json"
_TEXTS = ("giving_position", "receiving_position", "place", "basis", "purpose")
_LABELS = {
    "giving_name": _l("name of whoever hands over"),
    "giving_position": _l("position of whoever hands over"),
    "receiving_name": _l("name of whoever receives"),
    "receiving_position": _l("position of whoever receives"),
    "place": _l("place"),
    "basis": _l("basis"),
    "purpose": _l("purpose"),
    "lines": _l("titles"),
    "unit_value": _l("value of each copy, 0 for without charge"),
}


class AlreadyHandedOver(Conflict):
    """Refuse to print an act a second time."""

    message = _l("The act is printed already, as № %(number)s. Nothing was taken from the stock a second time.")


class NotReady(DomainError):
    """Refuse to print an act that leaves blank what an act must say."""

    message = _l("The act still leaves blank: %(missing)s.")


class NotPrintable(DomainError):
    """Refuse an act with a text that the paper cannot show."""

    message = _l("A text cannot be printed: %(reason)s")


class NotHandedOver(Conflict):
    """Refuse to sign or make void what is no printed act."""

    message = _l("The act is not printed yet.")


class ActVoid(Conflict):
    """Refuse to go on with an act that is void."""

    message = _l("Act № %(number)s is void already.")


class ActSigned(Conflict):
    """Refuse to make a signed act void, and say what to do instead."""

    message = _l(
        "Act № %(number)s is signed: both sides hold it, so it cannot be made void. If copies came back, record their "
        "return in the stock; if the act is wrong, draw up a new one that sets it right."
    )


class AlreadySigned(Conflict):
    """Refuse a second scan in place of the first."""

    message = _l("Act № %(number)s is recorded as signed already.")


class SignedOnImplausible(DomainError):
    """Refuse a day of signing that cannot be right."""

    message = _l("The day of signing lies between the day of the act, %(first)s, and today.")


class ReasonMissing(DomainError):
    """Refuse to make an act void without saying why."""

    message = _l("Say why the act becomes void, in at most %(most)s letters.")


def hand_over(
    handover: Handover, *, printer: Printer, sealer: Sealer, base_url: str, actor: Actor, now: datetime
) -> Handover:
    """Print and seal an act: number, frozen words, file and movements of stock stand in one transaction.

    The counter's row is locked before the stock is touched, so that numbers have no gaps: what is refused takes none.

    :raises AlreadyHandedOver: if it has its number.
    :raises NotReady: if it leaves blank what an act must say.
    :raises NotPrintable: if a text holds a letter that cannot be printed.
    :raises DomainError: whatever `stock.move` refuses: too few copies, a closed institution, a day too early.
    """
    queries.lock_handover(handover.id)
    if handover.state != HandoverState.DRAFT:
        raise AlreadyHandedOver(number=handover.number)
    _require_ready(handover)
    _number(handover)
    handover.state, handover.printed_at = HandoverState.PRINTED.value, now
    facts = documents.hand_over_act(
        deed_of(handover, number=handover.number or ""),
        record_url=record_url(handover, base_url),
        audit_head=str(newest_head()),
    )
    handover.facts = facts.as_dict()
    document = _keep(handover, facts.document_title, printer, sealer, now)
    end = places.take_institution(handover.receiving_institution)
    steps = [Step(item.material, handover.from_place, end, item.quantity) for item in handover.items]
    stock.move(steps, Cause(Reason.HANDED_OVER, handover.handed_on, handover=handover), actor=actor, now=now)
    audit.record(
        "materials.handed_over",
        subject(handover),
        after={"number": handover.number, "sha256": document.sha256, "copies": sum(one.quantity for one in steps)},
        actor=actor,
        now=now,
    )
    return handover


def sign(handover: Handover, *, signed_on: date, scan: Scan, actor: Actor, now: datetime) -> None:
    """Keep the scan of the signed paper; from now on the act can no longer be made void.

    :raises NotHandedOver: if it is not printed yet.
    :raises ActVoid: if it is void.
    :raises AlreadySigned: if a scan is there.
    :raises SignedOnImplausible: if the day lies before the act or is still to come.
    """
    queries.lock_handover(handover.id)
    if handover.state == HandoverState.SIGNED:
        raise AlreadySigned(number=handover.number)
    _require_printed(handover)
    today = now.astimezone(ZONE).date()
    if not handover.handed_on <= signed_on <= max(today, handover.handed_on):
        raise SignedOnImplausible(first=handover.handed_on.isoformat())
    document = storage.put(
        scan.content,
        kind="handover_scan",
        filename=f"handover-{handover.number}-signed.{scan.extension}",
        media_type=scan.media_type,
        now=now,
    )
    handover.scan_document_id, handover.signed_on = document.id, signed_on
    handover.state = HandoverState.SIGNED.value
    db.session.flush()
    after = {"signed_on": signed_on.isoformat(), "sha256": document.sha256}
    audit.record("materials.act_signed", subject(handover), after=after, actor=actor, now=now)


def void(handover: Handover, *, reason: str, actor: Actor, now: datetime) -> None:
    """Make a printed act void: its number stays with it, and its copies go back to where they came from.

    :raises NotHandedOver: if it is a draft, which is thrown away instead.
    :raises ActSigned: if both sides have signed it.
    :raises ActVoid: if it is void already.
    :raises ReasonMissing: if no reason is given.
    :raises DomainError: if the stock refuses, for instance because the institution has given copies back meanwhile.
    """
    queries.lock_handover(handover.id)
    if handover.state == HandoverState.SIGNED:
        raise ActSigned(number=handover.number)
    _require_printed(handover)
    if not 0 < len(reason) <= rules.MAX_REASON:
        raise ReasonMissing(most=rules.MAX_REASON)
    handover.state, handover.voided_at = HandoverState.VOID.value, now
    handover.void_reason = reason
    db.session.flush()
    day = max(now.astimezone(ZONE).date(), handover.handed_on)
    cause = Cause(Reason.RETURNED, day, note=f"№ {handover.number}", handover=handover)
    stock.move(list(_reversed(handover)), cause, actor=actor, now=now)
    after = {"number": handover.number, "reason": reason}
    audit.record("materials.act_voided", subject(handover), after=after, actor=actor, now=now)


def preview(handover: Handover, *, printer: Printer, base_url: str, now: datetime) -> bytes:
    """Return the page as it would be printed, marked as a draft and without a number.

    :raises NotPrintable: if a text holds a letter that cannot be printed.
    :raises NotReady: if there is no title on it.
    """
    if not handover.items:
        raise NotReady(missing=_LABELS["lines"])
    facts = documents.hand_over_act(deed_of(handover), record_url=record_url(handover, base_url))
    return _printed(printer, documents.as_draft(facts), facts.document_title, now)


def void_copy(handover: Handover, *, printer: Printer) -> bytes:
    """Return a copy of a void act that says so across its text; the file that was issued stays as it is.

    :raises NotHandedOver: if the act is not void.
    """
    if handover.state != HandoverState.VOID or handover.facts is None or handover.voided_at is None:
        raise NotHandedOver
    day = handover.voided_at.astimezone(ZONE).date()
    facts = documents.as_void(handover.facts, voided_on=day, reason=handover.void_reason)
    return _printed(printer, facts, documents.title_of(handover.number or ""), handover.voided_at)


def filename(handover: Handover) -> str:
    """Return the name under which people keep the act."""
    return f"handover-{handover.number}.pdf"


def record_url(handover: Handover, base_url: str) -> str:
    """Return the address of the act's record, as its QR code gives it."""
    return f"{base_url}/hand-over-acts/{handover.reference}"


def missing(handover: Handover) -> Iterator[str]:
    """Yield what an act still leaves blank, by the name of the field."""
    for side in ("giving", "receiving"):
        if not getattr(handover, f"{side}_name"):
            yield f"{side}_name"
    for name in _TEXTS:
        if not any(getattr(handover, f"{name}_{language}") for language in ("ky", "ru", "en")):
            yield name
    if not handover.items:
        yield "lines"
    if any(item.unit_value is None for item in handover.items):
        yield "unit_value"


def missing_words(handover: Handover) -> list[str]:
    """Return what an act still leaves blank, in words."""
    return [str(_LABELS[name]) for name in missing(handover)]


def _require_ready(handover: Handover) -> None:
    blank = missing_words(handover)
    if blank:
        raise NotReady(missing=", ".join(blank))


def _require_printed(handover: Handover) -> None:
    if handover.state == HandoverState.DRAFT:
        raise NotHandedOver
    if handover.state == HandoverState.VOID:
        raise ActVoid(number=handover.number)


def _number(handover: Handover) -> None:
    """Take the next number of the organizer and year, holding the counter's row until the end."""
    series = handover.giving_institution.code[: rules.SERIES_LENGTH]
    year = handover.handed_on.year
    insert_if_missing(HandoverCounter, series=series, year=year, last=0)
    query = select(HandoverCounter).where(HandoverCounter.series == series, HandoverCounter.year == year)
    counter = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    counter.last += 1
    handover.series, handover.year, handover.serial = series, year, counter.last
    handover.number = rules.number_of(series, year, counter.last)


def _keep(handover: Handover, title: str, printer: Printer, sealer: Sealer, now: datetime) -> Document:
    """Store the sealed file of an act that has its number and its words."""
    sealed = sealer.facts({"act": handover.number, "date": handover.handed_on.isoformat()})
    facts, attached = documents.as_standing(handover.facts), ((ATTACHED, sealed),)
    order = Order(documents.TEMPLATE, facts, title, documents.LANG, now, Variant.ARCHIVAL, attached)
    document = storage.put(
        sealer.seal(_set(printer, sealer.order(order))),
        kind="handover_act",
        filename=filename(handover),
        media_type="application/pdf",
        sealed_by=sealer.fingerprint,
        now=now,
    )
    handover.document_id = document.id
    db.session.flush()
    return document


def _printed(printer: Printer, facts: dict[str, object], title: str, now: datetime) -> bytes:
    return _set(printer, Order(documents.TEMPLATE, facts, title, documents.LANG, now, Variant.ARCHIVAL))


def _set(printer: Printer, order: Order) -> bytes:
    try:
        return printer(order)
    except TextRefused as refused:
        raise NotPrintable(reason=str(refused)) from refused


def _reversed(handover: Handover) -> Iterator[Step]:
    query = (
        select(StockMovement)
        .where(StockMovement.handover_id == handover.id, StockMovement.reason == Reason.HANDED_OVER.value)
        .order_by(StockMovement.id)
    )
    for movement in db.session.scalars(query):
        yield Step(movement.material, movement.to_place, movement.from_place, movement.quantity)

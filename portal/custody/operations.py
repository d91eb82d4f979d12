"""Record signed receipt lists and end holders; erase holders' names after five years."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import delete, select, update

from portal.access.policy import Actor, Operator
from portal.audit import operations as audit
from portal.custody import queries, rules
from portal.custody.models import EndHolder, ReceiptScan, ReceiptSignature
from portal.custody.rules import HoldersRefused, PaperRow
from portal.handovers import queries as handover_queries
from portal.materials import serial_numbers
from portal.materials.models import Handover, Material
from portal.materials.operations import subject
from portal.materials.rules import HandoverState
from portal.materials.serial_numbers import Numbers
from portal.platform import clock, storage, tokens
from portal.platform.db import change_rows, db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.scans import Scan
from portal.trainings.models import Training
from portal.trainings.operations import lock_open


class HoldersChanged(Conflict):
    message = _l("Somebody else has changed this list meanwhile. Compare, and save again what is right.")


def version_of(handover: Handover, material: Material) -> str:
    """Return what changes whenever the list does, for the page that shows it to hand back."""
    return hashlib.sha256(queries.holders_as_typed(handover, material).encode()).hexdigest()[:16]


def keep(
    handover: Handover, material: Material, typed: str, *, expected_version: str, actor: Actor, now: datetime
) -> int:
    """Note the whole list of one title of an act, instead of the one before; return how many holders it has.

    The names stay out of the audit log, which keeps what nobody can erase.

    :raises Conflict: if the act is a draft or void, or does not name the title.
    :raises HoldersChanged: if another list than `expected_version` stands.
    :raises Refusal: if a line cannot be kept.
    """
    lock(Handover, handover.id)
    is_on_it = any(item.material_id == material.id for item in handover.items)
    if not is_on_it or handover.state not in (HandoverState.PRINTED, HandoverState.SIGNED):
        raise Conflict("not_handed_out", _l("This act does not hand the title over."))
    if version_of(handover, material) != expected_version:
        raise HoldersChanged
    copies, numbers = there(handover, material)
    try:
        found = rules.read(typed, held=copies, of=numbers if material.is_numbered else None)
    except HoldersRefused as refused:
        where = {"line": refused.line, "text": refused.text}
        raise Refusal("holders_unreadable", _l(refused.fault.label), field="holders", **where) from refused
    this_list = (EndHolder.handover_id == handover.id, EndHolder.material_id == material.id)
    db.session.execute(delete(EndHolder).where(*this_list))
    db.session.add_all(
        EndHolder(
            handover_id=handover.id,
            material_id=material.id,
            order=order,
            **vars(one) | {"numbers": str(one.numbers)},
            noted_at=now,
            noted_by=actor.label,
        )
        for order, one in enumerate(found, start=1)
    )
    db.session.flush()
    after = {"material": material.reference, "holders": len(found), "copies": sum(one.quantity for one in found)}
    audit.record("materials.holders_noted", subject(handover), after=after, actor=actor, now=now)
    return len(found)


def forget_names(now: datetime) -> int:
    """Erase the names of holders five years after their act; units, posts and copies stay. Return how many."""
    today = clock.country_day(now)
    limit = today.replace(year=today.year - rules.NAMES_KEPT_YEARS, day=min(today.day, 28))
    old = select(Handover.id).where(Handover.handed_on < limit)
    named = update(EndHolder).where(EndHolder.name != "", EndHolder.handover_id.in_(old))
    count = change_rows(named.values(name=""))
    if count:
        audit.record("materials.holders_forgotten", "end holders", after={"holders": count}, actor=Operator(), now=now)
    return count


def there(handover: Handover, material: Material) -> tuple[int, Numbers]:
    """Return how many copies of a title the institution has by an act, and of a numbered one which."""
    lines = handover_queries.status_of(handover).lines
    copies = next((line.there for line in lines if line.material_id == material.id), 0)
    return copies, handover_queries.held_by(handover).get(material.id, Numbers())


def enter(
    training: Training, material: Material, *, rows: Sequence[PaperRow], signed_on: date, actor: Actor, now: datetime
) -> int:
    """Make the record say of these rows what the paper says; return how many of them are signed. Twice is once.

    :raises TrainingLocked: if the training's books are closed.
    :raises Refusal: if the day is before the training or still to come; if a row is of nobody on the list; if a
        numbered copy was not brought to the training.
    :raises Conflict: if two people sign for one copy.
    """
    lock_open(training.id)
    if not training.starts_on <= signed_on <= clock.country_day(now):
        raise Refusal(
            "day_implausible",
            _l("People sign between the first day of the training, %(first)s, and today."),
            field="signed_on",
            first=training.starts_on.isoformat(),
        )
    known = {one.registration.reference: one for one in queries.list_rows(training, material)}
    if any(row.registration not in known for row in rows):
        raise Refusal("row_unknown", _l("Somebody of these rows is not on the list any more. Open the page anew."))
    if material.is_numbered:
        rows = _named(training, material, rows, known)
    signed = removed = 0
    for row in rows:
        found = known[row.registration]
        if row.is_signed:
            signature = found.signature or ReceiptSignature(registration=found.registration, material=material)
            db.session.add(signature)
            _write(signature, row, signed_on, actor, now)
            signed += 1
        elif found.signature is not None:
            db.session.delete(found.signature)
            removed += 1
    db.session.flush()
    after = {"material": material.reference, "signed": signed, "removed": removed}
    audit.record("materials.receipts_entered", f"training {training.code}", after=after, actor=actor, now=now)
    return signed


def keep_scan(training: Training, material: Material, *, scan: Scan, actor: Actor, now: datetime) -> ReceiptScan:
    """Keep a scan of the signed list, beside those that are there.

    :raises TrainingLocked: if the training's books are closed.
    """
    lock_open(training.id)
    number = len(queries.list_scans(training, material)) + 1
    document = storage.put(
        scan.content,
        kind="receipt_scan",
        filename=f"{training.code}-receipts-{number}.{scan.extension}",
        media_type=scan.media_type,
        now=now,
    )
    kept = ReceiptScan(
        reference=tokens.random_token(),
        training_id=training.id,
        material_id=material.id,
        document_id=document.id,
        added_at=now,
        added_by=actor.label,
    )
    db.session.add(kept)
    db.session.flush()
    after = {"material": material.reference, "sha256": document.sha256}
    audit.record("materials.receipts_scanned", f"training {training.code}", after=after, actor=actor, now=now)
    return kept


def _named(
    training: Training, material: Material, rows: Sequence[PaperRow], known: Mapping[str, queries.ListRow]
) -> list[PaperRow]:
    """Return the rows with the number of each copy: the one that was typed, else the one that the list printed."""
    there, named = queries.brought(training, material), []
    typed_here = {row.registration for row in rows}
    taken = {
        one.signature.copy_number for key, one in known.items() if one.signature is not None and key not in typed_here
    }
    for row in rows:
        if row.is_signed:
            number = _number(row.copy_number or known[row.registration].copy_number)
            if number not in there:
                raise Refusal(
                    "copy_unknown",
                    _l("Row %(row)s: copy № %(number)s was not brought to this training."),
                    row=row.row,
                    number=row.copy_number or "–",
                )
            if serial_numbers.written(number) in taken:
                raise Conflict(
                    "copy_twice",
                    _l("Row %(row)s: somebody else has signed for copy № %(number)s."),
                    row=row.row,
                    number=serial_numbers.written(number),
                )
            taken.add(serial_numbers.written(number))
            row = replace(row, copy_number=serial_numbers.written(number))
        named.append(row)
    return named


def _number(typed: str) -> int:
    digits = typed.strip().lstrip("№").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


def _write(signature: ReceiptSignature, row: PaperRow, signed_on: date, actor: Actor, now: datetime) -> None:
    said = (row.row, row.copy_number, row.signed_by, signed_on)
    if (signature.row, signature.copy_number, signature.signed_by, signature.signed_on) == said:
        return
    signature.row, signature.copy_number, signature.signed_by, signature.signed_on = said
    signature.page, signature.quantity = rules.page_of(row.row), 1
    signature.entered_at, signature.entered_by = now, actor.label

"""What a signed receipt list says: typed in row by row, and kept as a scan beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.materials.models.handovers import ReceiptScan, ReceiptSignature
from portal.materials.models.materials import Material
from portal.materials.queries import receipts as queries
from portal.materials.rules import numbers
from portal.materials.rules import receipts as rules
from portal.materials.rules.receipts import PaperRow
from portal.platform import clock, storage, tokens
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.scans import Scan
from portal.platform.wording import _l
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open


class DayImplausible(Refusal):
    """Refuse a day of signing that cannot be right."""

    message = _l("People sign between the first day of the training, %(first)s, and today.")


def enter(
    training: Training, material: Material, *, rows: Sequence[PaperRow], signed_on: date, actor: Actor, now: datetime
) -> int:
    """Make the record say of these rows what the paper says; return how many of them are signed. Twice is once.

    :raises TrainingLocked: if the training's books are closed.
    :raises DayImplausible: if the day is before the training or still to come.
    :raises Refusal: if a row is of nobody on the list.
    :raises Refusal: if a numbered copy was not brought to the training.
    :raises Conflict: if two people sign for one copy.
    """
    lock_open(training.id)
    if not training.starts_on <= signed_on <= clock.country_day(now):
        raise DayImplausible(first=training.starts_on.isoformat())
    known = {one.registration.reference: one for one in queries.list_rows(training, material)}
    if any(row.registration not in known for row in rows):
        raise Refusal("row_unknown", _l("Somebody of these rows is not on the list any more. Open the page anew."))
    if material.is_numbered:
        rows = _named(training, material, rows, known)
    signed = removed = 0
    for row in rows:
        found = known[row.registration]
        if row.is_signed:
            signature = found.signature or _new(found.registration.id, material)
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
            if numbers.written(number) in taken:
                raise Conflict(
                    "copy_twice",
                    _l("Row %(row)s: somebody else has signed for copy № %(number)s."),
                    row=row.row,
                    number=numbers.written(number),
                )
            taken.add(numbers.written(number))
            row = replace(row, copy_number=numbers.written(number))
        named.append(row)
    return named


def _number(typed: str) -> int:
    digits = typed.strip().lstrip("№").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


def _new(registration_id: int, material: Material) -> ReceiptSignature:
    signature = ReceiptSignature(registration_id=registration_id, material_id=material.id)
    db.session.add(signature)
    return signature


def _write(signature: ReceiptSignature, row: PaperRow, signed_on: date, actor: Actor, now: datetime) -> None:
    said = (row.row, row.copy_number, row.signed_by, signed_on)
    if (signature.row, signature.copy_number, signature.signed_by, signature.signed_on) == said:
        return
    signature.row, signature.copy_number, signature.signed_by, signature.signed_on = said
    signature.page, signature.quantity = rules.page_of(row.row), 1
    signature.entered_at, signature.entered_by = now, actor.label

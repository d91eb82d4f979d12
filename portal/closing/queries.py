"""Read what closing needs: corrections, everybody's standing, and the books as hashes.

Copies may still come back after the lock: of movements the books hold those until then. The columns are named one by
one: a column that is added later must not change the hashes that stand in the log.
"""

import hashlib
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from portal.assessments.models import Assessment, AssessmentSheet
from portal.attendance.models import AttendanceMark
from portal.audit import queries as audit
from portal.audit.chain import canonical
from portal.audit.queries import Mismatch, Recorded
from portal.certificates import candidates
from portal.certificates.models import Certificate
from portal.certificates.rules import CertificateState, RevokeClass
from portal.closing import rules
from portal.closing.models import Correction, LeftRevoked, ShortfallReason
from portal.closing.rules import Paper, Receipts, Reconciled, Shortfall, ShortfallCause, ShortfallKind
from portal.completion import queries as completion
from portal.custody import queries as custody_queries
from portal.custody.models import ReceiptSignature
from portal.materials.models import StockPlace
from portal.platform import paging
from portal.platform.db import AnySelect, db
from portal.platform.i18n import text_of
from portal.platform.paging import Page
from portal.registration.models import Registration, RegistrationDecision
from portal.stock.models import StockMovement
from portal.trainings import queries as training_queries
from portal.trainings.models import Training, TrainingSession
from portal.trainings.queries import LastChange
from portal.trainings.rules import TrainingState


def find_last_move(training: Training) -> LastChange | None:
    """Return who moved a training to its state, and when; None if it has the state in which it was made."""
    return training_queries.find_last_change(f"training {training.code}", ("trainings.state_moved",))


PAGE_SIZE = 30
_PEOPLE = joinedload(Correction.registration).joinedload(Registration.person)


def page_of_corrections(training: Training, number: int) -> Page[Correction]:
    """Return one page of a training's corrections with their people, the last one first."""
    query = select(Correction).where(Correction.training_id == training.id).order_by(Correction.number.desc())
    return paging.page(query, number, PAGE_SIZE, options=[_PEOPLE])


def list_of(registration: Registration) -> list[Correction]:
    """Return what was corrected of one person, the last one first."""
    query = select(Correction).where(Correction.registration_id == registration.id)
    return list(db.session.scalars(query.options(_PEOPLE).order_by(Correction.number.desc())))


def list_corrections(training: Training) -> list[Correction]:
    """Return everything that was corrected in a training, the first one first."""
    query = select(Correction).where(Correction.training_id == training.id)
    return list(db.session.scalars(query.options(_PEOPLE).order_by(Correction.number)))


def list_reconciled(training: Training, *, as_of: datetime | None) -> list[Reconciled]:
    """Return everyone registered in the Kyrgyz order of names, as they stand then; None is the training's end."""
    newest, named = candidates.newest_rows(training), candidates.list_named(training)
    reasons, left = list_shortfalls(training), _left_revoked(training)
    people = []
    for one in completion.list_outcomes(training, as_of=as_of):
        certificate = newest.get(one.registration_id)
        people.append(
            Reconciled(
                **vars(one),
                paper=_paper_of(certificate),
                number=certificate.number if certificate else "",
                kind=certificate.kind if certificate else "",
                is_named=one.person_id in named,
                shortfall=reasons.get(one.registration_id) or rules.of_marks(one.reasons),
                # What is revoked after the lock is a correction, which has its reason already.
                is_left_revoked=training.is_locked or (certificate is not None and certificate.number in left),
            )
        )
    return people


def _paper_of(certificate: Any) -> Paper:
    """Return how a certificate stands, by its row of `newest_rows`; None is that there is none."""
    if certificate is None:
        return Paper.NONE
    if certificate.revoked_at:
        return Paper.VOID if certificate.revoke_class == RevokeClass.NOT_HANDED_OVER else Paper.REVOKED
    return Paper.VALID if certificate.state == CertificateState.ISSUED else Paper.PENDING


def find_left_revoked(certificate: Certificate) -> LeftRevoked | None:
    """Return by whose word somebody is left without a certificate."""
    return db.session.get(LeftRevoked, certificate.id)


def list_receipts(training: Training) -> list[Receipts]:
    """Return the receipt lists of a training's titles with what was given and who signed, in a few queries."""
    received = custody_queries.list_received(training)
    if not received:
        return []
    query = (
        select(ReceiptSignature.material_id, ReceiptSignature.registration_id)
        .join(Registration, Registration.id == ReceiptSignature.registration_id)
        .where(Registration.training_id == training.id)
    )
    signers: dict[int, set[int]] = defaultdict(set)
    for material_id, registration_id in db.session.execute(query):
        signers[material_id].add(registration_id)
    return [
        Receipts(
            text_of(one.material, "title"),
            one.material.reference,
            one.given,
            one.signed,
            frozenset(signers[one.material.id]),
        )
        for one in received
    ]


def list_shortfalls(training: Training) -> dict[int, Shortfall]:
    """Return the reason that counts, the latest one, by registration."""
    return {
        row.registration_id: Shortfall(
            ShortfallKind(row.kind), ShortfallCause(row.cause) if row.cause else None, row.note
        )
        for row in latest_reasons(training)
    }


def latest_reasons(training: Training) -> list[ShortfallReason]:
    """Return the latest reason of each registration that has one."""
    latest = (
        select(func.max(ShortfallReason.id))
        .join(Registration, Registration.id == ShortfallReason.registration_id)
        .where(Registration.training_id == training.id)
        .group_by(ShortfallReason.registration_id)
    )
    return list(db.session.scalars(select(ShortfallReason).where(ShortfallReason.id.in_(latest))))


def _left_revoked(training: Training) -> set[str]:
    """Return the numbers of revoked certificates of which somebody has said that it stays so."""
    query = (
        select(Certificate.number)
        .join(LeftRevoked, LeftRevoked.certificate_id == Certificate.id)
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training.id)
    )
    return set(db.session.scalars(query))


KEPT = "closing.books_kept"
_LAST_MOVEMENT = "last_movement"


def describe(training: Training) -> dict[str, Any]:
    """Return a hash of each of the books as they stand, and the last movement of copies that is among them."""
    moved = select(func.max(StockMovement.id)).where(_is_moved_at(training))
    return _hashes(training, db.session.scalar(moved) or 0)


def list_unkept() -> list[Training]:
    """Return the finalized trainings whose books the log does not hold."""
    kept = {told.subject for told in audit.list_recorded((KEPT,))}
    return [training for training in _list_finalized() if subject_of(training) not in kept]


def list_faults() -> tuple[int, list[Mismatch]]:
    """Return how many books were compared with the log, and which differ from what it says."""
    latest = {told.subject: told for told in audit.list_recorded((KEPT,))}
    finalized = {subject_of(training): training for training in _list_finalized()}
    faults = [
        Mismatch(told.entry, subject, "is finalized in the log and not in the database")
        for subject, told in latest.items()
        if subject not in finalized
    ]
    for subject, training in finalized.items():
        told = latest.get(subject)
        if told is None:
            faults.append(Mismatch(None, subject, "is finalized, and its books are not in the log"))
        else:
            problem = _problem_of(training, told)
            faults += [Mismatch(told.entry, subject, problem)] if problem else []
    return len(finalized), faults


def subject_of(training: Training) -> str:
    return f"training {training.code}"


def _problem_of(training: Training, told: Recorded) -> str:
    """Return which books are not as the log knows them; copies that came back after the lock are none of them."""
    stands = _hashes(training, told.after[_LAST_MOVEMENT])
    differing = sorted(name for name, value in stands.items() if told.after.get(name) != value)
    return f"changed since the log was told: {', '.join(differing)}" if differing else ""


def _list_finalized() -> list[Training]:
    query = select(Training).where(Training.state == TrainingState.FINALIZED.value).order_by(Training.id)
    return list(db.session.scalars(query))


def _hashes(training: Training, last_movement: int) -> dict[str, Any]:
    ours = select(Registration.id).where(Registration.training_id == training.id)
    sheets = _book(AssessmentSheet, "id registration_id revision letters points maximum source entered_at entered_by")
    books = {
        "sessions": _book(TrainingSession, "id reference local_date starts_at ends_at").where(
            TrainingSession.training_id == training.id
        ),
        "registrations": _book(
            Registration, "id reference person_id role order replaces_id institution_id region_code post rank state"
        ).where(Registration.training_id == training.id),
        "decisions": _book(
            RegistrationDecision, "id registration_id sequence state cause reason said_by decided_at decided_by"
        ).where(RegistrationDecision.registration_id.in_(ours)),
        "marks": _book(
            AttendanceMark,
            "id mark_id training_session_id registration_id state minutes"
            " reason is_decision marked_at received_at marked_by",
        ).where(AttendanceMark.registration_id.in_(ours)),
        "sheets": sheets.add_columns(Assessment.moment)
        .join(Assessment, Assessment.id == AssessmentSheet.assessment_id)
        .where(AssessmentSheet.registration_id.in_(ours)),
        "movements": _book(
            StockMovement,
            "id reference batch material_id from_place_id to_place_id"
            " quantity reason moved_on note recorded_at recorded_by",
        ).where(_is_moved_at(training), StockMovement.id <= last_movement),
    }
    return {name: _hash(query) for name, query in books.items()} | {_LAST_MOVEMENT: last_movement}


def _book(model: Any, columns: str) -> AnySelect:
    return select(*(getattr(model, name) for name in columns.split()))


def _hash(query: AnySelect) -> str:
    """Return the SHA-256 of the rows in the order of their first column, the same on both databases."""
    digest = hashlib.sha256()
    first = query.selected_columns[0]
    for row in db.session.execute(query.order_by(first).execution_options(yield_per=1000)):
        digest.update(
            canonical([value.isoformat() if isinstance(value, datetime | date) else value for value in row]).encode()
            + b"\n"
        )
    return digest.hexdigest()


def _is_moved_at(training: Training) -> Any:
    places = select(StockPlace.id).where(StockPlace.training_id == training.id)
    return or_(StockMovement.from_place_id.in_(places), StockMovement.to_place_id.in_(places))

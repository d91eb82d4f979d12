"""Read how everybody in a training stands, in a few queries whatever their number."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from portal.attendance import queries as attendance
from portal.attendance.queries import counted_until, span_of
from portal.attendance.rules import AttendanceState, Mark, attended
from portal.certificates import rules as certificates
from portal.certificates.models import Certificate
from portal.certificates.queries import facilitators
from portal.certificates.rules import CertificateState, Leads, RevokeClass
from portal.closing.models import LeftRevoked, ShortfallReason
from portal.closing.rules import shortfalls
from portal.closing.rules.reconciliation import Paper, Receipts, Standing
from portal.closing.rules.shortfalls import Shortfall, ShortfallCause, ShortfallKind
from portal.evaluation.queries import assessments
from portal.evaluation.rules.assessments import Standing as TestStanding
from portal.materials.models.handovers import ReceiptSignature
from portal.materials.queries import receipts
from portal.people.models import Person, PersonName
from portal.platform.db import db
from portal.platform.languages import text_of
from portal.registration.models import Registration
from portal.trainings.models import Training, TrainingSession

_MISSED = (AttendanceState.ABSENT, AttendanceState.EXCUSED, AttendanceState.LATE)


def list_standings(training: Training, *, as_of: datetime | None) -> list[Standing]:
    """Return everyone registered in the Kyrgyz order of names, as they stand then; None is the training's end."""
    sessions, until = list_sessions(training), counted_until(training, as_of)
    marks, tests = attendance.states(training), assessments.standings(training)
    untested = TestStanding.NOT_TAKEN if training.is_assessment_required else TestStanding.NOT_REQUIRED
    papers, reasons, named = _papers(training), list_shortfalls(training), _named(training)
    left = _left_revoked(training)
    rows = db.session.execute(
        select(Registration.id, Registration.reference, Registration.state, Registration.role, Registration.person_id)
        .add_columns(Person.family, Person.given, Person.patronymic)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.training_id == training.id)
        .order_by(Person.sort_key, Registration.id)
    ).all()
    leads = facilitators.leading(training, [row.role for row in rows], as_of=as_of)
    standings = []
    for row in rows:
        own = [marks.get((row.id, session.id)) for session in sessions]
        paper, number, kind = papers.get(row.id, (Paper.NONE, "", ""))
        standings.append(
            Standing(
                registration_id=row.id,
                reference=row.reference,
                name=" ".join(part for part in (row.family, row.given, row.patronymic) if part),
                state=row.state,
                role=row.role,
                eligibility=certificates.eligibility(
                    state=row.state,
                    role=row.role,
                    attended=attended(zip(map(span_of, sessions), own, strict=True), as_of=until),
                    minimum=training.minimum_attendance,
                    is_cancelled=training.is_cancelled,
                    test=tests.get(row.id, untested),
                    kinds=training.certificate_kinds,
                    leads=leads.get(row.person_id, Leads.NOTHING),
                ),
                unmarked=tuple(one.reference for one, mark in zip(sessions, own, strict=True) if mark is None),
                paper=paper,
                number=number,
                kind=kind,
                is_named=row.person_id in named,
                shortfall=reasons.get(row.id) or _of_marks(own),
                # What is revoked after the lock is a correction, which has its reason already.
                is_left_revoked=training.is_locked or number in left,
            )
        )
    return standings


def find_left_revoked(certificate: Certificate) -> LeftRevoked | None:
    """Return by whose word somebody is left without a certificate."""
    return db.session.get(LeftRevoked, certificate.id)


def list_receipts(training: Training) -> list[Receipts]:
    """Return the receipt lists of a training's titles with what was given and who signed, in a few queries."""
    received = receipts.list_received(training)
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


def list_sessions(training: Training) -> list[TrainingSession]:
    """Return the sessions in the order of time, as they stand in the database."""
    query = select(TrainingSession).where(TrainingSession.training_id == training.id)
    return list(db.session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id)))


def list_shortfalls(training: Training) -> dict[int, Shortfall]:
    """Return the reason that counts, the latest one, by registration."""
    return {row.registration_id: shortfall_of(row) for row in latest_reasons(training)}


def latest_reasons(training: Training) -> list[ShortfallReason]:
    """Return the latest reason of each registration that has one."""
    latest = (
        select(func.max(ShortfallReason.id))
        .join(Registration, Registration.id == ShortfallReason.registration_id)
        .where(Registration.training_id == training.id)
        .group_by(ShortfallReason.registration_id)
    )
    return list(db.session.scalars(select(ShortfallReason).where(ShortfallReason.id.in_(latest))))


def shortfall_of(row: ShortfallReason) -> Shortfall:
    """Return what a row says."""
    return Shortfall(ShortfallKind(row.kind), ShortfallCause(row.cause) if row.cause else None, row.note)


def _of_marks(marks: Iterable[Mark | None]) -> Shortfall | None:
    return shortfalls.of_marks(mark.reason for mark in marks if mark is not None and mark.state in _MISSED)


def _papers(training: Training) -> dict[int, tuple[Paper, str, str]]:
    query = (
        select(Certificate.registration_id, Certificate.number, Certificate.state, Certificate.revoked_at)
        .add_columns(Certificate.revoke_class, Certificate.kind)
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training.id, Certificate.state != CertificateState.FAILED.value)
        .order_by(Certificate.revision)
    )
    found = {}
    for registration_id, number, state, revoked_at, revoke_class, kind in db.session.execute(query):
        paper = Paper.VALID if state == CertificateState.ISSUED else Paper.PENDING
        if revoked_at:
            paper = Paper.VOID if revoke_class == RevokeClass.NOT_HANDED_OVER else Paper.REVOKED
        found[registration_id] = (paper, number, kind)
    return found


def _left_revoked(training: Training) -> set[str]:
    """Return the numbers of revoked certificates of which somebody has said that it stays so."""
    query = (
        select(Certificate.number)
        .join(LeftRevoked, LeftRevoked.certificate_id == Certificate.id)
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training.id)
    )
    return set(db.session.scalars(query))


def _named(training: Training) -> set[int]:
    query = (
        select(PersonName.person_id)
        .join(Registration, Registration.person_id == PersonName.person_id)
        .where(
            Registration.training_id == training.id,
            PersonName.script == "cyrillic",
            PersonName.confirmed_at.is_not(None),
            PersonName.is_former.is_(False),
        )
    )
    return set(db.session.scalars(query))

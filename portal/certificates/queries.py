"""Read who is eligible, the names to print, and certificates."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from portal.attendance import queries as attendance
from portal.attendance.rules import Attended
from portal.certificates import rules
from portal.certificates.models import Certificate
from portal.certificates.rules import CertificateState, Eligibility
from portal.people.models import PersonName
from portal.platform.db import db
from portal.platform.storage import Document
from portal.registration.models import Registration
from portal.trainings.models import Training


@dataclass(frozen=True)
class PrintedNames:
    """The names that a certificate of this person prints; `latin` is None until one is confirmed."""

    cyrillic: PersonName | None
    latin: PersonName | None

    @property
    def is_confirmed(self) -> bool:
        """Tell whether the person or the coordinator has looked at the name."""
        return self.cyrillic is not None


@dataclass(frozen=True)
class Candidate:
    """Someone in a training, seen from the certificate."""

    registration: Registration
    eligibility: Eligibility
    names: PrintedNames
    certificate: Certificate | None

    @property
    def is_ready(self) -> bool:
        """Tell whether a click would issue this one: eligible, names confirmed, none issued yet."""
        return self.eligibility.is_eligible and self.names.is_confirmed and self.certificate is None


def list_candidates(training: Training, *, registrations: Iterable[Registration] | None = None) -> list[Candidate]:
    """Return everyone with a decided seat in Kyrgyz order of names, or the given registrations in their own."""
    if registrations is None:
        registrations = _list_registrations(training)
    registrations = list(registrations)
    attended = attendance.attended(training)
    nobody = Attended(
        0, sum(session.minutes for session in training.sessions), unmarked=len(training.sessions)
    )
    names = printed_names(registration.person_id for registration in registrations)
    certificates = current_certificates(training)
    return [
        Candidate(
            registration=registration,
            eligibility=rules.eligibility(
                state=registration.state,
                role=registration.role,
                attended=attended.get(registration.id, nobody),
                minimum=training.minimum_attendance,
                is_cancelled=training.is_cancelled,
            ),
            names=names.get(registration.person_id, PrintedNames(None, None)),
            certificate=certificates.get(registration.id),
        )
        for registration in registrations
    ]


def printed_names(person_ids: Iterable[int]) -> dict[int, PrintedNames]:
    """Return the latest confirmed name in each script, by person."""
    wanted = set(person_ids)
    found: dict[tuple[int, str], PersonName] = {}
    for chunk in _chunks(sorted(wanted), 500):
        query = (
            select(PersonName)
            .where(
                PersonName.person_id.in_(chunk),
                PersonName.confirmed_at.is_not(None),
                PersonName.is_former.is_(False),
            )
            .order_by(PersonName.confirmed_at, PersonName.id)
        )
        for name in db.session.scalars(query):
            found[name.person_id, name.script] = name
    return {
        person_id: PrintedNames(found.get((person_id, "cyrillic")), found.get((person_id, "latin")))
        for person_id in wanted
    }


def current_certificates(training: Training) -> dict[int, Certificate]:
    """Return the newest certificate of each registration that is not void, by registration."""
    query = (
        select(Certificate)
        .join(Registration, Registration.id == Certificate.registration_id)
        .options(joinedload(Certificate.document))
        .where(Registration.training_id == training.id, Certificate.state != CertificateState.FAILED)
        .order_by(Certificate.registration_id, Certificate.revision)
    )
    return {certificate.registration_id: certificate for certificate in db.session.scalars(query)}


def list_pending(training_id: int) -> list[int]:
    """Return the ids of certificates that have a number and no file yet, by number."""
    query = (
        select(Certificate.id)
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training_id, Certificate.state == CertificateState.PENDING)
        .order_by(Certificate.series, Certificate.year, Certificate.serial)
    )
    return list(db.session.scalars(query))


def list_standing(training: Training) -> list[Certificate]:
    """Return the certificates that are valid today, in Kyrgyz order of names: what the ZIP and the print file hold."""
    query = (
        select(Certificate)
        .join(Registration, Registration.id == Certificate.registration_id)
        .options(joinedload(Certificate.document), joinedload(Certificate.registration).joinedload(Registration.person))
        .where(
            Registration.training_id == training.id,
            Certificate.state == CertificateState.ISSUED,
            Certificate.replaced_at.is_(None),
            Certificate.revoked_at.is_(None),
        )
    )
    certificates = db.session.scalars(query).all()
    return sorted(certificates, key=lambda certificate: (certificate.registration.person.sort_key, certificate.id))


def list_history(registration: Registration) -> list[Certificate]:
    """Return all certificates of one registration, the newest first."""
    query = (
        select(Certificate)
        .options(joinedload(Certificate.document))
        .where(Certificate.registration_id == registration.id)
        .order_by(Certificate.revision.desc())
    )
    return list(db.session.scalars(query))


def get_certificate(certificate_reference: str) -> Certificate | None:
    """Return one certificate by its verification code, for signed-in pages."""
    query = (
        select(Certificate)
        .options(
            joinedload(Certificate.document),
            joinedload(Certificate.registration).joinedload(Registration.training),
            joinedload(Certificate.registration).joinedload(Registration.person),
        )
        .where(Certificate.code == certificate_reference)
    )
    return db.session.scalars(query).one_or_none()


def find_by_secret(*, code: str = "", token: str = "") -> Certificate | None:
    """Return the certificate of a typed code or of a QR token; an empty one finds nothing."""
    known = [column == value for column, value in ((Certificate.code, code), (Certificate.token, token)) if value]
    if not known:
        return None
    query = (
        select(Certificate)
        .options(joinedload(Certificate.registration).joinedload(Registration.training).joinedload(Training.region))
        .where(or_(*known))
    )
    return db.session.scalars(query).one_or_none()


def find_by_number(number: str) -> Certificate | None:
    """Return the certificate of a number, for the command line and for files that name it."""
    return db.session.scalars(select(Certificate).where(Certificate.number == number)).one_or_none()


def find_by_file(sha256: str) -> Certificate | None:
    """Return the certificate whose stored file has this hash."""
    query = select(Certificate).join(Document, Document.id == Certificate.document_id).where(Document.sha256 == sha256)
    return db.session.scalars(query).first()


def find_successor(certificate: Certificate) -> Certificate | None:
    """Return the certificate that replaces this one, if it has been reissued."""
    return db.session.scalars(select(Certificate).where(Certificate.replaces_id == certificate.id)).one_or_none()


def count_by_state(training_id: int) -> dict[str, int]:
    """Return how many certificates are issued, pending, failed, revoked and replaced in one training."""
    query = (
        select(
            Certificate.state, Certificate.revoked_at.is_not(None), Certificate.replaced_at.is_not(None), func.count()
        )
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training_id)
        .group_by(Certificate.state, Certificate.revoked_at.is_not(None), Certificate.replaced_at.is_not(None))
    )
    counts = {"issued": 0, "pending": 0, "failed": 0, "revoked": 0, "replaced": 0}
    for state, is_revoked, is_replaced, number in db.session.execute(query):
        name = "revoked" if is_revoked else "replaced" if is_replaced else state
        counts[name] += number
    return counts


def _list_registrations(training: Training) -> list[Registration]:
    query = (
        select(Registration)
        .options(
            joinedload(Registration.person), joinedload(Registration.institution), joinedload(Registration.region)
        )
        .where(Registration.training_id == training.id)
    )
    found = db.session.scalars(query).all()
    return sorted(found, key=lambda registration: (registration.person.sort_key, registration.id))


def _chunks(ids: list[int], size: int) -> Iterable[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))

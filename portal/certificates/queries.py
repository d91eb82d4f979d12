"""Read certificates: of a training, of a person, or the one a stranger holds; and their printing order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from portal.assessments.models import AssessmentSheet
from portal.attendance.models import AttendanceMark
from portal.catalog.models import Course, Project
from portal.certificates.models import (
    CeremonySeat,
    Certificate,
    CertificateCeremony,
    CertificateLogo,
    CertificateTemplate,
    RevocationDecision,
    RevocationRequest,
)
from portal.certificates.rules import CertificateState, PrintOrder, RevokeClass, place_key
from portal.people import name_rules
from portal.people import queries as people
from portal.people.models import Institution, Person
from portal.people.rules import rank_place
from portal.platform.db import AnySelect, db
from portal.platform.storage import Document
from portal.registration.models import Registration
from portal.trainings.models import Training


def find_open(certificate: Certificate) -> RevocationRequest | None:
    """Return the request about a certificate that nobody has decided yet."""
    query = (
        select(RevocationRequest)
        .where(RevocationRequest.certificate_id == certificate.id, ~_is_decided())
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).first()


def _is_decided() -> Any:
    return select(RevocationDecision.id).where(RevocationDecision.request_id == RevocationRequest.id).exists()


LOGO = "certificate_logo"  # The kind of a logo's document.


def find_for(course: Course | None, project: Project | None) -> CertificateTemplate | None:
    """Return the most specific template: of the course within the project, of the project, of the course."""
    model = CertificateTemplate
    course_id, project_id = course.id if course else None, project.id if project else None
    query = select(model).where(
        or_(model.course_id.is_(None), model.course_id == course_id),
        or_(model.project_id.is_(None), model.project_id == project_id),
    )
    found = db.session.scalars(query).all()
    return max(found, key=lambda one: (one.project_id is not None, one.course_id is not None), default=None)


def list_logos(project: Project | None, *, is_fresh: bool = False) -> list[CertificateLogo]:
    """Return the logos of a project in their order."""
    if project is None:
        return []
    query = (
        select(CertificateLogo)
        .options(joinedload(CertificateLogo.document))
        .where(CertificateLogo.project_id == project.id)
        .order_by(CertificateLogo.order)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=is_fresh)))


def list_pictures(hashes: Iterable[str]) -> list[Document]:
    """Return the files of logos by their hashes, one of each, also of logos that were taken out of their row."""
    query = select(Document).where(Document.sha256.in_(sorted(set(hashes))), Document.kind == LOGO)
    found = {one.sha256: one for one in db.session.scalars(query.order_by(Document.id))}
    return [found[sha256] for sha256 in sorted(found)]


_LAST = "\U0010ffff"  # Who has no institution comes after those who have one.


def find_ceremony(training: Training) -> CertificateCeremony | None:
    """Return what was said about a training's ceremony, read anew."""
    query = select(CertificateCeremony).where(CertificateCeremony.training_id == training.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def order_of(training: Training) -> PrintOrder:
    """Return the order that was chosen for a training's papers; that of names unless somebody chose another."""
    ceremony = find_ceremony(training)
    return PrintOrder(ceremony.print_order) if ceremony else PrintOrder.NAME


def seats_of(training: Training) -> dict[int, int]:
    """Return the number of the seat by registration, of those who have one."""
    query = (
        select(CeremonySeat.registration_id, CeremonySeat.number)
        .join(Registration, Registration.id == CeremonySeat.registration_id)
        .where(Registration.training_id == training.id)
    )
    return dict(db.session.execute(query).all())


def places_of(training: Training, order: PrintOrder) -> Mapping[int, int]:
    """Return the place of every registration in an order; what is equal follows the Kyrgyz order of names."""
    rows = db.session.execute(
        select(Registration.id, Registration.rank, Institution.name.ky, Institution.name.ru)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Institution, Institution.id == Registration.institution_id)
        .where(Registration.training_id == training.id)
        .order_by(Person.sort_key, Registration.id)
    ).all()
    seats = seats_of(training) if order == PrintOrder.SEAT else {}
    ranks = people.list_known_ranks() if order == PrintOrder.INSTITUTION else []

    def key(row: Any) -> Any:
        institution = name_rules.sort_key(row.name_ky or row.name_ru, "") if row.name_ky or row.name_ru else _LAST
        return place_key(order, seat=seats.get(row.id), institution=institution, rank=rank_place(row.rank, ranks))

    return {row.id: place for place, row in enumerate(sorted(rows, key=key))}


_FEW = 500  # More ids than this are not worth a list in the query.


def newest_certificates(
    training: Training, registration_ids: Sequence[int]
) -> dict[int, tuple[Certificate | None, Certificate | None]]:
    """Return of each registration the newest certificate that is not void, and the last void one after it."""
    query = (
        select(Certificate)
        .join(Registration, Registration.id == Certificate.registration_id)
        .options(joinedload(Certificate.document))
        .where(Registration.training_id == training.id)
        .order_by(Certificate.registration_id, Certificate.revision)
    )
    if len(registration_ids) <= _FEW:
        query = query.where(Certificate.registration_id.in_(registration_ids))
    newest: dict[int, tuple[Certificate | None, Certificate | None]] = {}
    for one in db.session.scalars(query):
        is_void = one.state == CertificateState.FAILED
        newest[one.registration_id] = (newest.get(one.registration_id, (None,))[0], one) if is_void else (one, None)
    return newest


def is_corrected_since() -> ColumnElement[bool]:
    """Return, for a query over Certificate, whether a mark or a test came in after it was revoked.

    What was printed and handed to nobody needs none: whoever meets the rule after all has had no certificate yet.
    """
    mark, sheet = AttendanceMark, AssessmentSheet
    marked = select(mark.id).where(
        mark.registration_id == Certificate.registration_id, mark.received_at > Certificate.revoked_at
    )
    entered = select(sheet.id).where(
        sheet.registration_id == Certificate.registration_id, sheet.entered_at > Certificate.revoked_at
    )
    nobody_had_it = Certificate.revoke_class == RevokeClass.NOT_HANDED_OVER
    return or_(nobody_had_it, marked.exists(), entered.exists())


def list_pending(training_id: int) -> list[Certificate]:
    """Return the certificates that have a number and no file yet, by number."""
    query = (
        select(Certificate)
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training_id, Certificate.state == CertificateState.PENDING)
        .order_by(Certificate.series, Certificate.year, Certificate.serial)
    )
    return list(db.session.scalars(query))


def list_standing(training: Training) -> list[Certificate]:
    """Return the certificates that are valid today, in the training's order: what the ZIP and the print file hold."""
    query = (
        _standing(training, Certificate)
        .options(joinedload(Certificate.document))
        .execution_options(populate_existing=True)
    )
    return _in_order(training, list(db.session.scalars(query)))


def list_standing_numbers(training: Training) -> list[str]:
    """Return the numbers of the certificates that are valid today, in the order of `list_standing`."""
    query = _standing(training, Certificate.number).add_columns(Certificate.registration_id)
    return [row.number for row in _in_order(training, list(db.session.execute(query)))]


def is_numbered(registration: Registration) -> bool:
    """Tell whether a registration has a certificate with a number that is not void."""
    return any(one.state != CertificateState.FAILED for one in list_history(registration))


def find_issued(registration: Registration) -> Certificate | None:
    """Return the newest certificate of a registration that has a file, whatever became of it."""
    return next((one for one in list_history(registration) if one.state == CertificateState.ISSUED), None)


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
    """Return one certificate by its number, for signed-in pages; the code of its paper stays out of their addresses."""
    query = (
        select(Certificate)
        .options(
            joinedload(Certificate.document),
            joinedload(Certificate.registration).joinedload(Registration.training),
            joinedload(Certificate.registration).joinedload(Registration.person),
        )
        .where(Certificate.number == certificate_reference)
    )
    return db.session.scalars(query).one_or_none()


def find_by_secret(*, code: str = "", token: str = "") -> Certificate | None:
    """Return the certificate of a typed code or of a QR token; an empty one finds nothing."""
    known = [column == value for column, value in ((Certificate.code, code), (Certificate.token, token)) if value]
    if not known:
        return None
    query = (
        select(Certificate)
        .options(joinedload(Certificate.registration).joinedload(Registration.training))
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


def _in_order(training: Training, rows: list[Any]) -> list[Any]:
    """Return rows that come by names in the order that was chosen for the training's papers."""
    order = order_of(training)
    if order is PrintOrder.NAME:
        return rows
    places = places_of(training, order)
    return sorted(rows, key=lambda row: places[row.registration_id])


def _standing(training: Training, columns: Any) -> AnySelect:
    return (
        select(columns)
        .join(Registration, Registration.id == Certificate.registration_id)
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.training_id == training.id,
            Certificate.state == CertificateState.ISSUED,
            Certificate.replaced_at.is_(None),
            Certificate.revoked_at.is_(None),
        )
        .order_by(Person.sort_key, Certificate.id)
    )

"""Marks, venue helpers, documents and certificates."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.attendance.models import AttendanceMark, VenueHelper
from portal.catalog.models import Course, Project
from portal.certificates import facts
from portal.certificates import queries as certificate_queries
from portal.certificates.candidates import PrintedNames
from portal.certificates.models import (
    Certificate,
    CertificateCounter,
    CertificateLogo,
    CertificateTemplate,
    RevocationRequest,
)
from portal.people.models import PersonName
from portal.platform import storage, tokens
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.registration.models import Registration
from portal.trainings.models import Training, TrainingSession
from tests.factories.base import NOW, add
from tests.factories.registrations import make_registration


def make_mark(
    registration: Registration, session: TrainingSession, state: str = "present", **values: Any
) -> AttendanceMark:
    """Make one attendance mark."""
    return add(
        AttendanceMark(
            mark_id=values.pop("mark_id", tokens.random_token()),
            registration_id=registration.id,
            training_session_id=session.id,
            state=state,
            **{"marked_at": NOW, "received_at": NOW, "marked_by": "operator", "device": "test", **values},
        )
    )


def make_attendance(registration: Registration, state: str = "present") -> list[AttendanceMark]:
    """Mark a person in every session of the training."""
    return [make_mark(registration, session, state) for session in registration.training.sessions]


def make_venue_helper(training: Training, *days: date, secret: str = "", **values: Any) -> VenueHelper:
    """Make a venue helper on these days, or on the training's first one, whose link holds."""
    return add(
        VenueHelper(
            training_id=training.id,
            days=[day.isoformat() for day in days or (training.starts_on,)],
            **{
                "reference": tokens.random_code(8),
                "name": "Регистрация",
                "secret_hash": tokens.hash_token(secret or tokens.random_token()),
                "created_at": NOW,
                "created_by": "operator",
                "expires_at": NOW + timedelta(days=3650),
                **values,
            },
        )
    )


def make_document(content: bytes = b"%PDF-1.7 a test", **values: Any) -> storage.Document:
    """Store a file and its row."""
    given = {"kind": "certificate", "filename": "test.pdf", "media_type": "application/pdf", "now": NOW, **values}
    return storage.put(content, **given)


def make_job(name: str, subject: str, *, state: str = "queued", **values: Any) -> Job:
    """Make a job that nobody is offered."""
    defaults: dict[str, Any] = {
        "reference": tokens.random_token(),
        "arguments": {},
        "requested_by": "operator",
        "created_at": NOW,
        "seen_at": NOW,
        "finished_at": NOW if state in ("done", "failed") else None,
    }
    return add(Job(name=name, subject=subject, state=state, **{**defaults, **values}))


def make_certificate(registration: Registration | None = None, *, state: str = "issued", **values: Any) -> Certificate:
    """Make a certificate with the next number of its series; an issued one has a file."""
    registration = registration or make_registration(state="confirmed")
    project = registration.training.project
    series, year = (project.certificate_series if project else "C"), registration.training.ends_on.year
    counter = db.session.get(CertificateCounter, (series, year))
    if counter is None:
        counter = add(CertificateCounter(series=series, year=year, last=0))
    counter.last += 1
    number = f"{series}-{year}-{counter.last:04d}"
    defaults: dict[str, Any] = {
        "kind": "completion",
        "code": tokens.random_code(12),
        "token": tokens.random_token(),
        "facts": {},
        "issued_on": registration.training.ends_on,
        "issued_at": NOW,
        "document_id": make_document(f"%PDF-1.7 {number}".encode()).id if state == "issued" else None,
    }
    certificate = Certificate(
        registration=registration,
        series=series,
        year=year,
        serial=counter.last,
        number=number,
        state=state,
        **{**defaults, **values},
    )
    if not certificate.facts:
        names = PrintedNames(_confirmed(registration, "cyrillic"), _confirmed(registration, "latin"))
        delivered = facts.delivery(registration.training)
        facts.freeze(certificate, registration, names, delivered=delivered)
    return add(certificate)


LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10" viewBox="0 0 30 10">'
    b'<path d="M0 0h9v9z"></path></svg>'
)


def make_template(course: Course | None = None, project: Project | None = None, **values: Any) -> CertificateTemplate:
    """Make a template of a course, a project, or a course within a project."""
    return add(CertificateTemplate(course=course, project=project, **values))


def make_logo(project: Project, content: bytes = LOGO) -> CertificateLogo:
    """Make a logo at the end of a project's row."""
    order = len(certificate_queries.list_logos(project)) + 1
    document = storage.put_once(
        content, kind=certificate_queries.LOGO, filename="logo.svg", media_type="image/svg+xml", now=NOW
    )
    alts = {"alt_ky": "Институт", "alt_ru": "Институт", "alt_en": "Institute"}
    return add(CertificateLogo(project=project, order=order, document=document, width=3000, **alts))


def _confirmed(registration: Registration, script: str) -> PersonName | None:
    of_person = select(PersonName).where(PersonName.person_id == registration.person_id, PersonName.script == script)
    return db.session.scalars(of_person.where(PersonName.confirmed_at.is_not(None))).first()


def make_revocation_request(
    certificate: Certificate, *, asked_by: str = "account 0", **values: Any
) -> RevocationRequest:
    """Make somebody's wish to revoke a certificate, which waits for a second person."""
    defaults = {"revoke_class": "issued_in_error", "reason": "a mistake", "asked_at": NOW}
    return add(
        RevocationRequest(
            reference=tokens.random_token(),
            certificate_id=certificate.id,
            asked_by=asked_by,
            **(defaults | values),
        )
    )

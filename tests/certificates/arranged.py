"""A training at its end: people who were there, with their names confirmed or not."""

from sqlalchemy import select

from portal.access.policy import Operator
from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate
from portal.certificates.rules import RevokeClass
from portal.closing import revocations
from portal.platform import clock, jobs
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories

OPERATOR = Operator()
BASE_URL = "http://localhost"


def make_eligible(training: Training, number: int = 1, *, is_named: bool = True) -> list[Registration]:
    """Add people who were present in every session."""
    return [make_ready(training) if is_named else attend(training) for _ in range(number)]


def make_ready(
    training: Training, family: str | None = None, given: str | None = None, patronymic: str = "", **values
) -> Registration:
    """Add somebody who was there and whose name is confirmed."""
    registration = attend(training, family, given, patronymic, **values)
    confirm(registration)
    return registration


def attend(
    training: Training, family: str | None = None, given: str | None = None, patronymic: str = "", **values
) -> Registration:
    """Add somebody who was there."""
    person = factories.make_person(family, given, patronymic, **values)
    registration = factories.make_registration(training=training, person=person, state="confirmed")
    factories.make_attendance(registration)
    return registration


def confirm(registration: Registration) -> None:
    """Confirm the name as it was written."""
    person = registration.person
    factories.make_name(
        person, family=person.family, given=person.given, patronymic=person.patronymic, confirmed_at=factories.NOW
    )


def reserve(training: Training, now=factories.NOW) -> list[int]:
    """Number everyone who is ready; return the ids of their certificates."""
    return [one.id for one in certificate_operations.reserve(training, actor=OPERATOR, now=now)]


def complete(training: Training, now=factories.NOW) -> list[Certificate]:
    """Number everyone who is ready and give each a file, without making pages."""
    reserve(training, now)
    for certificate in certificates_of(training):
        certificate_operations.complete(
            certificate.id, f"%PDF-1.7 {certificate.number}".encode(), actor=OPERATOR, now=now
        )
    return certificates_of(training)


def revoke_by_two(certificate: Certificate, now=factories.NOW, *, reason: str = "by mistake") -> None:
    """Let one account ask for a revocation and another confirm it."""
    asker, second = factories.make_account("administrator"), factories.make_account("administrator")
    request = revocations.ask(
        certificate, revoke_class=RevokeClass.ISSUED_IN_ERROR, reason=reason, actor=asker, now=now
    )
    revocations.confirm(request, actor=second, now=now)


def certificates_of(training: Training) -> list[Certificate]:
    """Return all certificates of a training in the order of their numbers."""
    query = select(Certificate).join(Registration, Registration.id == Certificate.registration_id)
    query = query.where(Registration.training_id == training.id).order_by(Certificate.year, Certificate.serial)
    return list(db.session.scalars(query))


def issue_for_real(training: Training) -> Job:
    """Ask for certificates and run the job with real pages."""
    job_id = certificate_operations.request(training, actor=OPERATOR, now=clock.now()).id
    return _run(job_id)


def run(training: Training, name: str = certificate_operations.JOB, **arguments) -> Job:
    """Run a job of this training, or one that waits already."""
    job = jobs.enqueue(
        name, subject=training.code, requested_by="operator", now=clock.now(), code=training.code, **arguments
    )
    return _run(job.id)


def _run(job_id: int) -> Job:
    db.session.commit()
    jobs.run(job_id)
    return db.session.get_one(Job, job_id)

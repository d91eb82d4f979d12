"""Read who wants a certificate revoked, and what became of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from portal.access.policy import Actor
from portal.certificates.models import Certificate, RevocationDecision, RevocationRequest
from portal.platform.db import AnySelect, db
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.queries import within_reach

_MOST = 50


def get_request(certificate_reference: str, revocation_reference: str) -> RevocationRequest | None:
    """Return one request about a certificate, whatever became of it."""
    query = _requests().where(
        Certificate.number == certificate_reference, RevocationRequest.reference == revocation_reference
    )
    return db.session.scalars(query).one_or_none()


def find_open(certificate: Certificate) -> RevocationRequest | None:
    """Return the request about a certificate that nobody has decided yet."""
    query = (
        select(RevocationRequest)
        .where(RevocationRequest.certificate_id == certificate.id, ~_is_decided())
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).first()


def is_decided(request: RevocationRequest) -> bool:
    """Tell whether somebody has decided a request."""
    query = select(RevocationDecision.id).where(RevocationDecision.request_id == request.id)
    return db.session.scalar(query) is not None


def list_of(certificate: Certificate) -> Sequence[RevocationRequest]:
    """Return everything that was asked about a certificate, the last one first."""
    query = (
        select(RevocationRequest)
        .options(joinedload(RevocationRequest.decision))
        .where(RevocationRequest.certificate_id == certificate.id)
        .order_by(RevocationRequest.id.desc())
    )
    return db.session.scalars(query).all()


def list_open(actor: Actor) -> Sequence[RevocationRequest]:
    """Return the requests within reach that wait for a second person, the oldest first."""
    query = within_reach(_requests().where(~_is_decided()), actor).order_by(RevocationRequest.id).limit(_MOST)
    return db.session.scalars(query).all()


def _requests() -> AnySelect:
    to_training = contains_eager(RevocationRequest.certificate).contains_eager(Certificate.registration)
    return (
        select(RevocationRequest)
        .join(Certificate, Certificate.id == RevocationRequest.certificate_id)
        .join(Registration, Registration.id == Certificate.registration_id)
        .join(Training, Training.id == Registration.training_id)
        .options(to_training.contains_eager(Registration.training))
    )


def _is_decided() -> Any:
    return select(RevocationDecision.id).where(RevocationDecision.request_id == RevocationRequest.id).exists()

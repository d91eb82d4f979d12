"""Revoke with two people: one asks, another confirms or refuses. Until then the certificate stays valid.

Only the two tables and the certificate are written here. In a finalized training the confirmation is a correction,
which `closing.corrections` numbers.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager, joinedload

from portal.access import policy
from portal.access.permissions import Permission
from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates.models import Certificate, RevocationDecision, RevocationRequest
from portal.certificates.queries import _is_decided
from portal.certificates.rules import RevokeClass, Verdict
from portal.platform import tokens
from portal.platform.db import AnySelect, db, lock
from portal.platform.errors import Conflict
from portal.platform.i18n import _l
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations import ensure_open, lock_open
from portal.trainings.queries import within_reach

_MOST = 50


def get_request(certificate_reference: str, revocation_reference: str) -> RevocationRequest | None:
    """Return one request about a certificate, whatever became of it."""
    query = _requests().where(
        Certificate.number == certificate_reference, RevocationRequest.reference == revocation_reference
    )
    return db.session.scalars(query).one_or_none()


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


class DecidedAlready(Conflict):
    message = _l("This request has been decided meanwhile. Look at how the certificate stands now.")


def ask(
    certificate: Certificate, *, revoke_class: RevokeClass, reason: str, actor: Actor, now: datetime
) -> RevocationRequest:
    """Ask a second person to revoke a certificate; nothing changes for whoever verifies it.

    :raises TrainingCancelled: if the training is cancelled.
    :raises Conflict: if it has been replaced or revoked, or has no file.
    :raises Conflict: if a request waits.
    """
    training = certificate.registration.training
    ensure_open(training, correction=training.corrections)  # Asking changes nothing that was finalized.
    lock(Certificate, certificate.id)
    certificate_operations.ensure_standing(certificate)
    if certificate_queries.find_open(certificate) is not None:
        raise Conflict("asked_already", _l("Somebody has asked for this already. It waits for a second person."))
    request = RevocationRequest(
        reference=tokens.random_token(),
        certificate_id=certificate.id,
        revoke_class=revoke_class.value,
        reason=reason,
        asked_at=now,
        asked_by=actor.label,
    )
    db.session.add(request)
    db.session.flush()
    certificate_operations.note(
        "certificates.revocation_asked",
        certificate,
        **{"class": revoke_class.value},
        reason=reason,
        actor=actor,
        now=now,
    )
    return request


def withdraw(request: RevocationRequest, *, actor: Actor, now: datetime) -> None:
    """Take back what the actor has asked for.

    :raises DecidedAlready: if it was decided. :raises Conflict: if somebody else has asked.
    """
    certificate = lock(Certificate, request.certificate_id)
    _ensure_open(request)
    if actor.label != request.asked_by:
        raise Conflict(
            "not_the_asker", _l("Only the one who asked can take the request back. Confirm or refuse it instead.")
        )
    _decide(request, Verdict.WITHDRAWN, "", actor, now)
    certificate_operations.note("certificates.revocation_withdrawn", certificate, actor=actor, now=now)


def refuse(request: RevocationRequest, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let the certificate stand.

    :raises DecidedAlready: if it was decided. :raises Conflict: if the actor has asked.
    """
    certificate = lock(Certificate, request.certificate_id)
    _ensure_open(request)
    _ensure_another(request, actor)
    _decide(request, Verdict.REFUSED, reason, actor, now)
    certificate_operations.note("certificates.revocation_refused", certificate, reason=reason, actor=actor, now=now)


def confirm(request: RevocationRequest, *, correction: int | None = None, actor: Actor, now: datetime) -> Certificate:
    """Revoke a certificate as somebody else has asked; its file and number stay, and verifying says so from now on.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises DecidedAlready: if it was decided. :raises Conflict: if the actor has asked.
    :raises Conflict: if whoever asked may not revoke here any more, or it was replaced or revoked meanwhile.
    """
    training = lock_open(request.certificate.registration.training_id, correction=correction)
    certificate = lock(Certificate, request.certificate_id)
    _ensure_open(request)
    _ensure_another(request, actor)
    _ensure_right(request, training)
    certificate_operations.ensure_standing(certificate)
    _decide(request, Verdict.CONFIRMED, "", actor, now)
    certificate_operations.take_back(
        certificate, RevokeClass(request.revoke_class), request.reason, actor=actor, now=now
    )
    certificate_operations.request_files(training, actor=actor, now=now)
    told = {"class": request.revoke_class, "reason": request.reason, "asked_by": request.asked_by}
    certificate_operations.note("certificates.revoked", certificate, **told, actor=actor, now=now)
    return certificate


def _ensure_open(request: RevocationRequest) -> None:
    query = select(RevocationDecision.id).where(RevocationDecision.request_id == request.id)
    if db.session.scalar(query) is not None:
        raise DecidedAlready


def _ensure_another(request: RevocationRequest, actor: Actor) -> None:
    if actor.label == request.asked_by:
        raise Conflict(
            "same_person",
            _l("You asked for this yourself. Somebody else has to confirm or refuse it; you can take it back."),
        )


def _ensure_right(request: RevocationRequest, training: Training) -> None:
    """Two people who both may: not one of them and what is left of an account."""
    asker = accounts.find_by_label(request.asked_by)
    if asker is None or not asker.is_active or not policy.may(asker, Permission.REVOKE_CERTIFICATE, training):
        raise Conflict(
            "asker_gone",
            _l("Whoever asked for this may not do so any more. Refuse the request; you can then ask for it yourself."),
        )


def _decide(request: RevocationRequest, verdict: Verdict, reason: str, actor: Actor, now: datetime) -> None:
    """Write down what became of a request; the table takes one decision for each, whoever comes first."""
    decision = RevocationDecision(
        request_id=request.id, verdict=verdict.value, reason=reason, decided_at=now, decided_by=actor.label
    )
    try:
        with db.session.begin_nested():
            db.session.add(decision)
    except IntegrityError as error:
        raise DecidedAlready from error

"""Issue anew: a new number and today's confirmed names, while the old paper stays and verifies as replaced."""

from datetime import datetime

from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates.models import Certificate
from portal.certificates.operations import facts, issue, numbers, standing
from portal.certificates.queries import candidates as people
from portal.certificates.rules import CertificateKind, Unsettled
from portal.platform.db import db, lock
from portal.platform.jobs import Job
from portal.registration.models import Registration
from portal.trainings.operations.locks import lock_open


def reissue(
    certificate: Certificate,
    *,
    reason: str,
    base_url: str,
    correction: int | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Certificate, Job]:
    """Number a new certificate with today's confirmed names that replaces this one once its file stands.

    It is of the kind that is due today, or of the same kind where none is.

    One that was revoked gets a successor when a correction since shows that the rule is met; it stays revoked.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises Conflict: if it has been replaced or has no file, or was revoked for good.
    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    registration = db.session.get_one(
        Registration, certificate.registration_id, options=[joinedload(Registration.training)]
    )
    training = lock_open(registration.training_id, correction=correction)
    lock(Certificate, certificate.id)
    if people.find_unsettled(certificate, as_of=now) != Unsettled.EARNED_AGAIN:
        standing.require_standing(certificate)
    [candidate] = people.list_candidates(training, as_of=now, registrations=[registration])
    counter, moment = numbers.open_counter(training, now)
    kind = candidate.eligibility.due or CertificateKind(certificate.kind)
    revision = numbers.revisions_of([registration.id])[registration.id] + 1
    new = numbers.take(counter, registration, revision, moment, kind=kind)
    new.replaces_id, new.reason = certificate.id, reason
    facts.freeze(
        new,
        registration,
        candidate.names,
        delivered=facts.delivery(training),
        base_url=base_url,
        replaces=certificate.number,
    )
    db.session.add(new)
    db.session.flush()
    job = issue.request_files(training, actor=actor, now=now)
    audit.record(
        "certificates.reissued",
        f"certificate {new.number}",
        after={"number": new.number, "replaces": certificate.number, "reason": reason},
        actor=actor,
        now=now,
    )
    return new, job

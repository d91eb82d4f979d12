"""Issue: numbers and facts first, then one file after the other, so that a kill loses and doubles nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates.models import Certificate
from portal.certificates.operations import facts, numbers
from portal.certificates.queries import candidates as people
from portal.certificates.queries import certificates as papers
from portal.certificates.queries.candidates import Candidate
from portal.certificates.rules import CertificateState
from portal.platform import jobs, storage
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.jobs import Job
from portal.platform.wording import _l
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open

JOB = "certificates.issue"
RENEW = "certificates.renew"  # Files only: after a reissue or a revocation nobody else is numbered.


class NothingToIssue(Refusal):
    """Refuse a click that would issue nothing."""

    message = _l("There is nobody to issue a certificate for: everyone eligible with a confirmed name has one.")


@dataclass(frozen=True)
class Reserved:
    """What the first half of a run did: the ids that got a number now, and who already had one."""

    certificate_ids: Sequence[int]
    already: int


def request(training: Training, *, actor: Actor, now: datetime) -> Job:
    """Ask the worker to issue for everyone who is eligible; a run that is under way is returned instead.

    :raises Conflict: if the last session has not ended.
    :raises NothingToIssue: if nobody is ready and no number waits for its file.
    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    expect_over(lock_open(training.id), now)
    candidates = people.list_candidates(training, as_of=now)
    if not any(candidate.is_ready for candidate in candidates) and not papers.list_pending(training.id):
        raise NothingToIssue
    numbers.moment_in(numbers.series_of(training), now)
    return jobs.enqueue(JOB, subject=training.code, requested_by=actor.label, now=now, code=training.code)


def expect_over(training: Training, now: datetime) -> None:
    """Refuse a training whose last session has not ended.

    :raises Conflict: if so.
    """
    if not training.has_ended(now):
        raise Conflict(
            "not_over_yet",
            _l("Certificates are issued when the last session is over; for a ceremony from noon of the last day on."),
        )


def request_files(training: Training, *, actor: Actor, now: datetime) -> Job:
    """Ask the worker for the files that are missing or out of date; nobody gets a number."""
    return jobs.enqueue(RENEW, subject=training.code, requested_by=actor.label, now=now, code=training.code)


def reserve(
    training: Training,
    *,
    only: Sequence[Registration] | None = None,
    base_url: str,
    correction: int | None = None,
    actor: Actor,
    now: datetime,
) -> Reserved:
    """Give a number and frozen facts to everyone, or `only` to those, who is ready and has none, by Kyrgyz names.

    The training's row is locked, so that two runs never number the same person. All that is marked counts: who may ask
    before the last session has ended is for those to say who call this.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    lock_open(training.id, correction=correction)
    candidates = people.list_candidates(training, as_of=None, registrations=only)
    certificates = number_ready(training, candidates, base_url=base_url, now=now)
    return Reserved(
        certificate_ids=[certificate.id for certificate in certificates],
        already=sum(_has_file(candidate) for candidate in candidates),
    )


def number_ready(
    training: Training, candidates: Sequence[Candidate], *, base_url: str, is_for_ceremony: bool = False, now: datetime
) -> list[Certificate]:
    """Give a number and frozen facts to those of the candidates who are ready; the training is locked already.

    The counter's row makes the numbers gapless: a transaction that is rolled back takes none.

    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    ready = [candidate for candidate in candidates if candidate.is_ready]
    certificates: list[Certificate] = []
    if not ready:
        return certificates
    revisions = numbers.revisions_of([candidate.registration.id for candidate in ready])
    counter, moment = numbers.open_counter(training, now)
    delivered = facts.delivery(training)
    for candidate in ready:
        registration = candidate.registration
        revision, kind = revisions.get(registration.id, 0) + 1, candidate.eligibility.due
        assert kind is not None
        certificate = numbers.take(counter, registration, revision, moment, kind=kind)
        certificate.is_for_ceremony = is_for_ceremony
        facts.freeze(certificate, registration, candidate.names, delivered=delivered, base_url=base_url)
        certificates.append(certificate)
    db.session.add_all(certificates)
    db.session.flush()
    return certificates


def complete(certificate_id: int, content: bytes, *, sealed_by: str = "", actor: Actor, now: datetime) -> bool:
    """Store the file of a numbered certificate and make it issued; False if that was done in the meantime.

    `sealed_by` is the fingerprint of the certificate whose key sealed the file.
    """
    certificate = lock(Certificate, certificate_id)
    if certificate.state != CertificateState.PENDING:
        return False
    document = storage.put(
        content,
        kind="certificate",
        filename=_filename(certificate),
        media_type="application/pdf",
        sealed_by=sealed_by,
        now=now,
    )
    certificate.document_id, certificate.state = document.id, CertificateState.ISSUED.value
    if certificate.replaces_id is not None:
        db.session.get_one(Certificate, certificate.replaces_id).replaced_at = now
    audit.record(
        "certificates.issued",
        f"certificate {certificate.number}",
        after={"number": certificate.number, "sha256": document.sha256},
        actor=actor,
        now=now,
    )
    return True


def fail(certificate_id: int, *, reason: str, actor: Actor, now: datetime) -> bool:
    """Make a number void because its page cannot be printed; it is never used again. False if it has a file by now."""
    certificate = lock(Certificate, certificate_id)
    if certificate.state != CertificateState.PENDING:
        return False
    certificate.state, certificate.reason, certificate.replaces_id = CertificateState.FAILED.value, reason[:300], None
    audit.record(
        "certificates.failed",
        f"certificate {certificate.number}",
        after={"number": certificate.number, "reason": reason[:300]},
        actor=actor,
        now=now,
    )
    return True


def _filename(certificate: Certificate) -> str:
    """Return CODE-NUMBER-Family.pdf; the family name as printed, in its own letters."""
    family = certificate.facts["name"].split()[0]
    return f"{certificate.registration.training.code}-{certificate.number}-{family}.pdf"


def _has_file(candidate: Candidate) -> bool:
    return candidate.certificate is not None and candidate.certificate.state == CertificateState.ISSUED

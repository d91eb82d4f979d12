"""Issue: numbers and facts first, then one file after the other, so that a kill loses and doubles nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates.models import Certificate, CertificateCounter
from portal.certificates.operations import facts
from portal.certificates.queries import candidates as people
from portal.certificates.queries import certificates as papers
from portal.certificates.queries.candidates import Candidate
from portal.certificates.rules import CertificateKind, CertificateState
from portal.platform import jobs, storage, tokens
from portal.platform.db import db, insert_if_missing
from portal.platform.errors import Conflict, DomainError
from portal.platform.jobs import Job
from portal.platform.wording import _l
from portal.registration.models import Registration
from portal.trainings import queries as trainings
from portal.trainings.models import Training

JOB = "certificates.issue"
_SERIES = "C"
_CODE_LENGTH = 12


class NothingToIssue(DomainError):
    """Refuse a click that would issue nothing."""

    message = _l("There is nobody to issue a certificate for: everyone eligible with a confirmed name has one.")


class ClockBehind(Conflict):
    """Refuse to number a certificate before the one that was numbered last."""

    message = _l("The clock of this machine is behind the last certificate. Set it right, then issue again.")


@dataclass(frozen=True)
class Reserved:
    """What the first half of a run did: the ids that got a number now, and who already had one."""

    certificate_ids: Sequence[int]
    already: int


def request(training: Training, *, actor: Actor, now: datetime) -> Job:
    """Ask the worker to issue for everyone who is eligible; a run that is under way is returned instead.

    :raises NothingToIssue: if nobody is ready and no number waits for its file.
    """
    trainings.lock_training(training.id)
    candidates = people.list_candidates(training)
    if not any(candidate.is_ready for candidate in candidates) and not papers.list_pending(training.id):
        raise NothingToIssue
    return jobs.enqueue(JOB, subject=training.code, requested_by=actor.label, now=now, code=training.code)


def reserve(training: Training, *, base_url: str, actor: Actor, now: datetime) -> Reserved:
    """Give a number and frozen facts to everyone who is ready and has none, in Kyrgyz order of names.

    The training's row is locked, so that two runs never number the same person; the counter's row makes the numbers
    gapless: a rolled-back run takes none.
    """
    trainings.lock_training(training.id)
    candidates = people.list_candidates(training)
    ready = [candidate for candidate in candidates if candidate.is_ready]
    certificates = []
    if ready:
        revisions = _revisions([candidate.registration.id for candidate in ready])
        counter, delivered = _open_counter(training, now), facts.delivery(training)
        for candidate in ready:
            registration = candidate.registration
            certificate = _number(counter, registration, revisions.get(registration.id, 0) + 1, now)
            facts.freeze(certificate, registration, candidate.names, delivered=delivered, base_url=base_url)
            certificates.append(certificate)
        db.session.add_all(certificates)
        db.session.flush()
    return Reserved(
        certificate_ids=[certificate.id for certificate in certificates],
        already=sum(_has_file(candidate) for candidate in candidates),
    )


def reissue(
    certificate: Certificate, *, reason: str, base_url: str, actor: Actor, now: datetime
) -> tuple[Certificate, Job]:
    """Number a new certificate with today's confirmed names that replaces this one once its file stands.

    :raises NotStanding: if it has been replaced or revoked, or has no file.
    """
    registration = db.session.get_one(
        Registration, certificate.registration_id, options=[joinedload(Registration.training)]
    )
    training = trainings.lock_training(registration.training_id)
    _require_standing(certificate)
    names = people.printed_names([registration.person_id])[registration.person_id]
    new = _number(_open_counter(training, now), registration, _revisions([registration.id])[registration.id] + 1, now)
    new.replaces_id, new.reason = certificate.id, reason
    facts.freeze(
        new,
        registration,
        names,
        delivered=facts.delivery(training),
        base_url=base_url,
        replaces=certificate.number,
    )
    db.session.add(new)
    db.session.flush()
    job = jobs.enqueue(JOB, subject=training.code, requested_by=actor.label, now=now, code=training.code)
    audit.record(
        "certificates.reissued",
        f"certificate {new.number}",
        after={"number": new.number, "replaces": certificate.number, "reason": reason},
        actor=actor,
        now=now,
    )
    return new, job


class NotStanding(Conflict):
    """Refuse to replace or revoke a certificate that does not stand any more."""

    message = _l("Certificate № %(number)s has been replaced or revoked already.")


def revoke(certificate: Certificate, *, reason: str, actor: Actor, now: datetime) -> None:
    """Revoke a certificate; its file and number stay, and verifying says so from now on.

    :raises NotStanding: if it has been replaced or revoked, or has no file.
    """
    db.session.refresh(certificate, with_for_update=True)
    _require_standing(certificate)
    certificate.revoked_at, certificate.revoked_by, certificate.revoke_reason = now, actor.label, reason
    audit.record(
        "certificates.revoked",
        f"certificate {certificate.number}",
        after={"number": certificate.number, "reason": reason},
        actor=actor,
        now=now,
    )


def complete(certificate_id: int, content: bytes, *, actor: Actor, now: datetime) -> bool:
    """Store the file of a numbered certificate and make it issued; False if that was done in the meantime."""
    certificate = _lock(certificate_id)
    if certificate.state != CertificateState.PENDING:
        return False
    document = storage.put(
        content,
        kind="certificate",
        filename=_filename(certificate),
        media_type="application/pdf",
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


def fail(certificate_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Make a number void because its page cannot be printed; the number is kept and never used again."""
    certificate = _lock(certificate_id)
    if certificate.state != CertificateState.PENDING:
        return
    certificate.state, certificate.reason, certificate.replaces_id = CertificateState.FAILED.value, reason[:300], None
    audit.record(
        "certificates.failed",
        f"certificate {certificate.number}",
        after={"number": certificate.number, "reason": reason[:300]},
        actor=actor,
        now=now,
    )


def _filename(certificate: Certificate) -> str:
    """Return CODE-NUMBER-Family.pdf; the family name as printed, in its own letters."""
    family = certificate.facts["name"].split()[0]
    return f"{certificate.registration.training.code}-{certificate.number}-{family}.pdf"


def _has_file(candidate: Candidate) -> bool:
    return candidate.certificate is not None and candidate.certificate.state == CertificateState.ISSUED


def _require_standing(certificate: Certificate) -> None:
    stands = certificate.state == CertificateState.ISSUED and certificate.revoked_at is None
    replaced = select(Certificate.id).where(
        Certificate.replaces_id == certificate.id, Certificate.state != CertificateState.FAILED
    )
    if not stands or db.session.scalars(replaced).first() is not None:
        raise NotStanding(number=certificate.number)


def _lock(certificate_id: int) -> Certificate:
    query = select(Certificate).where(Certificate.id == certificate_id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def _revisions(registration_ids: Sequence[int]) -> dict[int, int]:
    query = select(Certificate.registration_id, Certificate.revision).where(
        Certificate.registration_id.in_(registration_ids)
    )
    return dict(db.session.execute(query.order_by(Certificate.revision)).tuples().all())


def _open_counter(training: Training, now: datetime) -> CertificateCounter:
    """Lock the counter of the training's series and this year until the commit.

    :raises ClockBehind: if the clock is behind the certificate that was numbered last.
    """
    series = training.project.certificate_series if training.project else _SERIES
    year = now.astimezone(ZoneInfo(training.time_zone)).year
    insert_if_missing(CertificateCounter, series=series, year=year, last=0)
    query = select(CertificateCounter).where(CertificateCounter.series == series, CertificateCounter.year == year)
    counter = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    latest = select(Certificate.issued_at).where(
        Certificate.series == series, Certificate.year == year, Certificate.serial == counter.last
    )
    last_issued_at = db.session.scalars(latest).one_or_none()
    if last_issued_at is not None and last_issued_at > now:
        raise ClockBehind
    return counter


def _number(counter: CertificateCounter, registration: Registration, revision: int, now: datetime) -> Certificate:
    """Take the next number of a counter that this transaction holds."""
    counter.last += 1
    return Certificate(
        registration_id=registration.id,
        revision=revision,
        kind=CertificateKind.COMPLETION.value,
        series=counter.series,
        year=counter.year,
        serial=counter.last,
        number=f"{counter.series}-{counter.year}-{counter.last:04d}",
        code=tokens.random_code(_CODE_LENGTH),
        token=tokens.random_token(),
        state=CertificateState.PENDING.value,
        issued_on=now.astimezone(ZoneInfo(registration.training.time_zone)).date(),
        issued_at=now,
    )

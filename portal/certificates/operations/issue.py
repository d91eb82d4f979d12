"""Issue: numbers and facts first, then one file after the other, so that a kill loses and doubles nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from portal.certificates.rules import CertificateKind, CertificateState, Unsettled
from portal.platform import jobs, storage, tokens
from portal.platform.db import db, insert_if_missing
from portal.platform.errors import Conflict, DomainError
from portal.platform.jobs import Job
from portal.platform.wording import _l
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open

JOB = "certificates.issue"
RENEW = "certificates.renew"  # Files only: after a reissue or a revocation nobody else is numbered.
_SERIES = "C"
_CODE_LENGTH = 12
# Who waits for the counter's lock holds a moment that is a little older than what the one before has written.
_WAITING = timedelta(minutes=1)


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
    :raises ClockBehind: if the clock is behind the certificate that was numbered last.
    """
    lock_open(training.id)
    candidates = people.list_candidates(training)
    if not any(candidate.is_ready for candidate in candidates) and not papers.list_pending(training.id):
        raise NothingToIssue
    _moment(_series(training), now)
    return jobs.enqueue(JOB, subject=training.code, requested_by=actor.label, now=now, code=training.code)


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

    The training's row is locked, so that two runs never number the same person; the counter's row makes the numbers
    gapless: a rolled-back run takes none.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises ClockBehind: if the clock is behind the certificate that was numbered last.
    """
    lock_open(training.id, correction=correction)
    candidates = people.list_candidates(training, registrations=only)
    ready = [candidate for candidate in candidates if candidate.is_ready]
    certificates = []
    if ready:
        revisions = _revisions([candidate.registration.id for candidate in ready])
        counter, moment = _open_counter(training, now)
        delivered = facts.delivery(training)
        for candidate in ready:
            registration = candidate.registration
            revision, kind = revisions.get(registration.id, 0) + 1, candidate.eligibility.due
            assert kind is not None
            certificate = _number(counter, registration, revision, moment, kind=kind)
            facts.freeze(certificate, registration, candidate.names, delivered=delivered, base_url=base_url)
            certificates.append(certificate)
        db.session.add_all(certificates)
        db.session.flush()
    return Reserved(
        certificate_ids=[certificate.id for certificate in certificates],
        already=sum(_has_file(candidate) for candidate in candidates),
    )


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
    :raises NotStanding: if it has been replaced or has no file, or was revoked for good.
    :raises ClockBehind: if the clock is behind the certificate that was numbered last.
    """
    registration = db.session.get_one(
        Registration, certificate.registration_id, options=[joinedload(Registration.training)]
    )
    training = lock_open(registration.training_id, correction=correction)
    _lock(certificate.id)
    if people.find_unsettled(certificate) != Unsettled.EARNED_AGAIN:
        _require_standing(certificate)
    [candidate] = people.list_candidates(training, registrations=[registration])
    counter, moment = _open_counter(training, now)
    kind = candidate.eligibility.due or CertificateKind(certificate.kind)
    new = _number(counter, registration, _revisions([registration.id])[registration.id] + 1, moment, kind=kind)
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
    job = request_files(training, actor=actor, now=now)
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


def revoke(
    certificate: Certificate, *, reason: str, correction: int | None = None, actor: Actor, now: datetime
) -> None:
    """Revoke a certificate; its file and number stay, and verifying says so from now on.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises NotStanding: if it has been replaced or revoked, or has no file.
    """
    lock_open(certificate.registration.training_id, correction=correction)
    _lock(certificate.id)
    _require_standing(certificate)
    certificate.revoked_at, certificate.revoked_by, certificate.revoke_reason = now, actor.label, reason
    request_files(certificate.registration.training, actor=actor, now=now)
    audit.record(
        "certificates.revoked",
        f"certificate {certificate.number}",
        after={"number": certificate.number, "reason": reason},
        actor=actor,
        now=now,
    )


def complete(certificate_id: int, content: bytes, *, sealed_by: str = "", actor: Actor, now: datetime) -> bool:
    """Store the file of a numbered certificate and make it issued; False if that was done in the meantime.

    `sealed_by` is the fingerprint of the certificate whose key sealed the file.
    """
    certificate = _lock(certificate_id)
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
    certificate = _lock(certificate_id)
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
    return dict(db.session.execute(query.order_by(Certificate.revision)).all())


def _series(training: Training) -> str:
    return training.project.certificate_series if training.project else _SERIES


def _moment(series: str, now: datetime) -> datetime:
    """Return the moment of the next certificate, never before the last one: the order of numbers is that of time.

    :raises ClockBehind: if `now` is further back than a wait for the lock explains.
    """
    newest = (
        select(Certificate.issued_at)
        .where(Certificate.series == series)
        .order_by(Certificate.year.desc(), Certificate.serial.desc())
        .limit(1)
    )
    last = db.session.scalars(newest).one_or_none()
    if last is None or last <= now:
        return now
    if last - now > _WAITING:
        raise ClockBehind
    return last


def _open_counter(training: Training, now: datetime) -> tuple[CertificateCounter, datetime]:
    """Lock the counter of the training's series and this year until the commit; return it with the moment of issue.

    :raises ClockBehind: if the clock is behind the certificate that was numbered last.
    """
    series, year = _series(training), now.astimezone(ZoneInfo(training.time_zone)).year
    insert_if_missing(CertificateCounter, series=series, year=year, last=0)
    query = select(CertificateCounter).where(CertificateCounter.series == series, CertificateCounter.year == year)
    counter = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    return counter, _moment(series, now)


def _number(
    counter: CertificateCounter, registration: Registration, revision: int, now: datetime, *, kind: CertificateKind
) -> Certificate:
    """Take the next number of a counter that this transaction holds."""
    counter.last += 1
    return Certificate(
        registration_id=registration.id,
        revision=revision,
        kind=kind.value,
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

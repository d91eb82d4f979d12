"""Take numbers without gaps, issue certificates file by file, reissue them, and check whether one is valid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.audit import queries as audit_queries
from portal.certificates import candidates as certificate_candidates
from portal.certificates import facts, queries, rules
from portal.certificates.candidates import Candidate
from portal.certificates.models import Certificate, CertificateCounter
from portal.certificates.rules import CertificateState, FileVerdict, RevokeClass, Unsettled, Validity, number_of
from portal.completion.rules import CertificateKind
from portal.platform import jobs, numbers, storage, tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.jobs import Job
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations import lock_open

# A printed text by the side of the paper on which it stands.
Printed = Mapping[str, str]


@dataclass(frozen=True)
class Verification:
    """The answer to a code, a QR or a file.

    `title`, `dates`, `place` and `organizers` are as the paper prints them, whatever the records say by now.
    `changed_on` is the date of the replacement or revocation, on the calendar of the venue. `is_name` and `file` are
    None when no name or no file was given.
    """

    validity: Validity
    number: str = ""
    kind: str = ""
    issued_on: date | None = None
    changed_on: date | None = None
    title: Printed = field(default_factory=dict)
    dates: Printed = field(default_factory=dict)
    place: Printed = field(default_factory=dict)
    organizers: Sequence[Printed] = ()
    is_name: bool | None = None
    file: FileVerdict | None = None


UNKNOWN = Verification(Validity.UNKNOWN)


def judge(certificate: Certificate, *, name: str = "") -> Verification:
    """Return what a stranger learns of this certificate, and whether a typed name is the printed one."""
    validity = rules.validity(
        state=certificate.state,
        is_replaced=certificate.replaced_at is not None,
        is_revoked=certificate.revoked_at is not None,
    )
    if validity is Validity.UNKNOWN:
        return UNKNOWN
    zone = ZoneInfo(certificate.registration.training.time_zone)
    changed_at = certificate.revoked_at or certificate.replaced_at
    printed = facts.credential(certificate.facts)
    names = (printed["name"], printed["latin_name"])
    return Verification(
        validity=validity,
        number=certificate.number,
        kind=certificate.kind,
        issued_on=certificate.issued_on,
        changed_on=changed_at.astimezone(zone).date() if changed_at else None,
        title=printed["title"],
        dates=printed["dates"],
        place=printed["place"],
        organizers=printed["organizers"],
        is_name=rules.is_name(name, names) if name.strip() else None,
    )


_SERIES = "C"
_CODE_LENGTH = 12
# Who waits for the counter's lock holds a moment that is a little older than what the one before has written.
_WAITING = timedelta(minutes=1)
_QUIET = timedelta(hours=1)
log = structlog.get_logger(__name__)


def open_counter(training: Training, now: datetime) -> tuple[CertificateCounter, datetime]:
    """Lock the counter of the training's series and this year until the commit; return it with the moment of issue.

    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    series, year = series_of(training), now.astimezone(ZoneInfo(training.time_zone)).year
    newest = audit_queries.newest_at()
    if newest is not None and now - newest > _QUIET:  # A clock that jumped ahead looks like that.
        log.warning("clock_ahead_of_log", minutes=int((now - newest).total_seconds() // 60))
    counter = numbers.held(CertificateCounter, series=series, year=year)
    return counter, moment_in(series, now)


def take(
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
        number=number_of(counter.series, counter.year, counter.last),
        code=tokens.random_code(_CODE_LENGTH),
        token=tokens.random_token(),
        state=CertificateState.PENDING.value,
        issued_on=now.astimezone(ZoneInfo(registration.training.time_zone)).date(),
        issued_at=now,
    )


def moment_in(series: str, now: datetime) -> datetime:
    """Return the moment of the next certificate, never before the last one: the order of numbers is that of time.

    :raises Conflict: if `now` is further back than a wait for the lock explains.
    """
    newest = (
        select(Certificate.issued_at)
        .where(Certificate.series == series, Certificate.misdated_at.is_(None))
        .order_by(Certificate.year.desc(), Certificate.serial.desc())
        .limit(1)
    )
    last = db.session.scalars(newest).one_or_none()
    if last is None or last <= now:
        return now
    if last - now > _WAITING:
        raise Conflict(
            "clock_behind",
            _l(
                "The clock of this machine is behind the last certificate. Set it right, then issue again. If it is "
                "right, an operator says so with the command accept-clock."
            ),
        )
    return last


def accept_clock(*, actor: Actor, now: datetime) -> list[Certificate]:
    """Take the clock for right, and what is dated after it for misdated: it stands, and stops no certificate any more.

    Return what is misdated: their dates are wrong, so they want reissuing.
    """
    ahead = select(Certificate).where(Certificate.issued_at > now, Certificate.misdated_at.is_(None))
    misdated = list(db.session.scalars(ahead.order_by(Certificate.series, Certificate.year, Certificate.serial)))
    for certificate in misdated:
        certificate.misdated_at = now
    if misdated:
        given = [certificate.number for certificate in misdated]
        audit.record("certificates.clock_accepted", "certificates", after={"numbers": given}, actor=actor, now=now)
    return misdated


def series_of(training: Training) -> str:
    """Return the series in which a training's certificates are numbered."""
    return training.project.certificate_series if training.project else _SERIES


def revisions_of(registration_ids: Sequence[int]) -> dict[int, int]:
    """Return how many certificates each registration has had, void ones too."""
    query = select(Certificate.registration_id, Certificate.revision).where(
        Certificate.registration_id.in_(registration_ids)
    )
    return dict(db.session.execute(query.order_by(Certificate.revision)).all())


JOB = "certificates.issue"
RENEW = "certificates.renew"  # Files only: after a reissue or a revocation nobody else is numbered.


class NothingToIssue(Refusal):
    message = _l("There is nobody to issue a certificate for: everyone eligible with a confirmed name has one.")


def request(training: Training, *, actor: Actor, now: datetime) -> Job:
    """Ask the worker to issue for everyone who is eligible; a run that is under way is returned instead.

    :raises NothingToIssue: if nobody is ready and no number waits for its file.
    :raises Conflict: if the last session has not ended, or the clock is behind the newest certificate.
    """
    ensure_over(lock_open(training.id), now)
    candidates = certificate_candidates.list_candidates(training, as_of=now)
    if not any(candidate.is_ready for candidate in candidates) and not queries.list_pending(training.id):
        raise NothingToIssue
    moment_in(series_of(training), now)
    return jobs.enqueue(JOB, subject=training.code, requested_by=actor.label, now=now, code=training.code)


def ensure_over(training: Training, now: datetime) -> None:
    """Raise a Conflict if the last session of a training has not ended."""
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
    correction: int | None = None,
    actor: Actor,
    now: datetime,
) -> list[Certificate]:
    """Give a number and frozen facts to everyone, or `only` to those, who is ready and has none, by Kyrgyz names.

    The training's row is locked, so that two runs never number the same person. All that is marked counts: who may ask
    before the last session has ended is for those to say who call this.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    lock_open(training.id, correction=correction)
    candidates = certificate_candidates.list_candidates(training, as_of=None, registrations=only)
    return number_ready(training, candidates, now=now)


def number_ready(
    training: Training, candidates: Sequence[Candidate], *, is_for_ceremony: bool = False, now: datetime
) -> list[Certificate]:
    """Give a number and frozen facts to those of the candidates who are ready; the training is locked already.

    The counter's row makes the numbers gapless: a transaction that is rolled back takes none.

    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    ready = [candidate for candidate in candidates if candidate.is_ready]
    certificates: list[Certificate] = []
    if not ready:
        return certificates
    revisions = revisions_of([candidate.registration.id for candidate in ready])
    counter, moment = open_counter(training, now)
    delivered = facts.delivery(training)
    for candidate in ready:
        registration = candidate.registration
        revision, kind = revisions.get(registration.id, 0) + 1, candidate.eligibility.due
        assert kind is not None
        certificate = take(counter, registration, revision, moment, kind=kind)
        certificate.is_for_ceremony = is_for_ceremony
        facts.freeze(certificate, registration, candidate.names, delivered=delivered)
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
    family = certificate.facts["name"].split()[0]  # as printed, in its own letters
    document = storage.put(
        content,
        kind="certificate",
        filename=f"{certificate.registration.training.code}-{certificate.number}-{family}.pdf",
        media_type="application/pdf",
        sealed_by=sealed_by,
        now=now,
    )
    certificate.document_id, certificate.state = document.id, CertificateState.ISSUED.value
    if certificate.replaces_id is not None:
        db.session.get_one(Certificate, certificate.replaces_id).replaced_at = now
    note("certificates.issued", certificate, sha256=document.sha256, actor=actor, now=now)
    return True


def fail(certificate_id: int, *, reason: str, actor: Actor, now: datetime) -> bool:
    """Make a number void because its page cannot be printed; it is never used again. False if it has a file by now."""
    certificate = lock(Certificate, certificate_id)
    if certificate.state != CertificateState.PENDING:
        return False
    certificate.state, certificate.reason, certificate.replaces_id = CertificateState.FAILED.value, reason[:300], None
    note("certificates.failed", certificate, reason=reason[:300], actor=actor, now=now)
    return True


def note(event: str, certificate: Certificate, *, actor: Actor, now: datetime, **more: Any) -> None:
    """Record what became of a certificate, with its number."""
    after = {"number": certificate.number, **more}
    audit.record(event, f"certificate {certificate.number}", after=after, actor=actor, now=now)


def ensure_standing(certificate: Certificate) -> None:
    """Raise a Conflict if a certificate has no file, was revoked, or has a successor."""
    stands = certificate.state == CertificateState.ISSUED and certificate.revoked_at is None
    replaced = select(Certificate.id).where(
        Certificate.replaces_id == certificate.id, Certificate.state != CertificateState.FAILED
    )
    if not stands or db.session.scalars(replaced).first() is not None:
        raise Conflict(
            "not_standing",
            _l("Certificate № %(number)s has been replaced or revoked already."),
            number=certificate.number,
        )


def take_back(certificate: Certificate, revoke_class: RevokeClass, reason: str, *, actor: Actor, now: datetime) -> None:
    """Make a locked certificate revoked; number, facts and file stay as they are."""
    certificate.revoked_at, certificate.revoked_by = now, actor.label
    certificate.revoke_class, certificate.revoke_reason = revoke_class.value, reason


def reissue(
    certificate: Certificate,
    *,
    reason: str,
    correction: int | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Certificate, Job]:
    """Number a new certificate with today's confirmed names that replaces this one once its file stands.

    It is of the kind that is due today, or of the same kind where none is. One that was revoked gets a successor when
    a correction since shows that the rule is met; it stays revoked.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises Conflict: if it was replaced, has no file or was revoked for good, or the clock is behind the newest one.
    """
    registration = db.session.get_one(
        Registration, certificate.registration_id, options=[joinedload(Registration.training)]
    )
    training = lock_open(registration.training_id, correction=correction)
    lock(Certificate, certificate.id)
    if certificate_candidates.find_unsettled(certificate, as_of=now) != Unsettled.EARNED_AGAIN:
        ensure_standing(certificate)
    [candidate] = certificate_candidates.list_candidates(training, as_of=now, registrations=[registration])
    counter, moment = open_counter(training, now)
    kind = candidate.eligibility.due or CertificateKind(certificate.kind)
    revision = revisions_of([registration.id])[registration.id] + 1
    new = take(counter, registration, revision, moment, kind=kind)
    new.replaces_id, new.reason = certificate.id, reason
    facts.freeze(
        new,
        registration,
        candidate.names,
        delivered=facts.delivery(training),
        replaces=certificate.number,
    )
    db.session.add(new)
    db.session.flush()
    job = request_files(training, actor=actor, now=now)
    note("certificates.reissued", new, replaces=certificate.number, reason=reason, actor=actor, now=now)
    return new, job

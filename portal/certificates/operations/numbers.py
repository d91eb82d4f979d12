"""Take numbers: one series and year at a time, without gaps, in the order of time, and never the same one twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.audit import queries as audit_queries
from portal.certificates.models import Certificate, CertificateCounter
from portal.certificates.rules import CertificateKind, CertificateState, number_of
from portal.platform import numbers, tokens
from portal.platform.db import db
from portal.platform.errors import Conflict
from portal.platform.wording import _l
from portal.registration.models import Registration
from portal.trainings.models import Training

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
    _compare_with_log(now)
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


def _compare_with_log(now: datetime) -> None:
    """Warn when nothing was done for an hour before a number is taken: a clock that jumped ahead looks like that."""
    newest = audit_queries.newest_at()
    if newest is not None and now - newest > _QUIET:
        log.warning("clock_ahead_of_log", minutes=int((now - newest).total_seconds() // 60))


def series_of(training: Training) -> str:
    """Return the series in which a training's certificates are numbered."""
    return training.project.certificate_series if training.project else _SERIES


def revisions_of(registration_ids: Sequence[int]) -> dict[int, int]:
    """Return how many certificates each registration has had, void ones too."""
    query = select(Certificate.registration_id, Certificate.revision).where(
        Certificate.registration_id.in_(registration_ids)
    )
    return dict(db.session.execute(query.order_by(Certificate.revision)).all())

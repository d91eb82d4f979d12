"""Read the issue register: every number of a training, or of a series and year, and its fate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager

from portal.access import policy
from portal.access.policy import Actor
from portal.certificates import rules as certificate_rules
from portal.certificates.models import Certificate, CertificateCounter, CertificateMark
from portal.certificates.rules import Entry
from portal.people.models import Institution
from portal.platform import paging
from portal.platform.db import AnySelect, db
from portal.platform.paging import Page
from portal.registration.models import Registration
from portal.trainings.models import Training

ROWS = 100


@dataclass(frozen=True)
class Line:
    """One number of the register; of another region only that it was given, and where numbers of others stand, a gap.

    `detail` is who took the paper, or the number that has replaced it.
    """

    first: str
    last: str = ""
    name: str = ""
    institution: Institution | None = None
    kind: str = ""
    issued_on: date | None = None
    entry: Entry | None = None
    detail: str = ""
    training: str = ""
    is_elsewhere: bool = False

    @property
    def is_gap(self) -> bool:
        return bool(self.last)


def get_register(series: str, year: int) -> CertificateCounter | None:
    """Return the counter of a series and year, if a number was ever taken from it."""
    query = select(CertificateCounter).where(CertificateCounter.series == series, CertificateCounter.year == year)
    return db.session.scalars(query.where(CertificateCounter.last > 0)).one_or_none()


def list_registers() -> Sequence[CertificateCounter]:
    """Return every series and year in which numbers were given, the latest first."""
    query = select(CertificateCounter).where(CertificateCounter.last > 0)
    return db.session.scalars(query.order_by(CertificateCounter.year.desc(), CertificateCounter.series)).all()


def page_of_training(training: Training, number: int) -> Page[Line]:
    """Return one page of a training's numbers; numbers of other trainings between them are one line."""
    query = _certificates().where(Registration.training_id == training.id)
    rows = db.session.scalar(select(func.count()).select_from(query.with_only_columns(Certificate.id).subquery())) or 0
    number = paging.nearest(number, rows, ROWS)
    # One more row before the page shows what stands between the last leaf and this one.
    start = (number - 1) * ROWS
    found = db.session.execute(query.limit(ROWS + min(start, 1)).offset(max(start - 1, 0))).all()
    lines = list(_with_gaps(found, skip=min(start, 1)))
    return Page(lines, number, rows, ROWS)


def list_training(training: Training) -> list[Line]:
    """Return all of a training's numbers, with the numbers of others between them."""
    return list(_with_gaps(db.session.execute(_certificates().where(Registration.training_id == training.id)).all()))


def page_of_register(register: CertificateCounter, actor: Actor, number: int) -> Page[Line]:
    """Return one page of a series and year; what is not within reach shows its number and no more."""
    number = paging.nearest(number, register.last, ROWS)
    first, last = (number - 1) * ROWS + 1, min(number * ROWS, register.last)
    return Page(_range(register, actor, first, last), number, register.last, ROWS)


def list_register(register: CertificateCounter, actor: Actor) -> list[Line]:
    """Return every number of a series and year, from the first to the last one given."""
    return _range(register, actor, 1, register.last)


def _range(register: CertificateCounter, actor: Actor, first: int, last: int) -> list[Line]:
    query = _certificates().where(
        Certificate.series == register.series,
        Certificate.year == register.year,
        Certificate.serial.between(first, last),
    )
    found = {row.Certificate.serial: row for row in db.session.execute(query)}
    lines = []
    for serial in range(first, last + 1):
        row = found.get(serial)
        if row is None:  # No number is ever lost; were it so, the register would say it.
            lines.append(Line(certificate_rules.number_of(register.series, register.year, serial)))
        elif policy.reaches(actor, row.Certificate.scope):
            lines.append(_line(row))
        else:
            lines.append(Line(row.Certificate.number, is_elsewhere=True))
    return lines


def _with_gaps(rows: Sequence[Any], *, skip: int = 0) -> Iterator[Line]:
    """Return a line for each row but the first `skip`, and one for the numbers that lie between two of them."""
    before: Certificate | None = None
    for place, row in enumerate(rows):
        one = row.Certificate
        series = (one.series, one.year)
        if before is not None and (before.series, before.year) == series and one.serial > before.serial + 1:
            yield Line(
                certificate_rules.number_of(*series, before.serial + 1),
                certificate_rules.number_of(*series, one.serial - 1),
            )
        if place >= skip:
            yield _line(row)
        before = one


def _line(row: Any) -> Line:
    one, mark = row.Certificate, row.CertificateMark
    entry = certificate_rules.entry_of(
        state=one.state,
        mark=mark.state if mark else "",
        is_replaced=one.replaced_at is not None,
        is_revoked=one.revoked_at is not None,
    )
    detail = row.successor if entry is Entry.REPLACED else mark.received_by if mark else ""
    return Line(
        first=one.number,
        name=one.facts.get("name", ""),
        institution=one.registration.institution,
        kind=one.kind,
        issued_on=one.issued_on,
        entry=entry,
        detail=detail or "",
        training=one.registration.training.code,
    )


def _certificates() -> AnySelect:
    """Return certificates by number, each with the mark that was made last and the number that has replaced it."""
    newest = (
        select(func.max(CertificateMark.id))
        .where(CertificateMark.certificate_id == Certificate.id)
        .correlate(Certificate)
        .scalar_subquery()
    )
    successor = aliased(Certificate)
    return (
        select(Certificate, CertificateMark, successor.number.label("successor"))
        .join(Certificate.registration)
        .outerjoin(CertificateMark, CertificateMark.id == newest)
        .outerjoin(successor, successor.replaces_id == Certificate.id)
        .options(
            contains_eager(Certificate.registration).joinedload(Registration.institution),
            contains_eager(Certificate.registration).joinedload(Registration.training),
        )
        .order_by(Certificate.series, Certificate.year, Certificate.serial)
    )

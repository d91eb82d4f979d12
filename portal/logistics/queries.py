"""Read payment rates, and who is paid for which days."""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import select

from portal.attendance import queries as attendance
from portal.attendance.rules import attended_minutes, has_begun
from portal.logistics.models import PaymentRates
from portal.logistics.rules import Payment, Rates, due, paid_days
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training

# A person who came on more than a trace of a day has been there, where no rates say it more exactly.
COUNTED_FROM = 1


@dataclass(frozen=True)
class Paid:
    """One participant with the days that count, the share attended in percent, and what is due."""

    registration: Registration
    days: int
    percent: float
    payment: Payment | None
    is_resident: bool


def find_rates(training: Training) -> PaymentRates | None:
    """Return what a training pays, if somebody has said it."""
    return db.session.get(PaymentRates, training.id)


def find_example(training: Training) -> PaymentRates | None:
    """Return what the latest other training of the same project pays, which a new form begins with."""
    query = (
        select(PaymentRates)
        .join(Training, Training.id == PaymentRates.training_id)
        .where(Training.project_id == training.project_id, Training.id != training.id)
        .order_by(Training.starts_on.desc(), Training.id.desc())
    )
    return db.session.scalars(query.limit(1)).first()


def rates_of(row: PaymentRates) -> Rates:
    """Return what a row says."""
    return Rates(**{field.name: getattr(row, field.name) for field in fields(Rates)})


def list_paid(training: Training, rates: Rates | None = None, *, as_of: datetime) -> list[Paid]:
    """Return every participant in the Kyrgyz order of names with the days attended; with rates also what is due.

    What is marked ahead counts once it begins.
    """
    overview, until = attendance.overview(training, as_of=as_of), attendance.counted_until(training, as_of)
    found = []
    for one in overview.people:
        minutes: dict[date, list[int]] = defaultdict(lambda: [0, 0])
        for session, mark in zip(overview.sessions, one.marks, strict=True):
            day = minutes[session.local_date]
            day[0] += attended_minutes(mark, session.minutes) if has_begun(session.starts_at, until) else 0
            day[1] += session.minutes
        days = [(attended, scheduled) for attended, scheduled in minutes.values()]
        is_resident = one.registration.region_code == training.venue.region_code
        payment = due(days, rates, is_resident=is_resident) if rates else None
        number = payment.days if payment else paid_days(days, COUNTED_FROM)
        found.append(Paid(one.registration, number, one.attended.percent, payment, is_resident))
    return found

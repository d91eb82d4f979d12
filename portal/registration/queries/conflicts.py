"""Read who is registered in two trainings on the same day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.people.models import Person
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules.states import RegistrationState
from portal.trainings.models import Training
from portal.trainings.rules.conflicts import Stay, Whereabouts, shared_days
from portal.trainings.rules.states import CANCELLED

LIVE_STATES = (
    RegistrationState.NOMINATED,
    RegistrationState.INVITED,
    RegistrationState.CONFIRMED,
    RegistrationState.WAITLISTED,
)
MOST = 20


@dataclass(frozen=True)
class DoubleRegistration:
    """A person's registration here, the one in another training, and the first and last day that both need."""

    here: Registration
    there: Registration
    days: tuple[date, date]


@dataclass(frozen=True)
class DoubleRegistrations:
    """The first of them, and how many there are."""

    rows: list[DoubleRegistration]
    count: int


def list_double_registrations(training: Training, where: Whereabouts) -> DoubleRegistrations:
    """Return the people of a training who are registered in another one on the days of `where`, by name.

    Rows of persons that were merged are of one person. What ended or was cancelled takes no day.
    """
    here, there = aliased(Registration), aliased(Registration)
    one, other = aliased(Person), aliased(Person)
    pairs: Select[Registration, Registration] = (
        select(here, there)
        .join(one, one.id == here.person_id)
        .join(other, func.coalesce(other.merged_into_id, other.id) == func.coalesce(one.merged_into_id, one.id))
        .join(there, there.person_id == other.id)
        .join(Training, Training.id == there.training_id)
        .where(
            here.training_id == training.id,
            here.state.in_(LIVE_STATES),
            there.id != here.id,
            there.training_id != training.id,
            there.state.in_(LIVE_STATES),
            Training.starts_on <= where.ends_on,
            Training.ends_on >= where.starts_on,
            Training.state.not_in([state.value for state in CANCELLED]),
        )
    )
    shown = (
        pairs.options(contains_eager(here.person.of_type(one)), joinedload(there.training).joinedload(Training.region))
        .order_by(one.sort_key, here.id, there.id)
        .limit(MOST)
    )
    rows = [_double(here, there, where) for here, there in db.session.execute(shown)]
    if len(rows) < MOST:
        return DoubleRegistrations(rows, len(rows))
    return DoubleRegistrations(rows, db.session.scalar(select(func.count()).select_from(pairs.subquery())) or 0)


def _double(here: Registration, there: Registration, where: Whereabouts) -> DoubleRegistration:
    other = Stay(there.training.starts_on, there.training.ends_on)
    days = shared_days(Stay(where.starts_on, where.ends_on), other)
    assert days is not None
    return DoubleRegistration(here, there, days)

"""Trainings on the way to their end: what agrees, and one thing that does not."""

from datetime import date

from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories


def make_over(**values: object) -> Training:
    """Make a training that was held long ago, with two sessions on one day."""
    values = {"starts_on": date(2026, 9, 1), "days": 1, "sessions": 2, "state": "approved"} | values
    return factories.make_training(**values)


def complete(training: Training, family: str = "Асанов", *, is_certified: bool = True) -> Registration:
    """Register somebody who was there all the time and has the certificate."""
    person = factories.make_person(family, "Азамат", "", latin=f"{family} Azamat")
    registration = factories.make_registration(training=training, person=person, state="confirmed")
    factories.make_attendance(registration)
    if is_certified:
        factories.make_certificate(registration)
    return registration


def miss(training: Training, family: str = "Бекова", **values: object) -> Registration:
    """Register somebody who did not come."""
    registration = factories.make_registration(
        training=training, person=factories.make_person(family, "Айгүл", ""), state="confirmed"
    )
    for session in training.sessions:
        factories.make_mark(registration, session, "absent", **values)
    return registration

"""Read who leads a training's sessions and whether they were held, for facilitators' certificates."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from portal.assessments import queries as assessments
from portal.assessments.rules import Standing as TestStanding
from portal.attendance import queries as attendance
from portal.completion import rules
from portal.completion.rules import CertificateKind, Eligibility, Leads
from portal.people.models import Person
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules import RegistrationRole, RegistrationState
from portal.trainings.models import SessionFacilitator, Training, TrainingSession


def leading(training: Training, roles: Iterable[str], *, as_of: datetime | None) -> dict[int, Leads]:
    """Return by person what each facilitator of a training leads; nothing is asked where nobody has that role."""
    if RegistrationRole.FACILITATOR not in roles:
        return {}
    is_held = SessionFacilitator.training_session_id.in_(attendance.held_sessions([training.id], as_of=as_of))
    query = (
        select(SessionFacilitator.person_id, is_held)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.training_session_id)
        .where(TrainingSession.training_id == training.id)
    )
    found: dict[int, Leads] = {}
    for person_id, was_held in db.session.execute(query):
        if was_held or person_id not in found:
            found[person_id] = Leads.HELD if was_held else Leads.PLANNED
    return found


def has_led(training_ids: Sequence[int], *, as_of: datetime | None) -> ColumnElement[bool]:
    """Return, for a query over Registration, whether it is that of a facilitator who led a session held by then."""
    led = (
        select(SessionFacilitator.person_id)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.training_session_id)
        .where(
            TrainingSession.training_id == Registration.training_id,
            SessionFacilitator.person_id == Registration.person_id,
            TrainingSession.id.in_(attendance.held_sessions(training_ids, as_of=as_of)),
        )
    )
    return (
        (Registration.role == RegistrationRole.FACILITATOR.value)
        & (Registration.state == RegistrationState.CONFIRMED.value)
        & led.exists()
    )


def list_unregistered(training: Training) -> list[Person]:
    """Return who leads a session and has no place in the list as facilitator, where facilitators get certificates."""
    if CertificateKind.FACILITATOR not in training.certificate_kinds:
        return []
    leads = (
        select(SessionFacilitator.person_id)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.training_session_id)
        .where(TrainingSession.training_id == training.id)
    )
    listed = select(Registration.person_id).where(
        Registration.training_id == training.id, Registration.role == RegistrationRole.FACILITATOR.value
    )
    query = select(Person).where(Person.id.in_(leads), Person.id.not_in(listed))
    return list(db.session.scalars(query.order_by(Person.sort_key, Person.id)))


def _judge(
    training: Training, roles: Sequence[str], as_of: datetime | None, assumed: Collection[int] = ()
) -> Callable[[Any], Eligibility]:
    """Return what tells the eligibility of a registration, or of a row with its id, person, state and role."""
    attended = attendance.attended(training, as_of=as_of, assumed=assumed)
    tests, leads = assessments.standings(training), leading(training, roles, as_of=as_of)
    untested = TestStanding.NOT_TAKEN if training.is_assessment_required else TestStanding.NOT_REQUIRED

    def judge(one: Any) -> Eligibility:
        return rules.eligibility(
            state=one.state,
            role=one.role,
            attended=attended[one.id],
            minimum=training.minimum_attendance,
            is_cancelled=training.is_cancelled,
            test=tests.get(one.id, untested),
            kinds=training.certificate_kinds,
            leads=leads.get(one.person_id, Leads.NOTHING),
        )

    return judge

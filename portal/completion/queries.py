"""Read who has completed a training, and who has led sessions of it that were held."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from portal.assessments import queries as assessments
from portal.assessments.rules import GradeStatus, Moment, grade_status
from portal.attendance import queries as attendance
from portal.attendance.rules import ASSUMED, AttendanceState, Attended, attended
from portal.completion import rules
from portal.completion.rules import CertificateKind, Eligibility, Leads, Outcome
from portal.people.models import Person
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules import RegistrationRole, RegistrationState
from portal.trainings.models import SessionFacilitator, Training, TrainingSession

_MISSED = (AttendanceState.ABSENT, AttendanceState.EXCUSED, AttendanceState.LATE)


def _leading(training: Training, roles: Iterable[str], *, as_of: datetime | None) -> dict[int, Leads]:
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


def list_outcomes(
    training: Training, *, as_of: datetime | None, assumed: Collection[int] = (), only: Collection[int] | None = None
) -> list[Outcome]:
    """Return how every registration of a training stands, or `only` those of these ids, in Kyrgyz order of names.

    Of a session that has not begun `as_of` no minute counts; None is the training's end. In the sessions `assumed`
    whoever is not marked counts as present.
    """
    query = (
        select(Registration.id, Registration.reference, Registration.state, Registration.role, Registration.person_id)
        .add_columns(Person.family, Person.given, Person.patronymic)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.training_id == training.id)
        .order_by(Person.sort_key, Registration.id)
    )
    rows = db.session.execute(query if only is None else query.where(Registration.id.in_(only))).all()
    sessions, marks = training.sessions, attendance.states(training)
    spans, until = [attendance.span_of(one) for one in sessions], attendance.counted_until(training, as_of)
    unmarked = [ASSUMED if one.id in assumed else None for one in sessions]
    tests, leads = assessments.list_grades(training), _leading(training, [row.role for row in rows], as_of=as_of)
    outcomes = []
    for row in rows:
        own = [marks.get((row.id, session.id)) for session in sessions]
        counted = [mark or other for mark, other in zip(own, unmarked, strict=True)]
        outcomes.append(
            Outcome(
                registration_id=row.id,
                reference=row.reference,
                name=" ".join(part for part in (row.family, row.given, row.patronymic) if part),
                state=row.state,
                role=row.role,
                eligibility=_judge(
                    training,
                    row,
                    attended(zip(spans, counted, strict=True), as_of=until),
                    tests.get(row.id, GradeStatus.NOT_TAKEN),
                    leads.get(row.person_id, Leads.NOTHING),
                ),
                person_id=row.person_id,
                unmarked=tuple(one.reference for one, mark in zip(sessions, own, strict=True) if mark is None),
                reasons=tuple(mark.reason for mark in own if mark is not None and mark.state in _MISSED),
            )
        )
    return outcomes


def judge_participants(
    trainings: Iterable[Training],
    people: Iterable[Any],
    scores: Mapping[tuple[int, str], tuple[int, int]],
    *,
    as_of: datetime | None,
) -> dict[int, Eligibility]:
    """Return of each confirmed participant of several trainings, by registration, what `list_outcomes` says of one.

    `people` are rows with id, training, state and role, `scores` are those of their tests; two queries in all.
    """
    known = {one.id: one for one in trainings}
    ids = select(Training.id).where(Training.id.in_(known))
    minutes = attendance.attended_in(ids, {one.id: one.training_id for one in people}, as_of=as_of)
    found = {}
    for one in people:
        training, score = known[one.training_id], scores.get((one.id, Moment.POST.value))
        found[one.id] = _judge(training, one, minutes[one.id], grade_status(score, training.minimum_grade))
    return found


def _judge(
    training: Training, one: Any, minutes: Attended, test: GradeStatus, leads: Leads = Leads.NOTHING
) -> Eligibility:
    return rules.eligibility(
        state=one.state,
        role=one.role,
        attended=minutes,
        minimum=training.minimum_attendance,
        is_cancelled=training.is_cancelled,
        test=test if training.is_assessment_required else GradeStatus.NOT_REQUIRED,
        kinds=training.certificate_kinds,
        leads=leads,
    )

"""Make a training from a plan, and bring a training in line with a changed plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import postgresql, sqlite

from portal.access import policy
from portal.access.policy import Actor, Scope
from portal.audit import operations as audit
from portal.people.models import Region
from portal.platform import tokens
from portal.platform.db import db
from portal.platform.errors import DomainError
from portal.platform.wording import _l
from portal.trainings.models import Allotment, Course, Project, Training, TrainingCounter, TrainingSession, Venue
from portal.trainings.operations import directory
from portal.trainings.operations.directory import PlannedCourse, PlannedVenue
from portal.trainings.rules.plans import (
    MAX_VENUE,
    Plan,
    PlanFault,
    PlanFaultCode,
    PlannedAllotment,
    PlannedSession,
    Titles,
    faults,
    text_faults,
)
from portal.trainings.rules.states import TrainingState

WORDS: Mapping[PlanFaultCode, Any] = {
    PlanFaultCode.TITLE_MISSING: _l("Give the title in at least one language."),
    PlanFaultCode.TEXT_TOO_LONG: _l("The text is too long: at most %(limit)s characters."),
    PlanFaultCode.HIDDEN_CHARACTER: _l("The text holds an invisible character (%(character)s). Type it again."),
    PlanFaultCode.YEAR_IMPLAUSIBLE: _l("The year %(year)s cannot be right."),
    PlanFaultCode.ENDS_BEFORE_START: _l("The last day is before the first one."),
    PlanFaultCode.TOO_MANY_DAYS: _l("The training would last %(days)s days; at most %(most)s are planned as one."),
    PlanFaultCode.SEATS_TOO_FEW: _l("Give at least one seat."),
    PlanFaultCode.SEATS_TOO_MANY: _l("Give at most %(most)s seats."),
    PlanFaultCode.MINIMUM_NOT_PERCENT: _l("The minimum attendance is a percentage from 0 to 100."),
    PlanFaultCode.HOURS_IMPLAUSIBLE: _l("Give the hours as a number from 1 to %(most)s."),
    PlanFaultCode.SESSIONS_MISSING: _l("Plan at least one session."),
    PlanFaultCode.SESSIONS_TOO_MANY: _l("Plan at most %(most)s sessions."),
    PlanFaultCode.SESSION_TITLE_MISSING: _l("Give the session a title in at least one language."),
    PlanFaultCode.SESSION_ENDS_BEFORE_START: _l("The session ends before it begins."),
    PlanFaultCode.SESSION_OVER_MIDNIGHT: _l("The session runs past midnight: make two of it."),
    PlanFaultCode.SESSION_OUTSIDE_DAYS: _l("The session is on %(date)s, the training from %(first)s to %(last)s."),
    PlanFaultCode.SESSIONS_OVERLAP: _l("The session overlaps session %(other)s."),
    PlanFaultCode.ALLOTMENT_OVER_CAPACITY: _l("%(seats)s seats are kept, but the training has %(capacity)s."),
    PlanFaultCode.ALLOTMENT_TWICE: _l("Seats are kept for the same group twice."),
}


class PlanRefused(DomainError):
    """Refuse a plan with everything that stands against it; `faults` name the fields."""

    def __init__(self, found: list[PlanFault]) -> None:
        super().__init__()
        self.faults = found

    def __str__(self) -> str:
        """Return all faults as one text that names their places."""
        return " ".join(f"{_where(fault)}: {wording(fault)}" for fault in self.faults)


class OutOfReach(DomainError):
    """Refuse a training in a region that the actor does not run."""

    message = _l("You do not run trainings in this region.")


class VenueElsewhere(DomainError):
    """Refuse a venue of another region."""

    message = _l("The venue is in another region.")


@dataclass(frozen=True)
class Place:
    """Where a training takes place, and what it delivers for whom; a new course or venue is made with it."""

    course: Course | PlannedCourse
    project: Project | None
    region: Region
    venue: Venue | PlannedVenue


def wording(fault: PlanFault) -> str:
    """Return a fault in the language of the reader."""
    return str(WORDS[fault.code]) % fault.args if fault.args else str(WORDS[fault.code])


def create(
    plan: Plan,
    place: Place,
    *,
    state: TrainingState = TrainingState.APPROVED,
    is_assessment_required: bool = False,
    actor: Actor,
    now: datetime,
) -> Training:
    """Make a training under the next code of its region and year.

    :raises PlanRefused: if something stands against the plan.
    :raises OutOfReach: if the region is not the actor's.
    :raises VenueElsewhere: if the venue is in another region.
    :raises CourseCodeTaken: if a new course has the code of another one.
    """
    require(plan, place, actor)
    course, venue = place.course, place.venue
    training = Training(
        code=_next_code(place.region.prefix, plan.starts_on.year),
        course=directory.make_course(course) if isinstance(course, PlannedCourse) else course,
        project=place.project,
        region_code=place.region.code,
        venue=directory.take_venue(venue, place.region) if isinstance(venue, PlannedVenue) else venue,
        is_assessment_required=is_assessment_required,
        is_vetting_required=place.project.is_vetting_required if place.project else False,
        state=state.value,
        created_at=now,
        sessions=[],
        allotments=[],
    )
    write(plan, training)
    db.session.add(training)
    db.session.flush()
    audit.record("trainings.created", f"training {training.code}", after=recorded(training), actor=actor, now=now)
    return training


def require(plan: Plan, place: Place, actor: Actor) -> None:
    """Refuse a plan that cannot stand.

    :raises PlanRefused: if something stands against the plan.
    :raises OutOfReach: if the region is not the actor's.
    :raises VenueElsewhere: if the venue is in another region.
    """
    project_id = place.project.id if place.project else None
    if not policy.reaches(actor, Scope(region=place.region.code, project_id=project_id)):
        raise OutOfReach
    if isinstance(place.venue, Venue) and place.venue.region_code != place.region.code:
        raise VenueElsewhere
    found = faults(plan)
    if isinstance(place.venue, PlannedVenue):
        found += text_faults(place.venue.names, "venue_name", limit=MAX_VENUE)
    if found:
        raise PlanRefused(found)


def write(plan: Plan, training: Training) -> None:
    """Bring the columns, sessions and seats of the training in line with a plan that was required before."""
    for column, text in plan.titles.columns().items():
        setattr(training, column, text)
    training.starts_on, training.ends_on = plan.starts_on, plan.ends_on
    training.hours, training.capacity = plan.hours, plan.capacity
    training.minimum_attendance = plan.minimum_attendance
    standing = {session.reference: session for session in training.sessions}
    training.sessions = [_write_session(session, standing, plan.time_zone) for session in plan.sessions]
    kept = {(a.institution_id, a.region_code, a.role): a for a in training.allotments}
    training.allotments = [_write_allotment(kept, allotment) for allotment in plan.allotments]


def planned_sessions(training: Training) -> list[PlannedSession]:
    """Return the sessions as they stand, in order."""
    return [PlannedSession(Titles.of(one), one.starts_at, one.ends_at, one.reference) for one in training.sessions]


def recorded(training: Training) -> dict[str, Any]:
    """Return what the audit log keeps of a training's plan."""
    return {
        "title_ky": training.title_ky,
        "title_ru": training.title_ru,
        "title_en": training.title_en,
        "course": training.course.code,
        "project": training.project.code if training.project else None,
        "venue": [training.venue.name_ky, training.venue.name_ru, training.venue.name_en],
        "starts_on": training.starts_on.isoformat(),
        "ends_on": training.ends_on.isoformat(),
        "hours": training.hours,
        "capacity": training.capacity,
        "minimum_attendance": training.minimum_attendance,
        "sessions": [
            [s.starts_at.isoformat(), s.ends_at.isoformat(), s.title_ky, s.title_ru, s.title_en]
            for s in sorted(training.sessions, key=lambda session: session.starts_at)
        ],
        "allotments": [[a.institution_id, a.region_code, a.role, a.seats] for a in training.allotments],
    }


def _write_session(plan: PlannedSession, standing: dict[str, TrainingSession], time_zone: str) -> TrainingSession:
    session = standing.get(plan.reference) or TrainingSession(reference=tokens.random_token())
    for column, text in plan.titles.columns().items():
        setattr(session, column, text)
    session.starts_at, session.ends_at = plan.starts_at, plan.ends_at
    session.local_date = plan.starts_at.astimezone(ZoneInfo(time_zone)).date()
    return session


def _write_allotment(kept: dict[Any, Allotment], plan: PlannedAllotment) -> Allotment:
    allotment = kept.get(plan.sides) or Allotment(
        institution_id=plan.institution_id, region_code=plan.region_code, role=plan.role
    )
    allotment.seats = plan.seats
    return allotment


def _next_code(prefix: str, year: int) -> str:
    """Take the next number; the row stays locked until the end of the transaction, so that no code is given twice."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(TrainingCounter)
        .values(prefix=prefix, year=year, last=1)
        .on_conflict_do_update(
            index_elements=[TrainingCounter.prefix, TrainingCounter.year], set_={"last": TrainingCounter.last + 1}
        )
        .returning(TrainingCounter.last)
    )
    return f"{prefix}-{year}-{db.session.execute(statement).scalar_one():02d}"


def _where(fault: PlanFault) -> str:
    if fault.place is None:
        return fault.field
    group = "allotments" if fault.field in ("seats", "institution_id") else "sessions"
    return f"{group}[{fault.place + 1}].{fault.field}"

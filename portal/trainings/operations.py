"""Create, change and copy trainings, and the lock that every change goes through."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.access import policy
from portal.access.permissions import Role
from portal.access.policy import Actor, Scope
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.catalog import operations as catalog
from portal.catalog.kinds import OutOfReach, VenueElsewhere
from portal.catalog.models import Course, Project, Venue
from portal.catalog.rules import MAX_VENUE, NewCourse, NewVenue
from portal.people import operations as people_operations
from portal.people.models import Institution, Region
from portal.platform import numbers, tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict
from portal.platform.i18n import _l
from portal.platform.texts import Text
from portal.records import printed
from portal.records.refusals import PlanRefused
from portal.records.rules import RecordFault, RecordFaultCode, text_faults
from portal.trainings.agenda_rules import Block, Frame, clock_moved, faults
from portal.trainings.documents import list_blocks, list_days
from portal.trainings.models import AgendaBreak, Allotment, Training, TrainingCounter, TrainingDay, TrainingSession
from portal.trainings.rules import (
    PLAIN_DETAILS,
    Details,
    Plan,
    PlannedAllotment,
    PlannedSession,
    TrainingState,
    plan_faults,
)


def take_over(training: Training, source: Training) -> None:
    """Give a new training the breaks and working languages of another one, at the same hours of its own days.

    Rooms and facilitators are of the other place and time, and are not taken over. A break that does not fit between
    the sessions of the new training is left out.
    """
    old, new = ZoneInfo(source.time_zone), ZoneInfo(training.time_zone)
    days = (training.starts_on - source.starts_on).days
    languages = {clock_moved(one.starts_at, days, old, new): one.languages for one in source.sessions}
    for session in training.sessions:
        session.languages = list(languages.get(session.starts_at, ()))
    frame = Frame(training.starts_on, training.ends_on, new)
    for pause in source.breaks:
        starts, ends = (clock_moved(moment, days, old, new) for moment in (pause.starts_at, pause.ends_at))
        standing = [Block(one.reference, one.starts_at, one.ends_at) for one in list_blocks(training)]
        if not faults(Block("", starts, ends), standing, frame):
            training.breaks.append(
                AgendaBreak(
                    reference=tokens.random_token(),
                    kind=pause.kind,
                    starts_at=starts,
                    ends_at=ends,
                    local_date=starts.date(),
                    title=pause.title,
                )
            )


class TrainingClosed(Conflict):
    """Refuse to change a training that is over for good."""


class TrainingLocked(TrainingClosed):
    message = _l("The training is finalized. It changes only by a correction with a number and a reason.")


class TrainingCancelled(TrainingClosed):
    message = _l("The training is cancelled and stays as it is.")


def lock_open(training_id: int, *, correction: int | None = None) -> Training:
    """Return the training, its row locked until the end of the transaction, so that whoever finalizes it waits.

    A finalized one is given out only for the correction that is open in this transaction: its number is the key.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    training = lock(Training, training_id)
    ensure_open(training, correction=correction)
    return training


def ensure_open(training: Training, *, correction: int | None = None) -> None:
    """Refuse a closed training without locking it: for those who only look ahead at what they would do.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    if training.is_locked and (correction is None or correction != training.corrections):
        raise TrainingLocked
    if training.is_cancelled:
        raise TrainingCancelled


def keep(training: Training) -> None:
    """Note the days of a training as they stand, after each change of its agenda; one that has gone stays as it was."""
    known = {one.day: one for one in training.days}
    for day, (starts_at, ends_at) in list_days(training).items():
        if day in known:
            known[day].starts_at, known[day].ends_at = starts_at, ends_at
        else:
            training.days.append(TrainingDay(day=day, starts_at=starts_at, ends_at=ends_at))


@dataclass(frozen=True)
class Place:
    """Where a training takes place, and what it delivers for whom; a new course or venue is made with it."""

    course: Course | NewCourse
    project: Project | None
    region: Region
    venue: Venue | NewVenue


def create(
    plan: Plan,
    place: Place,
    *,
    state: TrainingState = TrainingState.APPROVED,
    copied_from: Training | None = None,
    actor: Actor,
    now: datetime,
) -> Training:
    """Make a training under the next code of its region and year.

    :raises PlanRefused: if something stands against the plan.
    :raises OutOfReach: if the region is not the actor's.
    :raises VenueElsewhere: if the venue is in another region.
    :raises Refusal: if a new course has the code of another one, or the course or the venue is retired.
    :raises InstitutionClosed: if it names an institution that is closed by then.
    """
    ensure_valid(plan, place, actor)
    chosen = {allotment.institution_id for allotment in plan.allotments if allotment.institution_id is not None}
    people_operations.ensure_open(chosen | set(plan.details.host_ids if plan.details else ()), plan.starts_on)
    course, venue = place.course, place.venue
    if isinstance(course, Course):
        catalog.ensure_in_use(course)
    if isinstance(venue, Venue):
        catalog.ensure_in_use(venue)
    training = Training(
        code=_next_code(place.region.prefix, plan.starts_on.year),
        course=catalog.make_course(course) if isinstance(course, NewCourse) else course,
        project=place.project,
        region_code=place.region.code,
        venue=catalog.take_venue(venue, place.region) if isinstance(venue, NewVenue) else venue,
        is_vetting_required=place.project.is_vetting_required if place.project else False,
        state=state.value,
        created_at=now,
        hosts=[],
        sessions=[],
        allotments=[],
    )
    write(plan, training)
    db.session.add(training)
    db.session.flush()
    if copied_from is not None:
        take_over(training, copied_from)
    keep(training)
    db.session.flush()
    source = {"copied_from": copied_from.code} if copied_from else {}
    after = {**recorded(training), "state": training.state, **source}
    audit.record("trainings.created", f"training {training.code}", after=after, actor=actor, now=now)
    return training


def ensure_valid(plan: Plan, place: Place, actor: Actor) -> None:
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
    found = printed.with_faults(plan_faults(plan), printed.faults(plan.titles, "title", printed.TITLE))
    if isinstance(place.venue, NewVenue):
        found += text_faults(place.venue.names, "venue_name", limit=MAX_VENUE)
        found = printed.with_faults(found, printed.faults(place.venue.names, "venue_name", printed.VENUE))
    contact_id = plan.details.contact_id if plan.details else None
    if contact_id is not None and contact_id not in {one.id for one in accounts.list_coordinators(place.region.code)}:
        found = [*found, RecordFault(RecordFaultCode.CONTACT_ELSEWHERE, "contact_id")]
    if found:
        raise PlanRefused(found)


def contact_by_default(actor: Actor) -> int | None:
    """Return whom the mails of a training name unless its plan says otherwise: the coordinator who plans it."""
    return actor.id if isinstance(actor, Account) and actor.role == Role.COORDINATOR else None


def write(plan: Plan, training: Training) -> None:
    """Bring the columns, sessions and seats of the training in line with a plan that was required before."""
    training.title = plan.titles
    training.starts_on, training.ends_on = plan.starts_on, plan.ends_on
    training.hours, training.capacity = plan.hours, plan.capacity
    training.minimum_attendance = plan.minimum_attendance
    standing = {session.reference: session for session in training.sessions}
    training.sessions = [_write_session(session, standing, plan.time_zone) for session in plan.sessions]
    kept = {(a.institution_id, a.region_code, a.role): a for a in training.allotments}
    training.allotments = [_write_allotment(kept, allotment) for allotment in plan.allotments]
    if (details := plan.details) is None:
        return
    training.objectives, training.profile = details.objectives, details.profile
    training.certificate_kinds = list(details.certificate_kinds)
    for name in PLAIN_DETAILS:
        setattr(training, name, getattr(details, name))
    chosen = select(Institution).where(Institution.id.in_(details.host_ids)).order_by(Institution.code)
    training.hosts = list(db.session.scalars(chosen)) if details.host_ids else []


def details_of(training: Training) -> Details:
    """Return what a training says beyond days and seats."""
    return Details(
        objectives=training.objectives,
        profile=training.profile,
        host_ids=tuple(host.id for host in training.hosts),
        certificate_kinds=tuple(training.certificate_kinds),
        **{name: getattr(training, name) for name in PLAIN_DETAILS},
    )


def planned_sessions(training: Training) -> list[PlannedSession]:
    """Return the sessions as they stand, in order."""
    return [PlannedSession(one.title, one.starts_at, one.ends_at, one.reference) for one in training.sessions]


def recorded(training: Training) -> dict[str, Any]:
    """Return what the audit log keeps of a training's plan."""
    return {
        **training.title.columns(),
        "course": training.course.code,
        "project": training.project.code if training.project else None,
        "venue": [*training.venue.name],
        "starts_on": training.starts_on.isoformat(),
        "ends_on": training.ends_on.isoformat(),
        "hours": training.hours,
        "capacity": training.capacity,
        "minimum_attendance": training.minimum_attendance,
        "sessions": [
            [s.starts_at.isoformat(), s.ends_at.isoformat(), *s.title]
            for s in sorted(training.sessions, key=lambda session: session.starts_at)
        ],
        "allotments": [[a.institution_id, a.region_code, a.role, a.seats] for a in training.allotments],
        "hosts": [host.code for host in training.hosts],
        **training.objectives.columns("objectives"),
        **training.profile.columns("profile"),
        "certificate_kinds": list(training.certificate_kinds),
        **{name: getattr(training, name) for name in PLAIN_DETAILS},
    }


def _write_session(plan: PlannedSession, standing: dict[str, TrainingSession], time_zone: str) -> TrainingSession:
    session = standing.get(plan.reference) or TrainingSession(reference=tokens.random_token())
    session.title = plan.titles
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
    (number,) = numbers.take(TrainingCounter, prefix=prefix, year=year)
    return f"{prefix}-{year}-{number:02d}"


@dataclass(frozen=True)
class Target:
    titles: Text
    starts_on: date
    region: Region
    venue: Venue | NewVenue
    state: TrainingState = TrainingState.APPROVED


def copy(training: Training, target: Target, *, actor: Actor, now: datetime) -> Training:
    """Make a training like another one, under a code of its own.

    :raises PlanRefused: if something stands against the plan on its new days.
    :raises OutOfReach: if the region is not the actor's.
    :raises VenueElsewhere: if the venue is in another region.
    """
    place = Place(training.course, training.project, target.region, target.venue)
    plan = _plan(training, target, contact_by_default(actor))
    return create(plan, place, state=target.state, copied_from=training, actor=actor, now=now)


def _plan(training: Training, target: Target, contact_id: int | None) -> Plan:
    days = (target.starts_on - training.starts_on).days
    here, there = ZoneInfo(training.time_zone), ZoneInfo(target.venue.time_zone)

    def move(moment: datetime) -> datetime:
        return clock_moved(moment, days, here, there)

    return Plan(
        titles=target.titles or training.title,
        starts_on=target.starts_on,
        ends_on=target.starts_on + (training.ends_on - training.starts_on),
        hours=training.hours,
        capacity=training.capacity,
        minimum_attendance=training.minimum_attendance,
        time_zone=target.venue.time_zone,
        sessions=tuple(
            replace(one, starts_at=move(one.starts_at), ends_at=move(one.ends_at), reference="")
            for one in planned_sessions(training)
        ),
        allotments=tuple(
            PlannedAllotment(one.seats, one.institution_id, one.region_code, one.role) for one in training.allotments
        ),
        details=replace(details_of(training), contact_id=contact_id),
    )

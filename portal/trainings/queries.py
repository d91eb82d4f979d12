"""Read trainings within an actor's reach."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.audit import queries as audit
from portal.people import queries as people
from portal.people.models import Person, Region
from portal.platform.db import Query, db
from portal.platform.paging import Page
from portal.trainings.models import (
    AgendaBreak,
    AgendaVersion,
    Course,
    Donor,
    Project,
    SessionFacilitator,
    Training,
    TrainingSession,
    Venue,
)
from portal.trainings.rules.conflicts import Whereabouts
from portal.trainings.rules.states import CANCELLED

_LARGEST_ID = 2**31 - 1  # A larger number in an address is no id, and no database takes it as one.
Record = TypeVar("Record", Course, Project, Donor, Venue)
Coded = TypeVar("Coded", Project, Donor)
_MOST_SHOWN = 500


def within_reach(query: Query, actor: Actor) -> Query:
    """Limit a query over Training to what the actor reaches; the same rule as `policy.reaches`."""
    reach = actor.reach
    match actor.role:
        case Role.ADMINISTRATOR | Role.AUDITOR:
            return query
        case Role.COORDINATOR if reach.regions is None:
            return query
        case Role.COORDINATOR:
            return query.where(Training.region_code.in_(reach.regions or frozenset()))
        case Role.DONOR:
            return query.where(Training.project_id.in_(reach.project_ids))
        case _:
            return query.where(false())


def get_training(code: str) -> Training | None:
    """Return one training by its code, with what its pages always show."""
    query = (
        select(Training)
        .options(joinedload(Training.region), joinedload(Training.venue).joinedload(Venue.region))
        .where(Training.code == code.upper())
    )
    return db.session.scalars(query).one_or_none()


def get_session(session_reference: str) -> TrainingSession | None:
    """Return one session by its reference."""
    return db.session.scalars(
        select(TrainingSession).where(TrainingSession.reference == session_reference)
    ).one_or_none()


def get_break(break_reference: str) -> AgendaBreak | None:
    """Return one break of an agenda by its reference."""
    return db.session.scalars(select(AgendaBreak).where(AgendaBreak.reference == break_reference)).one_or_none()


def load_agenda(training: Training) -> Training:
    """Return the training with its sessions, their facilitators and its breaks, in three queries."""
    query = (
        select(Training)
        .options(
            selectinload(Training.sessions)
            .selectinload(TrainingSession.facilitators)
            .joinedload(SessionFacilitator.person),
            selectinload(Training.breaks),
        )
        .where(Training.id == training.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


def list_agenda_versions(training_id: int) -> list[AgendaVersion]:
    """Return the agendas that were given to people, the latest first."""
    query = select(AgendaVersion).where(AgendaVersion.training_id == training_id)
    return list(db.session.scalars(query.order_by(AgendaVersion.number.desc())))


def find_published_agenda(training_id: int) -> AgendaVersion | None:
    """Return the agenda that people hold now: `content["days"]` are its days with their blocks, in order."""
    return next(iter(list_agenda_versions(training_id)), None)


def list_sessions_led(training: Training, where: Whereabouts) -> list[tuple[Person, TrainingSession]]:
    """Return what the facilitators of this training lead: its own sessions, and any other on the days of `where`."""
    here = (
        select(SessionFacilitator.person_id)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.training_session_id)
        .where(TrainingSession.training_id == training.id)
    )
    query = (
        select(Person, TrainingSession)
        .join(SessionFacilitator, SessionFacilitator.person_id == Person.id)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.training_session_id)
        .join(TrainingSession.training)
        .options(contains_eager(TrainingSession.training))
        .where(Person.id.in_(here), _is_of_or_on(training, where))
        .order_by(Person.sort_key, TrainingSession.starts_at, TrainingSession.id)
    )
    return [(person, session) for person, session in db.session.execute(query)]


def list_sessions_at_venue(training: Training, where: Whereabouts) -> list[TrainingSession]:
    """Return the sessions of this training, and those of any other at the venue and on the days of `where`."""
    query = (
        select(TrainingSession)
        .join(TrainingSession.training)
        .options(contains_eager(TrainingSession.training))
        .where(
            or_(Training.id == training.id, Training.venue_id == where.venue_id),
            _is_of_or_on(training, where),
        )
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    return list(db.session.scalars(query))


def list_between(actor: Actor, first: date, last: date, region: str = "") -> list[Training]:
    """Return the trainings within reach that have a day between two days, cancelled ones too, by their first day."""
    query = _shown(actor).where(Training.starts_on <= last, Training.ends_on >= first)
    if region:
        query = query.where(Training.region_code == region)
    return list(db.session.scalars(query.limit(_MOST_SHOWN)))


def list_for_feed(actor: Actor, since: date) -> list[Training]:
    """Return the trainings within reach that end on a day or later, with all that calendar entries say of them."""
    query = (
        _shown(actor)
        .options(
            joinedload(Training.course),
            *(selectinload(part) for part in (Training.sessions, Training.breaks, Training.days)),
        )
        .where(Training.ends_on >= since)
    )
    return list(db.session.scalars(query.limit(_MOST_SHOWN)))


def _shown(actor: Actor) -> Select[Training]:
    return (
        within_reach(select(Training), actor)
        .options(joinedload(Training.region), joinedload(Training.venue).joinedload(Venue.region))
        .order_by(Training.starts_on, Training.id)
    )


def get_course_by_code(code: str) -> Course | None:
    """Return one course by its code."""
    return db.session.scalars(select(Course).where(Course.code == code)).one_or_none()


def get_project_by_code(code: str) -> Project | None:
    """Return one project by its code."""
    return db.session.scalars(select(Project).where(Project.code == code)).one_or_none()


def list_courses() -> list[Course]:
    """Return the courses that are not retired, by code."""
    return list(db.session.scalars(select(Course).where(Course.retired_at.is_(None)).order_by(Course.code)))


def list_projects() -> list[Project]:
    """Return all projects by code."""
    return list(db.session.scalars(select(Project).order_by(Project.code)))


def get_course(course_id: int) -> Course | None:
    """Return one course."""
    return _get(Course, course_id)


def get_project(project_id: int) -> Project | None:
    """Return one project."""
    return _get(Project, project_id)


def get_donor(donor_id: int) -> Donor | None:
    """Return one donor."""
    return _get(Donor, donor_id)


def get_venue(venue_id: int) -> Venue | None:
    """Return one venue."""
    return _get(Venue, venue_id)


def _get(model: type[Record], id_: int) -> Record | None:
    return db.session.get(model, id_) if id_ <= _LARGEST_ID else None


def list_donors() -> list[Donor]:
    """Return all donors by code."""
    return list(db.session.scalars(select(Donor).order_by(Donor.code)))


def page_of_records(model: type[Coded], *, search: str, number: int) -> Page[Coded]:
    """Return one page of all projects or donors in which every word is found, by code."""
    return people.page_of(select(model), model, (model.code,), search=search, number=number)


def page_of_courses(*, search: str, number: int, is_retired: bool) -> Page[Course]:
    """Return one page of the courses that are in use, or of the retired ones, by code."""
    query = select(Course).where(_is_retired(Course, is_retired))
    return people.page_of(query, Course, (Course.code,), search=search, number=number)


def page_of_venues(actor: Actor, *, search: str, number: int, is_retired: bool) -> Page[Venue]:
    """Return one page of the venues in the actor's regions that are in use, or of the retired ones, by region."""
    codes = [region.code for region in list_regions(actor)]
    query = select(Venue).join(Venue.region).options(contains_eager(Venue.region)).where(Venue.region_code.in_(codes))
    query = query.where(_is_retired(Venue, is_retired))
    return people.page_of(query, Venue, (Region.order, Venue.name_ru, Venue.id), search=search, number=number)


def _is_retired(model: type[Course] | type[Venue], is_retired: bool) -> ColumnElement[bool]:
    return model.retired_at.is_not(None) if is_retired else model.retired_at.is_(None)


@dataclass(frozen=True)
class LastChange:
    """Who saved something last, and when."""

    name: str
    at: datetime


def find_last_change(subject: str, events: Collection[str]) -> LastChange | None:
    """Return who did the last of some acts on a subject, as the audit log knows it."""
    entry = audit.find_latest(subject, events)
    if entry is None:
        return None
    return LastChange(accounts.names_of([entry.actor]).get(entry.actor, entry.actor), entry.at)


def list_regions(actor: Actor) -> list[Region]:
    """Return the regions in which the actor may run trainings, in their official order."""
    reach = actor.reach.regions
    is_everywhere = actor.role in (Role.ADMINISTRATOR, Role.AUDITOR) or reach is None
    return [region for region in people.list_regions() if is_everywhere or region.code in (reach or ())]


def list_venues(region_codes: Iterable[str], *, beside: int | None = None) -> list[Venue]:
    """Return the venues of some regions that are not retired, with the region, in the order of their making.

    The one whose id is `beside` is among them in any case: a training keeps its venue.
    """
    query = select(Venue).options(joinedload(Venue.region)).where(Venue.region_code.in_(list(region_codes)))
    query = query.where(or_(Venue.retired_at.is_(None), Venue.id == beside))
    return list(db.session.scalars(query.order_by(Venue.region_code, Venue.id)))


def _is_of_or_on(training: Training, where: Whereabouts) -> ColumnElement[bool]:
    """Match the sessions of a training, and those of others that take place on the same days."""
    is_on = TrainingSession.local_date.between(where.starts_on, where.ends_on)
    is_alive = Training.state.not_in([state.value for state in CANCELLED])
    return or_(Training.id == training.id, and_(is_on, is_alive))

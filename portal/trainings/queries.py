"""Read trainings within an actor's reach."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.audit import queries as audit
from portal.catalog.models import Venue
from portal.people.models import Person
from portal.platform.db import Query, db
from portal.trainings.models import AgendaBreak, AgendaVersion, SessionFacilitator, Training, TrainingSession
from portal.trainings.rules import CANCELLED, Whereabouts

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


def get_block(session_reference: str = "", break_reference: str = "") -> TrainingSession | AgendaBreak | None:
    """Return one block of an agenda by its reference: a session, or a break."""
    if session_reference:
        return get_session(session_reference)
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


@dataclass(frozen=True)
class LastChange:
    name: str
    at: datetime


def find_last_change(subject: str, events: Collection[str]) -> LastChange | None:
    """Return who did the last of some acts on a subject, as the audit log knows it."""
    entry = audit.find_latest(subject, events)
    if entry is None:
        return None
    return LastChange(accounts.names_of([entry.actor]).get(entry.actor, entry.actor), entry.at)


def _is_of_or_on(training: Training, where: Whereabouts) -> ColumnElement[bool]:
    """Match the sessions of a training, and those of others that take place on the same days."""
    is_on = TrainingSession.local_date.between(where.starts_on, where.ends_on)
    is_alive = Training.state.not_in([state.value for state in CANCELLED])
    return or_(Training.id == training.id, and_(is_on, is_alive))

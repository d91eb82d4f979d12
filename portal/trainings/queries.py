"""Read trainings within an actor's reach."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.orm import joinedload

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.people import queries as people
from portal.people.models import Region
from portal.platform.db import db
from portal.trainings.models import Course, Project, Training, TrainingSession, Venue


def within_reach(query: Select[Any], actor: Actor) -> Select[Any]:
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


def lock_training(training_id: int) -> Training:
    """Return the training with its row locked until the end of the transaction."""
    query = select(Training).where(Training.id == training_id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def get_course_by_code(code: str) -> Course | None:
    """Return one course by its code."""
    return db.session.scalars(select(Course).where(Course.code == code)).one_or_none()


def get_project_by_code(code: str) -> Project | None:
    """Return one project by its code."""
    return db.session.scalars(select(Project).where(Project.code == code)).one_or_none()


def list_courses() -> list[Course]:
    """Return all courses by code."""
    return list(db.session.scalars(select(Course).order_by(Course.code)))


def list_projects() -> list[Project]:
    """Return all projects by code."""
    return list(db.session.scalars(select(Project).order_by(Project.code)))


def list_regions(actor: Actor) -> list[Region]:
    """Return the regions in which the actor may run trainings, in their official order."""
    reach = actor.reach.regions
    is_everywhere = actor.role in (Role.ADMINISTRATOR, Role.AUDITOR) or reach is None
    return [region for region in people.list_regions() if is_everywhere or region.code in (reach or ())]


def list_venues(region_codes: Iterable[str]) -> list[Venue]:
    """Return the venues of some regions, with the region, in the order of their making."""
    query = select(Venue).options(joinedload(Venue.region)).where(Venue.region_code.in_(list(region_codes)))
    return list(db.session.scalars(query.order_by(Venue.region_code, Venue.id)))

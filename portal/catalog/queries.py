"""Read donors, projects, courses, venues and crisis centers."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.access.policy import Actor
from portal.catalog.models import Course, Donor, Project, ReferralCenter, Venue
from portal.people import queries as people
from portal.people.models import Region
from portal.platform.db import db
from portal.platform.texts import Text, fold
from portal.records import queries as records


def get_donor(donor_id: int) -> Donor | None:
    """Return one donor."""
    return records.get(Donor, donor_id)


def list_donors() -> list[Donor]:
    """Return all donors by code."""
    return list(db.session.scalars(records.by_code(Donor)))


def get_project(project_id: int) -> Project | None:
    """Return one project."""
    return records.get(Project, project_id)


def get_project_by_code(code: str) -> Project | None:
    """Return one project by its code."""
    return db.session.scalars(select(Project).where(Project.code == code)).one_or_none()


def list_projects() -> list[Project]:
    """Return all projects by code."""
    return list(db.session.scalars(records.by_code(Project)))


def get_course(course_id: int) -> Course | None:
    """Return one course."""
    return records.get(Course, course_id)


def get_course_by_code(code: str) -> Course | None:
    """Return one course by its code."""
    return db.session.scalars(select(Course).where(Course.code == code)).one_or_none()


def list_courses() -> list[Course]:
    """Return the courses that are not retired, by code."""
    return list(db.session.scalars(records.by_code(Course).where(Course.retired_at.is_(None))))


def get_venue(venue_id: int) -> Venue | None:
    """Return one venue."""
    return records.get(Venue, venue_id)


def list_venues(region_codes: Iterable[str], *, beside: int | None = None) -> list[Venue]:
    """Return the venues of some regions that are not retired, with the region, in the order of their making.

    The one whose id is `beside` is among them in any case: a training keeps its venue.
    """
    query = select(Venue).options(joinedload(Venue.region)).where(Venue.region_code.in_(list(region_codes)))
    query = query.where(or_(Venue.retired_at.is_(None), Venue.id == beside))
    return list(db.session.scalars(query.order_by(Venue.region_code, Venue.id)))


def find_venue(names: Text, region_code: str, *, but: Venue | None = None) -> Venue | None:
    """Return the venue of a region that has one of these names, however it is spelled."""
    wanted = {fold(text) for text in names} - {""}
    for known in db.session.scalars(select(Venue).where(Venue.region_code == region_code).order_by(Venue.id)):
        if known is not but and wanted & {fold(text) for text in known.name}:
            return known
    return None


def venues_within_reach(actor: Actor) -> Select[Any]:
    """Return the question for the venues in the actor's regions, by region."""
    codes = [region.code for region in people.list_regions_of(actor)]
    query = select(Venue).join(Venue.region).options(contains_eager(Venue.region)).where(Venue.region_code.in_(codes))
    return query.order_by(Region.order, Venue.name.ru, Venue.id)


def get_center(center_id: int) -> ReferralCenter | None:
    """Return one crisis center."""
    return records.get(ReferralCenter, center_id)


def get_region_of_center(center_id: int) -> Region | None:
    """Return the region of a crisis center: whoever runs trainings there may confirm the entry."""
    center = get_center(center_id)
    return center.region if center else None


def centers(region: str) -> Select[Any]:
    """Return the question for the crisis centers of one region, or of all: the open ones first, by region."""
    query = select(ReferralCenter).join(ReferralCenter.region).options(contains_eager(ReferralCenter.region))
    if region:
        query = query.where(ReferralCenter.region_code == region)
    is_closed = ReferralCenter.closed_on.is_not(None)
    return query.order_by(is_closed, Region.order, ReferralCenter.name.ru, ReferralCenter.id)


def has_centers() -> bool:
    """Tell whether there is any crisis center."""
    return db.session.scalars(select(ReferralCenter.id).limit(1)).first() is not None


def list_open_centers(day: date, *, first: str | None) -> list[ReferralCenter]:
    """Return the crisis centers that are open on a day: those of the region `first`, then the others by region."""
    goes_on = or_(ReferralCenter.closed_on.is_(None), ReferralCenter.closed_on > day)
    query = select(ReferralCenter).join(ReferralCenter.region).options(contains_eager(ReferralCenter.region))
    order = (case((ReferralCenter.region_code == first, 0), else_=1), Region.order, ReferralCenter.name.ru)
    return list(db.session.scalars(query.where(goes_on).order_by(*order, ReferralCenter.id)))

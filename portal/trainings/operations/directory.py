"""Donors, projects, courses and venues: found under their code or name, or made.

What is made on the way to a training stands in the audit entry of that training.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people import queries as people
from portal.people.models import Region
from portal.people.rules import names, places
from portal.platform.db import db
from portal.platform.errors import DomainError
from portal.platform.wording import _l
from portal.trainings import queries
from portal.trainings.models import Course, Donor, Project, Venue
from portal.trainings.rules.plans import LANGUAGES, Titles


class UnknownDonor(DomainError):
    """Refuse a donor's code that looks like a slip for a known one."""

    message = _l("There is no donor “%(value)s”. Nearest: %(offers)s.")


class CourseWithoutTitle(DomainError):
    """Refuse a course that nobody knows yet and that has no title."""

    message = _l("There is no course “%(code)s” yet: give its title in at least one language.")


class CourseCodeTaken(DomainError):
    """Refuse a new course under the code of another one."""

    message = _l("There is a course “%(code)s” already. Choose it, or give the new one another code.")


class UnknownTimeZone(DomainError):
    """Refuse a time zone that no clock knows."""

    message = _l("“%(value)s” is no time zone. Asia/Bishkek is one.")


@dataclass(frozen=True)
class PlannedVenue:
    """A place by name; its clock."""

    names: Titles
    time_zone: str = "Asia/Bishkek"


@dataclass(frozen=True)
class PlannedCourse:
    """A course that does not exist yet."""

    code: str
    titles: Titles
    hours: int


def load_donors(*, actor: Actor, now: datetime) -> int:
    """Add the donors of the country file that are missing; return how many."""
    facts = people.get_country()["donors"]
    known = set(db.session.scalars(select(Donor.code)))
    missing = [Donor(**fact) for fact in facts if fact["code"] not in known]
    db.session.add_all(missing)
    db.session.flush()
    for donor in missing:
        audit.record("trainings.donor_added", f"donor {donor.code}", after={"code": donor.code}, actor=actor, now=now)
    return len(missing)


def take_donors(codes: Sequence[str]) -> list[Donor]:
    """Return the donors of these codes; a code that resembles no known one makes a donor of that name.

    :raises UnknownDonor: if a code is not known but resembles one.
    """
    return [_take_donor(code) for code in dict.fromkeys(codes)]


def take_project(code: str, titles: Titles, *, donors: Iterable[Donor], is_vetting_required: bool) -> Project:
    """Return the project of this code, made if it is not there; a known one stays as it is."""
    project = queries.get_project_by_code(code)
    if project is not None:
        return project
    made = Project(
        code=code, **titles.columns(), donors=list(donors), is_vetting_required=is_vetting_required, signatories=[]
    )
    return made if _is_added(made) else db.session.scalars(select(Project).where(Project.code == code)).one()


def take_course(code: str, titles: Titles, hours: int) -> Course:
    """Return the course of this code, made if it is not there; a known one stays as it is.

    :raises CourseWithoutTitle: if it is not there and has no title.
    """
    course = queries.get_course_by_code(code)
    if course is not None:
        return course
    if not titles:
        raise CourseWithoutTitle(code=code)
    made = Course(code=code, **titles.columns(), hours=hours)
    return made if _is_added(made) else db.session.scalars(select(Course).where(Course.code == code)).one()


def make_course(planned: PlannedCourse) -> Course:
    """Make a course.

    :raises CourseCodeTaken: if its code is taken, in whatever case.
    """
    taken = {code.casefold() for code in db.session.scalars(select(Course.code))}
    made = Course(code=planned.code, **planned.titles.columns(), hours=planned.hours)
    if planned.code.casefold() in taken or not _is_added(made):
        raise CourseCodeTaken(code=planned.code)
    return made


def take_venue(venue: PlannedVenue, region: Region) -> Venue:
    """Return the venue that has one of these names in this region, made if it is not there.

    :raises UnknownTimeZone: if its clock is unknown.
    """
    require_time_zone(venue.time_zone)
    wanted = {names.fold(getattr(venue.names, language)) for language in LANGUAGES} - {""}
    for known in db.session.scalars(select(Venue).where(Venue.region_code == region.code).order_by(Venue.id)):
        if wanted & {names.fold(getattr(known, f"name_{language}")) for language in LANGUAGES}:
            return known
    made = Venue(region_code=region.code, time_zone=venue.time_zone, **venue.names.columns("name"))
    db.session.add(made)
    db.session.flush()
    return made


def require_time_zone(name: str) -> None:
    """Refuse an unknown time zone.

    :raises UnknownTimeZone: if no clock knows it.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(value=name[:40]) from None


def _take_donor(code: str) -> Donor:
    donors = list(db.session.scalars(select(Donor).order_by(Donor.code)))
    choices = [places.Choice(donor.code, (donor.name_ky, donor.name_ru, donor.name_en)) for donor in donors]
    found = places.resolve(code, choices)
    if found.code is not None:
        return next(donor for donor in donors if donor.code == found.code)
    if found.offers:
        raise UnknownDonor(value=code, offers=", ".join(found.offers))
    made = Donor(code=code, name_ky=code, name_ru=code, name_en=code)
    return made if _is_added(made) else db.session.scalars(select(Donor).where(Donor.code == code)).one()


def _is_added(row: Donor | Project | Course) -> bool:
    """Add a row; tell if somebody else has added one of the same code at the same moment."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        return False
    return True

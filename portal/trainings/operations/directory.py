"""Donors, projects, courses and venues: found under their code or name, or made.

What is made on the way to a training stands in the audit entry of that training.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people import queries as people
from portal.people.models import Region
from portal.people.rules import places
from portal.platform import texts
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.platform.refusals import CodeTaken
from portal.platform.texts import Text
from portal.platform.wording import _l
from portal.records import operations as records
from portal.records import refusals
from portal.records.rules import PlanFaultCode
from portal.trainings import queries
from portal.trainings.models import Course, Donor, Project, Venue
from portal.trainings.operations import projects, retiring
from portal.trainings.rules.directory import PlannedCourse, PlannedProject, PlannedVenue


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

    :raises Refusal: if a code is not known but resembles one.
    """
    return [_take_donor(code) for code in dict.fromkeys(codes)]


def take_project(planned: PlannedProject, donors: Sequence[Donor]) -> Project:
    """Return the project of this code, made if it is not there; a known one stays as it is.

    :raises PlanRefused: if one of its texts cannot stand on a certificate.
    """
    project = queries.get_project_by_code(planned.code)
    if project is not None:
        return project
    untitled = PlanFaultCode.TITLE_MISSING  # A file may leave the title to whoever completes the project.
    refusals.require([fault for fault in projects.faults(planned) if fault.code != untitled])
    made = Project(code=planned.code, donors=[], signatories=[])
    projects.write(planned, donors, made)
    known = select(Project).where(Project.code == planned.code)
    return made if records.is_added(made) else db.session.scalars(known).one()


def take_course(code: str, titles: Text, hours: int) -> Course:
    """Return the course of this code, made if it is not there; a known one stays as it is.

    :raises Refusal: if it is not there and has no title.
    :raises Refusal: if it is retired.
    """
    course = queries.get_course_by_code(code)
    if course is not None:
        retiring.require_in_use(course)
        return course
    if not titles:
        raise Refusal(
            "course_without_title",
            _l("There is no course “%(code)s” yet: give its title in at least one language."),
            code=code,
        )
    made = Course(code=code, **titles.columns(), hours=hours)
    return made if records.is_added(made) else db.session.scalars(select(Course).where(Course.code == code)).one()


def make_course(planned: PlannedCourse) -> Course:
    """Make a course on the way to its first training.

    :raises Refusal: if its code is taken, in whatever case.
    :raises Refusal: if it is that of a retired course.
    """
    made = Course(code=planned.code, **planned.titles.columns(), hours=planned.hours)
    try:
        records.add(made)
    except CodeTaken as refusal:
        known = queries.get_course_by_code(planned.code)
        if known is not None:
            retiring.require_in_use(known)
        raise Refusal(
            "course_code_taken",
            _l("There is a course “%(code)s” already. Choose it, or give the new one another code."),
            code=planned.code,
        ) from refusal
    return made


def take_venue(venue: PlannedVenue, region: Region) -> Venue:
    """Return the venue that has one of these names in this region, made if it is not there.

    :raises Refusal: if its clock is unknown.
    :raises Refusal: if it is retired.
    """
    require_time_zone(venue.time_zone)
    known = find_venue(venue.names, region.code)
    if known is not None:
        retiring.require_in_use(known)
        return known
    made = Venue(region_code=region.code, time_zone=venue.time_zone, **venue.names.columns("name"))
    db.session.add(made)
    db.session.flush()
    return made


def find_venue(titles: Text, region_code: str, *, but: Venue | None = None) -> Venue | None:
    """Return the venue of a region that has one of these names, however it is spelled."""
    wanted = {texts.fold(text) for text in titles.columns().values()} - {""}
    for known in db.session.scalars(select(Venue).where(Venue.region_code == region_code).order_by(Venue.id)):
        if known is not but and wanted & {texts.fold(text) for text in Text.of(known, "name").columns().values()}:
            return known
    return None


def require_time_zone(name: str) -> None:
    """Refuse an unknown time zone.

    :raises Refusal: if no clock knows it.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(
            "unknown_time_zone", _l("“%(value)s” is no time zone. Asia/Bishkek is one."), value=name[:40]
        ) from None


def _take_donor(code: str) -> Donor:
    donors = list(db.session.scalars(select(Donor).order_by(Donor.code)))
    choices = [places.Choice(donor.code, (donor.name_ky, donor.name_ru, donor.name_en)) for donor in donors]
    found = places.resolve(code, choices)
    if found.code is not None:
        return next(donor for donor in donors if donor.code == found.code)
    if found.offers:
        raise Refusal(
            "unknown_donor",
            _l("There is no donor “%(value)s”. Nearest: %(offers)s."),
            value=code,
            offers=", ".join(found.offers),
        )
    made = Donor(code=code, name_ky=code, name_ru=code, name_en=code)
    return made if records.is_added(made) else db.session.scalars(select(Donor).where(Donor.code == code)).one()

"""Find donors, projects, courses and venues for a training, or create them; confirm that an entry is still right.

What is made on the way to a training stands in the audit entry of that training.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from portal.access import policy
from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.catalog import queries
from portal.catalog.kinds import PROJECTS, ensure_time_zone
from portal.catalog.models import Course, Donor, Project, ReferralCenter, Venue
from portal.catalog.rules import NewCourse, NewVenue
from portal.people import queries as people
from portal.people import rules as people_rules
from portal.people.models import Region
from portal.platform.db import db, lock
from portal.platform.errors import CodeTaken, Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.texts import Text
from portal.records import operations as records
from portal.records.fields import Values
from portal.records.refusals import PlanRefused
from portal.records.rules import RecordFaultCode


class CenterChanged(Conflict):
    message = _l("The entry was changed meanwhile. Look at it again, then say whether it is right.")


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


def take_project(values: Values) -> Project:
    """Return the project of this code, made if it is not there; a known one stays as it is.

    :raises PlanRefused: if one of its texts cannot stand on a certificate.
    """
    project = queries.get_project_by_code(values["code"])
    if project is not None:
        return project
    given = PROJECTS.given(values)
    # A file may leave the title to whoever completes the project.
    found = [fault for fault in PROJECTS.faults(given) if fault.code != RecordFaultCode.TITLE_MISSING]
    if found:
        raise PlanRefused(found)
    made = Project()
    PROJECTS.write(made, given)
    known = select(Project).where(Project.code == values["code"])
    return made if records.is_added(made) else db.session.scalars(known).one()


def take_course(code: str, titles: Text, hours: int) -> Course:
    """Return the course of this code, made if it is not there; a known one stays as it is.

    :raises Refusal: if it is not there and has no title; if it is retired.
    """
    course = queries.get_course_by_code(code)
    if course is not None:
        ensure_in_use(course)
        return course
    if not titles:
        message = _l("There is no course “%(code)s” yet: give its title in at least one language.")
        raise Refusal("course_without_title", message, code=code)
    made = Course(code=code, title=titles, hours=hours)
    return made if records.is_added(made) else db.session.scalars(select(Course).where(Course.code == code)).one()


def make_course(new: NewCourse) -> Course:
    """Make a course on the way to its first training.

    :raises Refusal: if its code is taken, in whatever case; if it is that of a retired course.
    """
    made = Course(code=new.code, title=new.titles, hours=new.hours)
    try:
        records.ensure_own_code(Course, new.code)
        if not records.is_added(made):
            raise CodeTaken(code=new.code)
    except CodeTaken as refusal:
        known = queries.get_course_by_code(new.code)
        if known is not None:
            ensure_in_use(known)
        message = _l("There is a course “%(code)s” already. Choose it, or give the new one another code.")
        raise Refusal("course_code_taken", message, code=new.code) from refusal
    return made


def take_venue(new: NewVenue, region: Region) -> Venue:
    """Return the venue that has one of these names in this region, made if it is not there.

    :raises Refusal: if its clock is unknown; if it is retired.
    """
    ensure_time_zone(new.time_zone)
    known = queries.find_venue(new.names, region.code)
    if known is not None:
        ensure_in_use(known)
        return known
    made = Venue(region_code=region.code, time_zone=new.time_zone, name=new.names)
    db.session.add(made)
    db.session.flush()
    return made


def ensure_in_use(record: Course | Venue) -> None:
    """Raise a Refusal if a course or venue is retired."""
    if record.retired_at is not None:
        name = record.code if isinstance(record, Course) else record.name.passage("ru").text
        message = _l("“%(name)s” is retired. Choose another one, or let it be restored first.")
        raise Refusal("retired", message, name=name)


def confirm_center(center: ReferralCenter, *, version: int, today: date, actor: Actor, now: datetime) -> None:
    """Say that the entry of a crisis center is right today.

    :raises Refusal: if the actor does not run trainings in its region.
    :raises CenterChanged: if it was changed since it was shown.
    """
    if not policy.reaches(actor, center.region.scope):
        raise Refusal("center_elsewhere", _l("The centre is in another region."))
    center = lock(ReferralCenter, center.id, version=version, stale=CenterChanged)
    before = {"checked_on": str(center.checked_on) if center.checked_on else None}
    center.checked_on, center.checked_by = today, actor.label
    db.session.flush()
    after, subject = {"checked_on": str(today)}, records.subject_of(center)
    audit.record("people.center_checked", subject, before=before, after=after, actor=actor, now=now)


def _take_donor(code: str) -> Donor:
    donors = queries.list_donors()
    choices = [people_rules.Choice(donor.code, tuple(donor.name)) for donor in donors]
    found = people_rules.resolve(code, choices)
    if found.code is not None:
        return next(donor for donor in donors if donor.code == found.code)
    if found.offers:
        message = _l("There is no donor “%(value)s”. Nearest: %(offers)s.")
        raise Refusal("unknown_donor", message, value=code, offers=", ".join(found.offers))
    made = Donor(code=code, name_ky=code, name_ru=code, name_en=code)
    return made if records.is_added(made) else db.session.scalars(select(Donor).where(Donor.code == code)).one()

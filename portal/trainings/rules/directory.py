"""What a donor, project, course or venue is to be, and everything that stands against it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from portal.platform.texts import Text
from portal.records.contacts import phone_of
from portal.records.rules import (
    MAX_NAME,
    MAX_TITLE,
    PlanFault,
    PlanFaultCode,
    RecordFaultCode,
    code_faults,
    line_faults,
    long_faults,
    name_faults,
    text_faults,
)
from portal.trainings.rules.plans import MAX_HOURS, MAX_VENUE

MAX_LINES = 500
MAX_ADDRESS = 300
MAX_SIGNATORY = 120
MAX_CONTACT = 200
MOST_SIGNATORIES = 3
MOST_IN_A_HALL = 100_000
_SERIES = re.compile(r"[A-Z][A-Z0-9]{0,9}")


@dataclass(frozen=True)
class PlannedDonor:
    """Who pays."""

    code: str
    names: Text


@dataclass(frozen=True)
class PlannedSignatory:
    """Who signs certificates: the name as printed, and the post in three languages."""

    name: str
    posts: Text


@dataclass(frozen=True)
class PlannedProject:
    """A funding line with everything that its certificates print."""

    code: str
    titles: Text
    certificate_series: str = "C"
    is_vetting_required: bool = False
    organizers: Text = Text()
    acknowledgement: Text = Text()
    signatories: tuple[PlannedSignatory, ...] = ()


@dataclass(frozen=True)
class PlannedCourse:
    """The design of trainings: what it is called, how long it takes, what it is for."""

    code: str
    titles: Text
    hours: int
    objectives: Text = Text()


@dataclass(frozen=True)
class PlannedVenue:
    """A place by name, its clock, and how to find and reach it."""

    names: Text
    time_zone: str = "Asia/Bishkek"
    addresses: Text = Text()
    hall_capacity: int | None = None
    contact: str = ""
    contact_phone: str = ""


def donor_faults(donor: PlannedDonor) -> list[PlanFault]:
    """Return everything that stands against a donor."""
    return [*code_faults(donor.code), *name_faults(donor.names)]


def course_faults(course: PlannedCourse) -> list[PlanFault]:
    """Return everything that stands against a course."""
    found = [*code_faults(course.code), *_title_faults(course.titles)]
    if not 1 <= course.hours <= MAX_HOURS:
        found.append(PlanFault(PlanFaultCode.HOURS_IMPLAUSIBLE, "hours", args={"most": MAX_HOURS}))
    for column, text in course.objectives.columns("objectives").items():
        found += long_faults(text, column)
    return found


def venue_faults(venue: PlannedVenue) -> list[PlanFault]:
    """Return everything that stands against a venue."""
    found = [
        *name_faults(venue.names, limit=MAX_VENUE),
        *text_faults(venue.addresses, "address", limit=MAX_ADDRESS),
        *line_faults(venue.contact, "contact", MAX_CONTACT),
    ]
    if venue.hall_capacity is not None and not 1 <= venue.hall_capacity <= MOST_IN_A_HALL:
        args = {"most": MOST_IN_A_HALL}
        found.append(PlanFault(PlanFaultCode.HALL_IMPLAUSIBLE, "hall_capacity", args=args))
    if venue.contact_phone and not phone_of(venue.contact_phone):
        found.append(PlanFault(RecordFaultCode.PHONE_UNREADABLE, "contact_phone"))
    return found


def project_faults(project: PlannedProject) -> list[PlanFault]:
    """Return everything that stands against a project, but for what does not fit its certificate."""
    found = [*code_faults(project.code), *_title_faults(project.titles)]
    if not _SERIES.fullmatch(project.certificate_series):
        found.append(PlanFault(PlanFaultCode.SERIES_UNFIT, "certificate_series"))
    found += text_faults(project.organizers, "organizers", limit=MAX_LINES)
    found += text_faults(project.acknowledgement, "acknowledgement", limit=MAX_LINES)
    for place, signatory in enumerate(project.signatories):
        found += line_faults(signatory.name, "name", MAX_SIGNATORY, place)
        found += text_faults(signatory.posts, "post", place, limit=MAX_NAME)
        if not signatory.posts:
            found.append(PlanFault(PlanFaultCode.POST_MISSING, "post_ru", place))
    return found


def _title_faults(titles: Text) -> Iterator[PlanFault]:
    if not titles:
        yield PlanFault(PlanFaultCode.TITLE_MISSING, "title_ru")
    yield from text_faults(titles, "title", limit=MAX_TITLE)

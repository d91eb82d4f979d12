"""Finalized trainings with people who completed them, and releases."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal.catalog.models import Project
from portal.platform.db import db
from portal.registration.models import Registration
from portal.reports import operations as report_operations
from portal.reports import publishing
from portal.reports.models import Release
from portal.reports.rules import Seat, Seen, TrainingFacts
from portal.trainings.models import Training
from tests.factories.base import NOW
from tests.factories.papers import make_attendance
from tests.factories.people import get_institution, make_person
from tests.factories.registrations import make_registration
from tests.factories.trainings import get_project, make_training


def make_finalized(groups: str = "20 M KG-GO MOI, 15 F KG-O GPO", **values: Any) -> Training:
    """Make a finalized training of one session; `groups` says how many of which sex, region and institution."""
    training = make_training(**{"sessions": 1, "days": 1, "state": "finalized", **values})
    for group in groups.split(","):
        number, sex, region, institution = group.split()
        complete(training, int(number), sex=sex, region_code=region, institution=get_institution(institution))
    return training


def complete(training: Training, number: int, **person: Any) -> list[Registration]:
    """Let so many new people of one kind complete a training."""
    made = [
        make_registration(training=training, person=make_person(**person), state="confirmed") for _ in range(number)
    ]
    for registration in made:
        make_attendance(registration)
    return made


def make_release(
    project: Project | None = None, *, women: int = 12, men: int = 30, rated: int = 0, favorable: int = 0
) -> Release:
    """Make the next release, of one project that has one invented training, which so many rated, so many well."""
    project = project or get_project()
    seats = [
        Seat(number, "F" if number < women else "M", "KG-GO" if number % 2 else "KG-J", "MOI", "MOI-IS")
        for number in range(women + men)
    ]
    day = date(2026, 9, 2)
    titles = {"ky": "Тергөө", "ru": "Расследование", "en": "Investigation"}
    facts = TrainingFacts(
        id=1,
        code="OSH-2026-90",
        project=project.code,
        titles=titles,
        region="KG-GO",
        starts_on=day,
        ends_on=day,
        seats=seats,
        attended=len(seats),
        minutes=60,
        forms=rated,
        rated=rated,
        favorable=favorable,
    )
    number = (db.session.scalar(select(func.max(Release.number))) or 0) + 1
    issue = report_operations.make_issue(number, day, 5, [])
    parts = publishing.parts([facts], issue, {})
    draft = report_operations.Draft(Seen(number, day, 5, {}), parts, report_operations.written(parts))
    return report_operations.freeze(draft, "operator", NOW)

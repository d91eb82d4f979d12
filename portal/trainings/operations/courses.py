"""Make and change courses; trainings that were planned before keep the titles and hours that they have."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.texts import Text
from portal.records import operations as records
from portal.records import refusals
from portal.records.operations import Change
from portal.trainings.models import Course
from portal.trainings.operations import printed
from portal.trainings.rules.directory import PlannedCourse, course_faults


def create(planned: PlannedCourse, *, actor: Actor, now: datetime) -> Course:
    """Make a course.

    :raises PlanRefused: if something stands against it.
    :raises CodeTaken: if its code is taken.
    """
    _require(planned)
    course = Course(code=planned.code, hours=planned.hours)
    _write(planned, course)
    records.add(course)
    audit.record("trainings.course_added", subject(course), after=recorded(course), actor=actor, now=now)
    return course


def change(course: Course, planned: PlannedCourse, *, version: int, actor: Actor, now: datetime) -> None:
    """Change a course; its code stays.

    :raises PlanRefused: if something stands against it.
    :raises RecordChanged: if another version than `version` stands.
    """
    course = records.lock(course, version)
    _require(planned)
    before = recorded(course)
    _write(planned, course)
    change = Change("trainings.course_changed", subject(course), before, recorded(course))
    records.finish(course, change, actor=actor, now=now)


def subject(course: Course) -> str:
    """Return how the audit log names a course."""
    return f"course {course.code}"


def recorded(course: Course) -> dict[str, Any]:
    """Return what the audit log keeps of a course."""
    texts = Text.of(course).columns() | Text.of(course, "objectives").columns("objectives")
    return {"code": course.code, "hours": course.hours, **texts}


def _require(planned: PlannedCourse) -> None:
    found = course_faults(planned)
    refusals.require(printed.with_faults(found, printed.faults(planned.titles, "title", printed.TITLE)))


def _write(planned: PlannedCourse, course: Course) -> None:
    course.hours = planned.hours
    for column, text in (planned.titles.columns() | planned.objectives.columns("objectives")).items():
        setattr(course, column, text)

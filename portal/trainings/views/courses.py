"""The pages of courses."""

from flask import Blueprint, Response
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.platform import clock
from portal.platform.languages import text_of
from portal.platform.texts import Text
from portal.records import pages as records
from portal.records.pages import Kind, Line, Saving
from portal.trainings import queries
from portal.trainings.forms.directory import CourseForm
from portal.trainings.models import Course
from portal.trainings.operations import courses, printed, retiring

bp = Blueprint("courses", __name__, url_prefix="/courses")
KIND = Kind(
    "courses",
    "course_id",
    Permission.EDIT_DIRECTORY,
    fields="trainings/fields/courses.html",
    events=("trainings.course_added", "trainings.course_changed"),
    letters=printed.LETTERS,
)


@bp.get("")
@requires(Permission.VIEW_DIRECTORY)
def index() -> Response:
    """List the courses."""
    page = queries.page_of_courses(**records.asked(), is_retired=records.is_retired_asked())
    lines = [Line(KIND.url("show", one), text_of(one, "title"), one.code, [one.hours]) for one in page.items]
    return records.index(KIND, page, lines, [_("Hours")], can_retire=True)


@bp.get("/new")
@requires(Permission.EDIT_DIRECTORY)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, CourseForm(formdata=None))


@bp.post("")
@requires(Permission.EDIT_DIRECTORY)
def create() -> Response:
    """Make a course."""
    form = CourseForm()

    def act() -> Course:
        return courses.create(form.planned(form.code.data or ""), actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:course_id>")
@requires(Permission.VIEW_DIRECTORY, course=queries.get_course)
def show(course: Course) -> str:
    """Show a course."""
    facts = [
        (_("Code"), course.code),
        (_("Title"), Text.of(course)),
        (_("Hours on the certificate"), course.hours),
        (_("Objectives"), Text.of(course, "objectives")),
    ]
    return records.show(KIND, course, text_of(course, "title"), facts, can_retire=True)


@bp.get("/<int:course_id>/edit")
@requires(Permission.EDIT_DIRECTORY, course=queries.get_course)
def edit(course: Course) -> Response:
    """Show the course in the form."""
    return records.form_page(KIND, _form_of(course), course)


@bp.post("/<int:course_id>/edit")
@requires(Permission.EDIT_DIRECTORY, course=queries.get_course)
def update(course: Course) -> Response:
    """Save the changed course."""
    form = CourseForm()
    del form.code

    def act() -> Course:
        version = form.version.data or 0
        courses.change(course, form.planned(course.code), version=version, actor=actor(), now=clock.now())
        return course

    return records.save(Saving(KIND, form, act, course, lambda: _form_of(course)))


@bp.post("/<int:course_id>/retire")
@requires(Permission.EDIT_DIRECTORY, course=queries.get_course)
def retire(course: Course) -> Response:
    """Offer the course nowhere new."""
    retiring.retire(course, actor=actor(), now=clock.now())
    return records.to_record(KIND, course)


@bp.post("/<int:course_id>/restore")
@requires(Permission.EDIT_DIRECTORY, course=queries.get_course)
def restore(course: Course) -> Response:
    """Offer the course again."""
    retiring.restore(course, actor=actor(), now=clock.now())
    return records.to_record(KIND, course)


def _form_of(course: Course) -> CourseForm:
    form = CourseForm(formdata=None, **records.values_of(course, ["title_", "hours", "objectives_"]))
    del form.code
    return form

"""The pages of projects, with what their certificates print."""

from typing import Any

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.platform import clock
from portal.platform.forms import options
from portal.platform.languages import text_of
from portal.platform.texts import Text
from portal.records import pages as records
from portal.records.pages import Kind, Line, Saving
from portal.trainings import queries
from portal.trainings.forms.directory import ProjectForm
from portal.trainings.models import Donor, Project
from portal.trainings.operations import printed, projects

bp = Blueprint("projects", __name__, url_prefix="/projects")
KIND = Kind(
    "projects",
    "project_id",
    Permission.EDIT_DIRECTORY,
    fields="trainings/fields/projects.html",
    events=("trainings.project_added", "trainings.project_changed"),
    letters=printed.LETTERS,
)
_SHOWN = ["title_", "certificate_series", "is_vetting_required", "organizers_", "acknowledgement_"]


@bp.get("")
@requires(Permission.VIEW_DIRECTORY)
def index() -> Response:
    """List the projects."""
    page = queries.page_of_records(Project, **records.asked())
    lines = [
        Line(KIND.url("show", one), text_of(one, "title") or one.code, one.code, [one.certificate_series])
        for one in page.items
    ]
    return records.index(KIND, page, lines, [_("Series")])


@bp.get("/new")
@requires(Permission.EDIT_DIRECTORY)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, _offered(ProjectForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_DIRECTORY)
def create() -> Response:
    """Make a project."""
    form = _offered(ProjectForm())

    def act() -> Project:
        return projects.create(form.planned(form.code.data or ""), _donors(form), actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:project_id>")
@requires(Permission.VIEW_DIRECTORY, project=queries.get_project)
def show(project: Project) -> str:
    """Show a project."""
    signatories = [
        (_("Signatory %(number)s", number=one.order), Text.of(one, "post"), one.name_ru or one.name_ky or one.name_en)
        for one in project.signatories
    ]
    facts: list[tuple[str, *tuple[Any, ...]]] = [
        (_("Code"), project.code),
        (_("Title"), Text.of(project)),
        (_("Donors"), ", ".join(text_of(donor, "name") for donor in project.donors)),
        (_("Series of the certificates' numbers"), project.certificate_series),
        (_("Participants need vetting"), _("yes") if project.is_vetting_required else _("no")),
        (_("Organizers"), Text.of(project, "organizers")),
        (_("Acknowledgement"), Text.of(project, "acknowledgement")),
        *signatories,
    ]
    # The pages that print it belong to certificates, a floor above.
    specimen_url = url_for("specimens.download", project_id=project.id)
    logos_url = url_for("logos.index", project_id=project.id)
    name, page = text_of(project, "title") or project.code, "trainings/project.html"
    return records.show(KIND, project, name, facts, page=page, specimen_url=specimen_url, logos_url=logos_url)


@bp.get("/<int:project_id>/edit")
@requires(Permission.EDIT_DIRECTORY, project=queries.get_project)
def edit(project: Project) -> Response:
    """Show the project in the form."""
    return records.form_page(KIND, _form_of(project), project)


@bp.post("/<int:project_id>/edit")
@requires(Permission.EDIT_DIRECTORY, project=queries.get_project)
def update(project: Project) -> Response:
    """Save the changed project."""
    form = _offered(ProjectForm())
    del form.code

    def act() -> Project:
        version, planned = form.version.data or 0, form.planned(project.code)
        projects.change(project, planned, _donors(form), version=version, actor=actor(), now=clock.now())
        return project

    return records.save(Saving(KIND, form, act, project, lambda: _form_of(project)))


def _form_of(project: Project) -> ProjectForm:
    planned = projects.planned_of(project)
    form = ProjectForm(
        formdata=None,
        **records.values_of(project, _SHOWN),
        donors=[str(donor.id) for donor in project.donors],
        signatories=[{"name": one.name, **one.posts.columns("post")} for one in planned.signatories],
    )
    del form.code
    return _offered(form)


def _offered(form: ProjectForm) -> ProjectForm:
    form.donors.choices = options([(str(donor.id), text_of(donor, "name")) for donor in queries.list_donors()])
    return form


def _donors(form: ProjectForm) -> list[Donor]:
    return [donor for donor in queries.list_donors() if str(donor.id) in (form.donors.data or ())]

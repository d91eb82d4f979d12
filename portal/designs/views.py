"""Certificate templates with a preview, and specimens."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.catalog import queries as catalog
from portal.catalog.models import Course, Project
from portal.certificates import documents, facts
from portal.certificates import queries as certificate_queries
from portal.certificates import wording as certificate_wording
from portal.certificates.models import CertificateTemplate
from portal.certificates.rules import TEMPLATE_TEXTS
from portal.completion.rules import CertificateKind
from portal.designs import operations, queries, specimens
from portal.designs.forms import TemplateForm
from portal.designs.queries import get_template
from portal.designs.specimens import Sample
from portal.platform import clock, downloads, htmx
from portal.platform.answers import see_other
from portal.platform.db import reads_first
from portal.platform.forms import PortalForm
from portal.platform.i18n import text_of
from portal.platform.limits import Limit, client_address, limited
from portal.platform.submissions import repeatable
from portal.platform.texts import Text
from portal.platform.turns import Busy
from portal.printing import batch, client, fonts, orders
from portal.records import pages as records
from portal.records.pages import Line, Pages

samples = Blueprint("specimens", __name__)


@samples.get("/projects/<int:project_id>/specimen.pdf")
@requires(Permission.VIEW_DIRECTORY, project=catalog.get_project)
def download(project: Project) -> Response:
    """Print the project's texts as they are saved; nothing is kept."""
    page = url_for("projects.show", project_id=project.id)
    return _file(Sample(project=project), f"{project.code}-specimen.pdf", page)


@samples.get("/certificate-templates/<int:template_id>/specimen.pdf")
@requires(Permission.VIEW_DIRECTORY, template=get_template)
def of_template(template: CertificateTemplate) -> Response:
    """Print a template as it is saved, for the kind that is asked for; nothing is kept."""
    page = url_for("certificate_templates.show", template_id=template.id)
    kind = _kind(request.args.get("kind"))
    sample = Sample(project=template.project, course=template.course, kind=kind)
    codes = "-".join(one.code for one in (template.project, template.course) if one)
    return _file(sample, f"{codes}-specimen-{kind.value}.pdf", page)


def _kind(asked: str | None) -> CertificateKind:
    return next((one for one in CertificateKind if one == asked), CertificateKind.COMPLETION)


def _file(sample: Sample, filename: str, page: str) -> Response:
    shown = specimens.specimen(sample, today=clock.today())
    try:
        content = batch.render_one(
            orders.Order(
                specimens.TEMPLATE,
                shown,
                title=filename.removesuffix(".pdf"),
                lang="ky",
                created_at=clock.now(),
                pictures=facts.pictures_of(shown),
            )
        )
    except fonts.TextRefused as refusal:
        return see_other(page, _("The page cannot be set: %(reason)s", reason=refusal), "error")
    except client.NOT_MADE as failure:
        return see_other(page, _("This machine cannot make PDF files. %(reason)s", reason=failure), "error")
    return downloads.send_bytes(content, filename=filename)


bp = Blueprint("certificate_templates", __name__, url_prefix="/certificate-templates")
PAGES = Pages(
    endpoint="certificate_templates",
    id_name="template_id",
    edit=Permission.EDIT_DIRECTORY,
    fields="certificates/fields/templates.html",
    events=("certificates.template_added", "certificates.template_changed"),
    letters=operations.LETTERS,
)


@bp.get("")
@requires(Permission.VIEW_DIRECTORY)
def index() -> Response:
    """List the templates."""
    page = queries.page_of_templates(**records.asked())
    lines = [
        Line(PAGES.url("show", one), name_of(one), "", [_project(one.project), _course(one.course)])
        for one in page.items
    ]
    return records.list_page(PAGES, page, lines, [_("Project"), _("Course")])


@bp.get("/new")
@requires(Permission.EDIT_DIRECTORY)
def new() -> Response:
    """Show the empty form, for the project that the address names."""
    chosen = {name: request.args.get(name, "")[:10] for name in ("project_id", "course_id")}
    return _form_page(_offered(TemplateForm(formdata=None, **chosen)))


@bp.post("")
@requires(Permission.EDIT_DIRECTORY)
def create() -> Response:
    """Make a template."""
    form = _offered(TemplateForm())

    def act() -> CertificateTemplate:
        return operations.create(form.planned(), *_chosen(form), actor=actor(), now=clock.now())

    return records.save(PAGES, form, act, builtin=documents.WORDINGS)


@bp.get("/<int:template_id>")
@requires(Permission.VIEW_DIRECTORY, template=queries.get_template)
def show(template: CertificateTemplate) -> str:
    """Show a template."""
    form = _form_of(template)
    facts_shown = [
        (_("Project"), _project(template.project)),
        (_("Course"), _course(template.course)),
        *((form[name].label.text, _choice(form[name])) for name in ("signatories", "logos_at")),
        *((label, texts) for name, label in text_labels().items() if (texts := _printed(template, name))),
    ]
    page = "certificates/template.html"
    return records.show_page(PAGES, template, name_of(template), facts_shown, page=page, act=PortalForm())


@bp.get("/<int:template_id>/edit")
@requires(Permission.EDIT_DIRECTORY, template=queries.get_template)
def edit(template: CertificateTemplate) -> Response:
    """Show the template in the form."""
    return _form_page(_form_of(template), template)


@bp.post("/<int:template_id>/edit")
@requires(Permission.EDIT_DIRECTORY, template=queries.get_template)
def update(template: CertificateTemplate) -> Response:
    """Save the changed template."""
    form = _fixed(TemplateForm())

    def act() -> CertificateTemplate:
        version = form.version.data or 0
        operations.change(template, form.planned(), version=version, actor=actor(), now=clock.now())
        return template

    saved = partial(_form_of, template)
    return records.save(PAGES, form, act, template, saved, builtin=documents.WORDINGS)


@bp.post("/<int:template_id>/remove")
@requires(Permission.EDIT_DIRECTORY, template=queries.get_template)
def remove(template: CertificateTemplate) -> Response:
    """Remove a template; what was issued keeps its own copy."""
    operations.remove(template, actor=actor(), now=clock.now())
    return see_other(PAGES.url("index"), _("The template is removed. Certificates that were issued stay as they are."))


@bp.post("/preview")
@repeatable
@reads_first
@requires(Permission.EDIT_DIRECTORY)
@limited(Limit("certificate_preview", 60, timedelta(minutes=1), client_address))
def preview_new() -> Response:
    """Draw the page that the typed texts make; nothing is saved."""
    form = _offered(TemplateForm())
    return _preview(form, None, *_chosen(form))


@bp.post("/<int:template_id>/preview")
@repeatable
@reads_first
@requires(Permission.EDIT_DIRECTORY, template=queries.get_template)
@limited(Limit("certificate_preview", 60, timedelta(minutes=1), client_address))
def preview(template: CertificateTemplate) -> Response:
    """Draw the page that the typed texts make; nothing is saved."""
    return _preview(_fixed(TemplateForm()), template, template.course, template.project)


def name_of(template: CertificateTemplate) -> str:
    """Return what a template is called: after what it holds for."""
    return " · ".join(one.code for one in (template.project, template.course) if one)


def text_labels() -> dict[str, str]:
    """Return what the texts of a template are called."""
    return {
        "completion": _("Words of completion"),
        "attendance": _("Words of attendance"),
        "facilitator": _("Words for facilitators"),
        "line": _("Line under the title"),
        "acknowledgement": _("Acknowledgement"),
        "disclaimer": _("Disclaimer"),
    }


def _preview(
    form: TemplateForm, template: CertificateTemplate | None, course: Course | None, project: Project | None
) -> Response:
    """Answer with the picture alone, or with the whole form where no script asks."""
    form.validate()
    found = operations.faults(form.planned()) if not form.errors else []
    sample = Sample(
        project,
        course,
        form.planned() if not form.errors else None,
        _kind(request.form.get("sample_kind")),
        has_long_name=bool(request.form.get("sample_name")),
    )
    drawn, fault = (None, "") if form.errors or found else _sketch(sample)
    if found:
        form.show(found)
    shown: dict[str, Any] = {
        "sketch": drawn,
        "fault": fault,
        "logos": {one.document.sha256: one for one in certificate_queries.list_logos(project)},
    }
    if htmx.is_partial():
        return htmx.respond(
            page="records/edit.html", fragment="certificates/_preview.html", form=form, record=template, **shown
        )
    return _form_page(form, template, **shown)


def _sketch(sample: Sample) -> tuple[dict[str, Any] | None, str]:
    shown = specimens.specimen(sample, today=clock.today())
    order = orders.Order(
        documents.TEMPLATE,
        shown,
        title="preview",
        lang="ky",
        created_at=clock.now(),
        variant=orders.Variant.SKETCH,
        pictures=facts.pictures_of(shown),
    )
    try:
        return json.loads(batch.render_one(order)), ""
    except fonts.TextRefused as refusal:
        return None, certificate_wording.void_reason(certificate_wording.pack_refusal(refusal))
    except (*client.NOT_MADE, Busy):
        return None, _(
            "The preview cannot be drawn on this machine just now. What you typed can be saved all the same."
        )


def _form_page(form: TemplateForm, template: CertificateTemplate | None = None, **context: Any) -> Response:
    return records.form_page(PAGES, form, template, builtin=documents.WORDINGS, **context)


def _form_of(template: CertificateTemplate) -> TemplateForm:
    shown = {column: text for name in TEMPLATE_TEXTS for column, text in getattr(template, name).columns(name).items()}
    shown |= {"signatories": str(template.signatories), "logos_at": template.logos_at}
    return _fixed(TemplateForm(formdata=None, version=template.version, **shown))


def _fixed(form: TemplateForm) -> TemplateForm:
    """Leave out what is chosen once."""
    del form.project_id, form.course_id
    return form


def _offered(form: TemplateForm) -> TemplateForm:
    projects = [(str(one.id), _project(one)) for one in catalog.list_projects()]
    form.offer(projects, [(str(one.id), _course(one)) for one in catalog.list_courses()])
    return form


def _chosen(form: TemplateForm) -> tuple[Course | None, Project | None]:
    course, project = form.course_id.data or "", form.project_id.data or ""
    return (
        catalog.get_course(int(course)) if course.isdecimal() else None,
        catalog.get_project(int(project)) if project.isdecimal() else None,
    )


def _project(project: Project | None) -> str:
    return f"{project.code}. {text_of(project, 'title')}" if project else _("any project")


def _course(course: Course | None) -> str:
    return f"{course.code}. {text_of(course, 'title')}" if course else _("any course")


def _printed(template: CertificateTemplate, name: str) -> Text:
    """Return what a template prints in a place: of the words for a kind, the built-in ones where it has none."""
    own: Text = getattr(template, name)
    return documents.worded(name, own) if name in documents.WORDINGS else own


def _choice(field: Any) -> str:
    return next(str(choice.label) for choice in field.choices if choice.value == field.data)

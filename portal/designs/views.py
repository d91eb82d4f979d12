"""Certificate templates with a preview, and specimens."""

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.catalog import queries as catalog
from portal.catalog.models import Project
from portal.certificates import documents, facts
from portal.certificates import queries as certificate_queries
from portal.certificates import wording as certificate_wording
from portal.certificates.models import CertificateTemplate
from portal.certificates.rules import DesignFault
from portal.completion.rules import CertificateKind
from portal.designs import operations, queries, specimens
from portal.designs.kinds import LETTERS, TEMPLATES
from portal.designs.queries import get_template
from portal.designs.specimens import Sample
from portal.platform import clock, downloads, htmx
from portal.platform.answers import see_other
from portal.platform.db import reads_first
from portal.platform.forms import PortalForm
from portal.platform.limits import Limit, client_address, limited
from portal.platform.submissions import repeatable
from portal.platform.turns import Busy
from portal.printing import batch, client, fonts, orders
from portal.records import forms
from portal.records import pages as records
from portal.records.pages import KindPages, Line

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


class TemplatePages(KindPages):
    builtin = documents.WORDINGS  # The words of each kind that stand where a template has none.

    def name(self, record: CertificateTemplate) -> str:
        return " · ".join(one.code for one in (record.project, record.course) if one)


PAGES = TemplatePages(
    kind=TEMPLATES,
    endpoint="certificate_templates",
    id_name="template_id",
    load=get_template,
    view=Permission.VIEW_DIRECTORY,
    edit=Permission.EDIT_DIRECTORY,
    fields="certificates/fields/templates.html",
    letters=LETTERS,
    page="certificates/template.html",
    more=lambda _template: {"act": PortalForm()},
)


@bp.get("")
@requires(Permission.VIEW_DIRECTORY)
def index() -> Response:
    page = queries.page_of_templates(**records.asked())
    scope = TEMPLATES.fields[:2]
    lines = [Line(PAGES.url("show", one), PAGES.name(one), "", [it.shown(one) for it in scope]) for one in page.items]
    return records.list_page(PAGES, page, lines, [_("Project"), _("Course")])


@bp.get("/new")
@requires(Permission.EDIT_DIRECTORY)
def new() -> Response:
    """Show the empty form, for the project that the address names."""
    form = forms.shown(TEMPLATES, records.asking())
    for name in ("project_id", "course_id"):
        form[name].data = request.args.get(name, "")[:10]
    return records.form_page(PAGES, form)


@bp.post("")
@requires(Permission.EDIT_DIRECTORY)
def create() -> Response:
    form = forms.sent(TEMPLATES, records.asking())

    def do() -> CertificateTemplate:
        return operations.create(forms.typed(TEMPLATES, form), actor=actor(), now=clock.now())

    return records.save(PAGES, form, do)


@bp.get("/<int:template_id>")
@requires(Permission.VIEW_DIRECTORY, template=get_template)
def show(template: CertificateTemplate) -> str:
    return records.show(PAGES, template)


@bp.get("/<int:template_id>/edit")
@requires(Permission.EDIT_DIRECTORY, template=get_template)
def edit(template: CertificateTemplate) -> Response:
    return records.edit(PAGES, template)


@bp.post("/<int:template_id>/edit")
@requires(Permission.EDIT_DIRECTORY, template=get_template)
def update(template: CertificateTemplate) -> Response:
    return records.update(PAGES, template)


@bp.post("/<int:template_id>/remove")
@requires(Permission.EDIT_DIRECTORY, template=get_template)
def remove(template: CertificateTemplate) -> Response:
    operations.remove(template, actor=actor(), now=clock.now())
    return see_other(PAGES.url("index"), _("The template is removed. Certificates that were issued stay as they are."))


@bp.post("/preview")
@repeatable
@reads_first
@requires(Permission.EDIT_DIRECTORY)
@limited(Limit("certificate_preview", 60, timedelta(minutes=1), client_address))
def preview_new() -> Response:
    return _preview(None)


@bp.post("/<int:template_id>/preview")
@repeatable
@reads_first
@requires(Permission.EDIT_DIRECTORY, template=get_template)
@limited(Limit("certificate_preview", 60, timedelta(minutes=1), client_address))
def preview(template: CertificateTemplate) -> Response:
    """Draw the page that the typed texts make; nothing is saved."""
    return _preview(template)


def _preview(template: CertificateTemplate | None) -> Response:
    """Answer with the picture alone, or with the whole form where no script asks."""
    form = forms.sent(TEMPLATES, records.asking(template))
    form.validate()
    values = forms.typed(TEMPLATES, form) if not form.errors else {}
    found = [one for one in TEMPLATES.faults(values) if one.code != DesignFault.SCOPE_MISSING]
    project = template.project if template else catalog.get_project(values.get("project_id") or 0)
    course = template.course if template else catalog.get_course(values.get("course_id") or 0)
    drawn, fault = None, ""
    if not (form.errors or found):
        typed = CertificateTemplate()
        TEMPLATES.write(typed, values)
        has_long_name = bool(request.form.get("sample_name"))
        drawn, fault = _sketch(Sample(project, course, typed, _kind(request.form.get("sample_kind")), has_long_name))
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
    return records.form_page(PAGES, form, template, **shown)


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

"""Specimens of certificates, to look at before anything is issued: a file of what is saved."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request, url_for
from flask_babel import gettext as _

from portal.access.guard import requires
from portal.access.permissions import Permission
from portal.catalog import queries as catalog
from portal.certificates.models import CertificateTemplate
from portal.certificates.operations import facts, specimens
from portal.certificates.operations.specimens import Sample
from portal.certificates.queries.templates import get_template
from portal.certificates.rules import CertificateKind
from portal.platform import clock, downloads, pdf
from portal.platform.answers import see_other
from portal.trainings.models import Project

bp = Blueprint("specimens", __name__)


@bp.get("/projects/<int:project_id>/specimen.pdf")
@requires(Permission.VIEW_DIRECTORY, project=catalog.get_project)
def download(project: Project) -> Response:
    """Print the project's texts as they are saved; nothing is kept."""
    page = url_for("projects.show", project_id=project.id)
    return _file(Sample(project=project), f"{project.code}-specimen.pdf", page)


@bp.get("/certificate-templates/<int:template_id>/specimen.pdf")
@requires(Permission.VIEW_DIRECTORY, template=get_template)
def of_template(template: CertificateTemplate) -> Response:
    """Print a template as it is saved, for the kind that is asked for; nothing is kept."""
    page = url_for("certificate_templates.show", template_id=template.id)
    kind = next((one for one in CertificateKind if one == request.args.get("kind")), CertificateKind.COMPLETION)
    sample = Sample(project=template.project, course=template.course, kind=kind)
    codes = "-".join(one.code for one in (template.project, template.course) if one)
    return _file(sample, f"{codes}-specimen-{kind.value}.pdf", page)


def printed(sample: Sample) -> dict[str, Any]:
    """Return what a specimen prints today, with the address of this installation."""
    base_url = current_app.config["PORTAL_BASE_URL"]
    address = f"{urlsplit(base_url).netloc}/verify"
    return specimens.specimen(sample, base_url=base_url, address=address, today=clock.today())


def _file(sample: Sample, filename: str, page: str) -> Response:
    shown = printed(sample)
    try:
        with pdf.renderer() as renderer:
            content = renderer.render(
                specimens.TEMPLATE,
                shown,
                title=filename.removesuffix(".pdf"),
                lang="ky",
                created_at=clock.now(),
                pictures=facts.pictures_of(shown),
            )
    except pdf.TextRefused as refusal:
        return see_other(page, _("The page cannot be set: %(reason)s", reason=refusal), "error")
    except (pdf.PdfUnavailable, pdf.RenderFailed) as failure:
        return see_other(page, _("This machine cannot make PDF files. %(reason)s", reason=failure), "error")
    return downloads.send_bytes(content, filename=filename, media_type="application/pdf")

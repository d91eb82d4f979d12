"""A specimen of a project's certificate, to look at before anything is issued."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, redirect, url_for
from flask_babel import gettext as _

from portal.access.guard import requires
from portal.access.permissions import Permission
from portal.certificates.operations import specimens
from portal.platform import clock, downloads, pdf
from portal.trainings import queries
from portal.trainings.models import Project

bp = Blueprint("specimens", __name__, url_prefix="/projects/<int:project_id>")


@bp.get("/specimen.pdf")
@requires(Permission.VIEW_DIRECTORY, project=queries.get_project)
def download(project: Project) -> Response:
    """Print the project's texts as they are saved; nothing is kept."""
    base_url = current_app.config["PORTAL_BASE_URL"]
    address = f"{urlsplit(base_url).netloc}/verify"
    facts = specimens.specimen(project, base_url=base_url, address=address, today=clock.today())
    try:
        with pdf.renderer() as renderer:
            content = renderer.render(
                specimens.TEMPLATE, facts, title=f"{project.code} · specimen", lang="ky", created_at=clock.now()
            )
    except pdf.TextRefused as refusal:
        flash(_("The page cannot be set: %(reason)s", reason=refusal), "error")
        return redirect(url_for("projects.show", project_id=project.id), 303)  # type: ignore[return-value]
    except (pdf.PdfUnavailable, pdf.RenderFailed) as failure:
        flash(_("This machine cannot make PDF files. %(reason)s", reason=failure), "error")
        return redirect(url_for("projects.show", project_id=project.id), 303)  # type: ignore[return-value]
    return downloads.send_bytes(content, filename=f"{project.code}-specimen.pdf", media_type="application/pdf")

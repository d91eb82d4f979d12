"""A project's logos and their order."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.file import FileField

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.catalog.models import Project
from portal.catalog.queries import get_project
from portal.certificates import queries as certificate_queries
from portal.certificates.models import CertificateLogo
from portal.certificates.rules import MOST_LOGOS
from portal.designs import operations, queries
from portal.designs.kinds import TemplateRefused
from portal.designs.queries import get_logo
from portal.platform import clock, downloads, submissions
from portal.platform.answers import act, see_other
from portal.platform.db import reads_first
from portal.platform.errors import Refusal, wording
from portal.platform.forms import PortalForm, Text3Field, add_error
from portal.platform.i18n import _l
from portal.printing import pictures
from portal.printing.pictures import PictureRefused


class LogoForm(PortalForm):
    picture = FileField(_l("Picture: PNG, JPEG or SVG, at most 2 MB"))
    alt = Text3Field(
        _l("Whose logo it is, in Kyrgyz"), _l("Whose logo it is, in Russian"), _l("Whose logo it is, in English")
    )


bp = Blueprint("logos", __name__, url_prefix="/projects/<int:project_id>/logos")


@bp.get("")
@requires(Permission.VIEW_DIRECTORY, project=get_project)
def index(project: Project) -> str:
    return _page(project, LogoForm(formdata=None))


@bp.post("")
@reads_first
@requires(Permission.EDIT_DIRECTORY, project=get_project)
def add(project: Project) -> Response | tuple[str, int]:
    form = LogoForm()
    if not form.validate():
        return _page(project, form), 422
    content = form.picture.data.read(pictures.MAX_BYTES + 1) if form.picture.data else b""
    alts = form.alt
    try:
        judged = operations.judge(content, alts)
        repeated = submissions.start_writing()
        if repeated is not None:
            return repeated
        operations.add(project, judged, alts, actor=actor(), now=clock.now())
    except TemplateRefused as refusal:
        for fault in refusal.faults:
            add_error(form[fault.field], wording(fault))
        return _page(project, form), refusal.status
    except PictureRefused as refusal:
        add_error(form.picture, str(refusal))
        return _page(project, form), refusal.status
    except Refusal as refusal:
        return _page(project, form, refusal=refusal), refusal.status
    return _to_index(project, _("The logo is added. It stands on certificates that are issued from now on."))


@bp.post("/<int:logo_id>/move")
@requires(Permission.EDIT_DIRECTORY, project=get_project, logo=get_logo)
def move(project: Project, logo: CertificateLogo) -> Response:
    return _at_place(project, logo, operations.move)


@bp.post("/<int:logo_id>/remove")
@requires(Permission.EDIT_DIRECTORY, project=get_project, logo=get_logo)
def remove(project: Project, logo: CertificateLogo) -> Response:
    return _at_place(project, logo, operations.remove_logo)


@bp.get("/<int:logo_id>/picture")
@requires(Permission.VIEW_DIRECTORY, project=get_project, logo=get_logo)
def picture(project: Project, logo: CertificateLogo) -> Response:
    return downloads.send(logo.document)


def _at_place(project: Project, logo: CertificateLogo, operation: Any) -> Response:
    """Act on the logo that the page showed at a place."""
    place = request.form.get("seen", 0, type=int)
    return act(
        lambda: operation(logo, seen=place, actor=actor(), now=clock.now()),
        then=lambda _none: _to_index(project),
        again=lambda refusal: _page(project, LogoForm(formdata=None), refusal=refusal),
    )


def _to_index(project: Project, words: str = "") -> Response:
    return see_other(url_for("logos.index", project_id=project.id), words)


def _page(project: Project, form: LogoForm, **context: Any) -> str:
    row = certificate_queries.list_logos(project)
    return render_template(
        "certificates/logos.html",
        project=project,
        row=row,
        form=form,
        most=MOST_LOGOS,
        templates=queries.list_of_project(project),
        **context,
    )

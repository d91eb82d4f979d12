"""The agenda as it is given to people: numbered versions, on screen and as PDF."""

from flask import Blueprint, Response, abort, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.audit import documents as footing
from portal.audit.queries import head_of
from portal.closing.operations import agenda as operations
from portal.closing.operations.changes import TrainingChanged
from portal.platform import clock, downloads, languages, pdf
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.trainings import documents
from portal.trainings import queries as trainings
from portal.trainings.models import AgendaVersion, Training
from portal.trainings.queries import get_training
from portal.trainings.rules.papers import PaperKind, PaperNumber

bp = Blueprint("agenda_papers", __name__, url_prefix="/trainings/<code>/agenda")


@bp.post("/publish")
@requires(Permission.EDIT_TRAINING, training=get_training)
def publish(training: Training) -> Response:
    """Freeze the agenda under the next number and show it ready to print."""
    try:
        version = request.form.get("version", 0, type=int)
        published = operations.publish(training, version=version, actor=actor(), now=clock.now())
    except TrainingChanged:
        flash(_("The agenda has changed meanwhile. Look at it once more, then publish it."))
        return _to(url_for("agenda.index", code=training.code))
    except Refusal as refusal:
        flash(str(refusal))
        return _to(url_for("agenda.index", code=training.code))
    flash(_("Version %(number)s is published. Print it, or give it to people as a PDF.", number=published.number))
    return _to(url_for("agenda_papers.show", code=training.code, version_number=published.number))


@bp.get("/versions/<int:version_number>")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def show(training: Training, version_number: int) -> str:
    """Show a version as it was given to people."""
    return _page(training, _version(training, version_number))


@bp.get("/versions/<int:version_number>.pdf")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def download(training: Training, version_number: int) -> Response | tuple[str, int]:
    """Print a version; its facts are frozen, so every print says the same."""
    version = _version(training, version_number)
    facts = documents.agenda_facts(version, training.code, languages.current())
    try:
        with pdf.renderer() as renderer:
            content = renderer.render(
                documents.TEMPLATE,
                facts | {"foot": _foot(training, version)},
                title=f"{training.code} · {facts['title']}",
                lang=facts["lang"],
                created_at=version.published_at,
            )
    except (pdf.PdfUnavailable, pdf.RenderFailed, pdf.TextRefused) as reason:
        return _page(training, version, reason=reason), 503
    filename = f"{training.code}-agenda-{version.number}.pdf"
    return downloads.send_bytes(content, filename=filename, media_type="application/pdf")


def _foot(training: Training, version: AgendaVersion) -> dict[str, str]:
    """Return the foot with the entry by which the version was published, so that every print says the same."""
    number = str(PaperNumber(training.code, PaperKind.AGENDA, str(version.number)))
    published = head_of(f"training {training.code}", "trainings.agenda_published", version.published_at)
    return footing.foot(number, current_app.config["PORTAL_BASE_URL"], published).as_dict()


def _version(training: Training, number: int) -> AgendaVersion:
    versions = trainings.list_agenda_versions(training.id)
    return next((one for one in versions if one.number == number), None) or abort(404)


def _page(training: Training, version: AgendaVersion, *, reason: Exception | None = None) -> str:
    return render_template(
        "closing/agenda_version.html",
        training=training,
        version=version,
        facts=documents.agenda_facts(version, training.code, languages.current()),
        reason=reason,
    )


def _to(address: str) -> Response:
    return see_other(address)

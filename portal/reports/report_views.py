"""The training report: choose copy and language, and download it."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.audit import documents as footing
from portal.audit.queries import newest_head
from portal.platform import clock, downloads, i18n
from portal.platform.db import reads_first, start_writing
from portal.platform.forms import asked
from portal.platform.submissions import repeatable
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.reports import operations, report_queries, training_report, wording
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber
from portal.trainings.queries import get_training

bp = Blueprint("training_report", __name__, url_prefix="/trainings/<code>/report")


@bp.get("")
@requires(Permission.VIEW_CLOSING, training=get_training)
def show(training: Training) -> str:
    """Show what the two copies say and do not say."""
    return _page(training)


@bp.post("/<any(inside, outside):copy>")
@reads_first
@requires(Permission.EXPORT_REGISTRATIONS, training=get_training)
@fresh("language")
@repeatable
def download(training: Training, copy: str) -> Response | tuple[str, int]:
    """Make the report anew; who took it along stands in the audit log."""
    lang = request.form.get("language") or i18n.current()
    if lang not in i18n.LOCALES:
        abort(422)
    try:
        facts = _facts(training, copy, lang)
        title = f"{facts['training']} · {facts['title']}"
        content = batch.render_one(Order(training_report.TEMPLATE, facts, title, lang, clock.now()))
    except client.NOT_PRINTED as reason:
        return _page(training, reason), 503
    start_writing()
    operations.note_report(training, copy, lang, actor=actor(), now=clock.now())
    filename = f"{training.code}-report-{copy}-{lang}.pdf"
    return downloads.send_bytes(content, filename=filename)


def _facts(training: Training, copy: str, lang: str) -> dict[str, Any]:
    number = PaperNumber(training.code, PaperKind.REPORT)
    return training_report.report_facts(
        training,
        report_queries.read(training, as_of=clock.now()),
        copy=copy,
        k=_k(),
        today=clock.today(training.time_zone),
        lang=lang,
    ) | {"foot": footing.foot(str(number), newest_head())}


def _page(training: Training, reason: Exception | None = None) -> str:
    return render_template(
        "reports/training_report.html",
        training=training,
        language=request.form.get("language") or asked("language", i18n.LOCALES, i18n.current()),
        released=report_queries.find_released(training),
        rule=wording.rule(_k()),
        reason=reason,
    )


def _k() -> int:
    return int(current_app.config["PORTAL_SETTINGS"].smallest_count)

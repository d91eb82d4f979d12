"""A day's attendance sheet: a PDF to print, and the same on screen."""

from datetime import date

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_login import current_user

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.attendance import documents, queries
from portal.attendance.documents import BLANK_ROWS, MOST_BLANK_ROWS, SheetFacts
from portal.audit import documents as footing
from portal.audit import operations as audit
from portal.audit.queries import newest_head
from portal.platform import clock, downloads, i18n
from portal.platform.db import reads_first, start_writing
from portal.platform.submissions import repeatable
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber

bp = Blueprint("sheets", __name__, url_prefix="/trainings/<code>/attendance/sheets")


@bp.get("/<day>")
@requires(Permission.VIEW_ATTENDANCE, training=trainings.get_training)
def show(training: Training, day: str) -> str:
    """Show the sheet on screen, ready to be printed by the browser."""
    return _page(training, _day(training, day))


@bp.post("/<day>/pdf")
@requires(Permission.VIEW_ATTENDANCE, training=trainings.get_training)
@fresh()
@repeatable
@reads_first
def download(training: Training, day: str) -> Response | tuple[str, int]:
    """Print the sheet anew from the rows; who took it along stands in the audit log."""
    date_of_sheet = _day(training, day)
    facts = _facts(training, date_of_sheet)
    try:
        printed = facts.as_dict() | {"foot": _foot(training, facts)}
        content = batch.render_one(Order(documents.TEMPLATE, printed, facts.document_title, facts.lang, clock.now()))
    except client.NOT_PRINTED as reason:
        return _page(training, date_of_sheet, reason=reason), 503
    start_writing()
    subject = f"training {training.code}"
    audit.note_taken(f"attendance sheet, {day}", subject, len(facts.rows), actor=actor(), now=clock.now())
    return downloads.send_bytes(content, filename=f"{training.code}-{day}-attendance.pdf", media_type="application/pdf")


def _day(training: Training, written: str) -> date:
    found = next((one.local_date for one in training.sessions if one.local_date.isoformat() == written), None)
    return found or abort(404)


def _facts(training: Training, day: date) -> SheetFacts:
    return documents.sheet_of(
        training,
        day,
        queries.list_listed(training),
        coordinator=current_user.name,
        blank_rows=_blank_rows(),
        lang=i18n.current(),
    )


def _foot(training: Training, facts: SheetFacts) -> dict[str, str]:
    number = PaperNumber(training.code, PaperKind.SHEET, str(facts.ordinal))
    return footing.foot(str(number), newest_head())


def _blank_rows() -> int:
    wanted = request.args.get("blank_rows", BLANK_ROWS, type=int)
    return max(0, min(wanted, MOST_BLANK_ROWS))


def _page(training: Training, day: date, *, reason: Exception | None = None) -> str:
    facts = _facts(training, day)
    address = url_for("sheets.download", code=training.code, day=day.isoformat(), blank_rows=_blank_rows())
    return render_template(
        "attendance/sheet.html",
        training=training,
        day=day,
        facts=facts,
        reason=reason,
        pdf_address=address,
        most_blank_rows=MOST_BLANK_ROWS,
    )

"""The issue register of a training, or of a series and year: page, PDF to sign, spreadsheet."""

from collections.abc import Callable
from datetime import date
from functools import partial

from flask import Blueprint, Response, render_template, url_for

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.audit import documents as footing
from portal.audit.queries import newest_head
from portal.certificates.models import CertificateCounter
from portal.platform import clock, downloads, exports, i18n, paging
from portal.platform.db import reads_first, start_writing
from portal.platform.submissions import repeatable
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber
from portal.trainings.queries import get_training
from portal.verification import documents, operations, queries
from portal.verification.documents import Register
from portal.verification.queries import get_register

bp = Blueprint("register", __name__)


@bp.get("/trainings/<code>/certificates/register")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def of_training(training: Training) -> str:
    return _training_page(training)


@bp.post("/trainings/<code>/certificates/register/<any(pdf, xlsx):ending>")
@reads_first
@requires(Permission.EXPORT_REGISTRATIONS, training=get_training)
@fresh()
@repeatable
def export_training(training: Training, ending: str) -> Response | tuple[str, int]:
    """Send a training's register; who took it along stands in the audit log."""
    lines, as_of = queries.list_training(training), clock.today(training.time_zone)
    made = documents.of_training(training, lines, as_of=as_of, lang=i18n.current())
    number = str(PaperNumber(training.code, PaperKind.REGISTER))
    foot = footing.foot(number, newest_head())
    return _export(made, ending, foot, as_of, f"training {training.code}", partial(_training_page, training))


@bp.get("/certificate-registers")
@requires(Permission.VIEW_CERTIFICATES)
def index() -> str:
    return render_template("verification/registers.html", registers=queries.list_registers())


@bp.get("/certificate-registers/<series>/<int:year>")
@requires(Permission.VIEW_CERTIFICATES, register=get_register)
def of_series(register: CertificateCounter) -> str:
    """Show every number of a series and year; what lies in another region shows no name."""
    return _series_page(register)


@bp.post("/certificate-registers/<series>/<int:year>/<any(pdf, xlsx):ending>")
@reads_first
@requires(Permission.EXPORT_REGISTRATIONS, register=get_register)
@fresh()
@repeatable
def export_series(register: CertificateCounter, ending: str) -> Response | tuple[str, int]:
    lines, as_of = queries.list_register(register, actor()), clock.today()
    made = documents.of_series(register, lines, as_of=as_of, lang=i18n.current())
    address = url_for(".of_series", series=register.series, year=register.year)
    foot = footing.foot(made.subject, newest_head(), address)
    return _export(made, ending, foot, as_of, f"register {made.subject}", partial(_series_page, register))


def _export(
    made: Register, ending: str, foot: dict[str, str], as_of: date, subject: str, page: Callable[[Exception], str]
) -> Response | tuple[str, int]:
    """Send a register, and record under `subject` who took it; where it cannot be printed, show the `page` and why."""
    try:
        content = _write(made, ending, foot)
    except client.NOT_PRINTED as reason:
        return page(reason), 503
    start_writing()
    operations.note_export(subject, ending, made.numbers, actor=actor(), now=clock.now())
    filename = f"{made.subject}-register-{as_of}.{ending}"
    return downloads.send_bytes(content, filename=filename)


def _write(made: Register, ending: str, foot: dict[str, str]) -> bytes:
    if ending == "xlsx":
        return exports.write_workbook(made.document_title, [made.sheet()])
    facts = made.as_dict() | {"foot": foot}
    return batch.render_one(Order(documents.TEMPLATE, facts, made.document_title, made.lang, clock.now()))


def _training_page(training: Training, refusal: Exception | None = None) -> str:
    page = queries.page_of_training(training, paging.asked())
    return render_template("verification/register_of_training.html", training=training, page=page, refusal=refusal)


def _series_page(register: CertificateCounter, refusal: Exception | None = None) -> str:
    page = queries.page_of_register(register, actor(), paging.asked())
    return render_template("verification/register_of_series.html", register=register, page=page, refusal=refusal)

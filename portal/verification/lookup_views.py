"""From a document to its record: by QR code, or by a typed number or code."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.audit import chain
from portal.audit import queries as audit
from portal.certificates.models import Certificate
from portal.materials.models import Handover
from portal.platform.answers import see_other
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind
from portal.verification import lookup
from portal.verification.lookup import Record, TrainingPaper

bp = Blueprint("papers", __name__, url_prefix="/papers")
_LONGEST = 100


@bp.get("")
@requires(Permission.VIEW_TRAININGS)
def index() -> Response | str:
    """Find the record of a paper by what is printed on it, or check the head of the log that it prints."""
    typed = request.args.get("q", "").strip()[:_LONGEST]
    found = lookup.find_record(typed, actor()) if typed else None
    if found is not None:
        return _to(found)
    is_head = chain.read_head(typed) is not None
    entry = audit.find_head(typed) if is_head else None
    return render_template("home/papers.html", typed=typed, is_head=is_head, entry=entry)


@bp.get("/<paper_number>")
@requires(Permission.VIEW_TRAININGS)
def show(paper_number: str) -> Response:
    """Lead to the record whose number a QR code gives."""
    return _to(lookup.find_record(paper_number[:_LONGEST], actor()) or abort(404))


def _to(found: Record) -> Response:
    return see_other(_address(found))


def _address(found: Record) -> str:
    match found:
        case Handover():
            return url_for("handovers.show", handover_reference=found.reference)
        case Certificate():
            code = found.registration.training.code
            return url_for("certificates.show", code=code, certificate_reference=found.number)
        case Training():
            return url_for("closing.show", code=found.code)
        case _:
            return _address_of_paper(found)


def _address_of_paper(found: TrainingPaper) -> str:
    """Return the page of a paper; where the day, version or title is gone, the page that lists what there is."""
    code, part = found.training.code, found.number.part
    if found.number.kind == PaperKind.RECEIPTS and found.material is not None:
        return url_for("receipts.show", code=code, material_reference=found.material.reference)
    days = sorted({session.local_date for session in found.training.sessions})
    if found.number.kind == PaperKind.SHEET and part.isdecimal() and 1 <= int(part) <= len(days):
        return url_for("sheets.show", code=code, day=days[int(part) - 1].isoformat())
    if found.number.kind == PaperKind.AGENDA and part.isdecimal():
        return url_for("agenda_papers.show", code=code, version_number=int(part))
    return url_for(_PAGES[found.number.kind], code=code)


_PAGES: Mapping[PaperKind, Any] = {
    PaperKind.AGENDA: "agenda.index",
    PaperKind.INSTITUTIONS: "lists.show",
    PaperKind.PARTICIPANTS: "lists.show",
    PaperKind.PAYMENTS: "lists.show",
    PaperKind.RECEIPTS: "receipts.index",
    PaperKind.REGISTER: "register.of_training",
    PaperKind.REPORT: "training_report.show",
    PaperKind.SHEET: "attendance.index",
}

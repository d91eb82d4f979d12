"""From a document to its record, within the actor's reach: by QR code, or by a typed number or code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from portal.access import policy
from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.access.policy import Actor, Scope
from portal.audit import chain
from portal.audit import queries as audit
from portal.certificates import queries as certificates
from portal.certificates.models import Certificate
from portal.materials import queries as material_queries
from portal.materials.models import Handover, Material
from portal.platform import tokens
from portal.platform.answers import see_other
from portal.trainings import paper_numbers
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber

bp = Blueprint("papers", __name__, url_prefix="/papers")
_LONGEST = 100
_CODE_LETTERS = 12


@dataclass(frozen=True)
class TrainingPaper:
    """A paper of a training; `material` is the title of a receipt list."""

    training: Training
    number: PaperNumber
    material: Material | None = None

    @property
    def scope(self) -> Scope:
        return self.training.scope


Record = Handover | Certificate | TrainingPaper | Training


def find_record(typed: str, actor: Actor) -> Record | None:
    """Return what a number or a code names; None for one that names nothing, or nothing within the actor's reach."""
    found = _find(typed)
    return found if found is not None and policy.reaches(actor, found.scope) else None


def _find(typed: str) -> Record | None:
    wanted = paper_numbers.folded(typed)
    paper = paper_numbers.read(typed)
    if paper is not None:
        return _paper(paper)
    code = tokens.normalize_code(typed)
    return (
        trainings.get_training(wanted)
        or material_queries.find_by_number(wanted)
        or certificates.find_by_number(wanted)
        or (certificates.find_by_secret(code=code) if len(code) == _CODE_LETTERS else None)
    )


def _paper(paper: PaperNumber) -> TrainingPaper | None:
    training = trainings.get_training(paper.training)
    if training is None:
        return None
    if paper.kind != PaperKind.RECEIPTS:
        return TrainingPaper(training, paper)
    known = material_queries.list_materials(with_retired=True)
    return TrainingPaper(
        training, paper, next((one for one in known if paper_numbers.mark_of(one.reference) == paper.part), None)
    )


@bp.get("")
@requires(Permission.VIEW_TRAININGS)
def index() -> Response | str:
    """Find the record of a paper by what is printed on it, or check the head of the log that it prints."""
    typed = request.args.get("q", "").strip()[:_LONGEST]
    found = find_record(typed, actor()) if typed else None
    if found is not None:
        return see_other(_address(found))
    is_head = chain.read_head(typed) is not None
    entry = audit.find_head(typed) if is_head else None
    return render_template("verification/papers.html", typed=typed, is_head=is_head, entry=entry)


@bp.get("/<paper_number>")
@requires(Permission.VIEW_TRAININGS)
def show(paper_number: str) -> Response:
    """Lead to the record whose number a QR code gives."""
    return see_other(_address(find_record(paper_number[:_LONGEST], actor()) or abort(404)))


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

"""What is done with one hand-over act: looked at on paper, printed, signed, made void."""

from flask import Blueprint, Response, current_app, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.materials.forms.handovers import SignedForm, VoidForm
from portal.materials.models.handovers import Handover
from portal.materials.operations import acts
from portal.materials.operations.papers import Press
from portal.materials.queries import handovers as queries
from portal.materials.rules.handovers import HandoverState
from portal.materials.views.handovers import print_first, show_page
from portal.platform import clock, downloads, pdf, scans, storage
from portal.platform.answers import act, see_other
from portal.platform.db import attempt, lock, reads_first, stop_writing
from portal.platform.errors import Refusal
from portal.platform.forms import add_error
from portal.platform.storage import Document

bp = Blueprint("acts", __name__, url_prefix="/hand-over-acts/<handover_reference>")
Answer = Response | tuple[str, int]
_PDF = "application/pdf"


@bp.get("/preview.pdf")
@requires(Permission.VIEW_MATERIALS, handover=queries.get_handover)
def preview(handover: Handover) -> Answer:
    """Show the paper as it would be printed, marked as a draft."""
    if handover.state != HandoverState.DRAFT:
        return _to(handover)
    handover = queries.with_lines(handover)
    try:
        with pdf.renderer() as renderer:
            content = acts.preview(handover, printer=renderer.render_order, base_url=_base_url(), now=clock.now())
    except Refusal as refusal:
        return show_page(handover, refusal=refusal), refusal.status
    except (pdf.PdfUnavailable, pdf.RenderFailed) as failure:
        return show_page(handover, refusal=failure), 503
    return downloads.send_bytes(content, filename="handover-draft.pdf", media_type=_PDF)


@bp.post("/print")
@reads_first
@requires(Permission.HAND_OVER, handover=queries.get_handover)
def hand_over(handover: Handover) -> Answer:
    """Print the act: it gets its number, and the copies leave the stock."""
    handover_id, now = handover.id, clock.now()

    def print_act(press: Press) -> None:
        locked = lock(Handover, handover_id)
        acts.hand_over(locked, press=press, base_url=_base_url(), actor=actor(), now=now)

    try:
        repeated = print_first(print_act)
    except Refusal as refusal:
        stop_writing()
        return show_page(handover, refusal=refusal), refusal.status
    except (pdf.PdfUnavailable, pdf.RenderFailed) as failure:
        return show_page(handover, refusal=failure), 503
    if repeated is not None:
        return repeated
    return _to(handover, _printed_words(handover))


@bp.get("/act.pdf")
@requires(Permission.VIEW_MATERIALS, handover=queries.get_handover)
def download(handover: Handover) -> Response:
    """Send the printed act as it was issued."""
    return _send(handover, handover.document)


@bp.get("/void-copy.pdf")
@requires(Permission.VIEW_MATERIALS, handover=queries.get_handover)
def void_copy(handover: Handover) -> Answer:
    """Send a copy of a void act that says so across its text."""
    if handover.state != HandoverState.VOID:
        return _to(handover)
    try:
        with pdf.renderer() as renderer:
            content = acts.void_copy(handover, printer=renderer.render_order)
    except (pdf.PdfUnavailable, pdf.RenderFailed) as failure:
        return show_page(handover, refusal=failure), 503
    return downloads.send_bytes(content, filename=f"handover-{handover.number}-void.pdf", media_type=_PDF)


@bp.post("/sign")
@requires(Permission.HAND_OVER, handover=queries.get_handover)
def sign(handover: Handover) -> Answer:
    """Keep the scan of the signed act."""
    form = SignedForm()
    if not form.validate():
        return show_page(handover, signed_form=form), 422
    try:
        scan = scans.read(form.scan.data.read() if form.scan.data else b"")
        assert form.signed_on.data is not None
        with attempt():
            acts.sign(handover, signed_on=form.signed_on.data, scan=scan, actor=actor(), now=clock.now())
    except (scans.ScanRefused, acts.SignedOnImplausible) as refusal:
        add_error(form.scan if isinstance(refusal, scans.ScanRefused) else form.signed_on, str(refusal))
        return show_page(handover, signed_form=form), refusal.status
    except Refusal as refusal:
        return show_page(handover, refusal=refusal), refusal.status
    return _to(handover, _("The signed act is kept."))


@bp.get("/scan")
@requires(Permission.VIEW_MATERIALS, handover=queries.get_handover)
def scan(handover: Handover) -> Response:
    """Send the scan of the signed act, as a download only."""
    return _send(handover, handover.scan_document)


@bp.post("/void")
@requires(Permission.HAND_OVER, handover=queries.get_handover)
def void(handover: Handover) -> Answer:
    """Make a printed act void; its copies come back."""
    form = VoidForm()
    if not form.validate():
        return show_page(handover, void_form=form), 422
    return act(
        lambda: acts.void(handover, reason=form.reason.data or "", actor=actor(), now=clock.now()),
        then=lambda _done: _to(
            handover, _("Act № %(number)s is void; its copies are back in the stock.", number=handover.number)
        ),
        again=lambda refusal: show_page(handover, refusal=refusal, void_form=form),
    )


def _send(handover: Handover, document: Document | None) -> Response:
    """Send a file of the act; where there is none yet, lead to the act, which says what comes next."""
    if document is None:
        return _to(handover)
    return downloads.send(document, storage.open_bytes(document))


def _printed_words(handover: Handover) -> str:
    number = handover.number
    if handover.in_parts:
        return _("Act № %(number)s is printed. Record each delivery here when it has left.", number=number)
    if handover.is_correction:
        return _("Act № %(number)s is printed, and the difference is moved in the stock.", number=number)
    return _("Act № %(number)s is printed, and its copies have left the stock.", number=number)


def _base_url() -> str:
    return str(current_app.config["PORTAL_BASE_URL"])


def _to(handover: Handover, words: str = "") -> Response:
    return see_other(url_for("handovers.show", handover_reference=handover.reference), words)

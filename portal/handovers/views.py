"""Hand-over acts: the list, drafts, one act with its document, printing, signing, making void."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.handovers import draft_views, operations, papers, queries
from portal.handovers.draft_views import Desk
from portal.handovers.forms import EndForm, LetterForm
from portal.handovers.papers import Press
from portal.handovers.queries import Filters, Start
from portal.handovers.rules import possible
from portal.materials import operations as material_operations
from portal.materials import queries as material_queries
from portal.materials.forms import SignedForm, VoidForm
from portal.materials.models import Handover
from portal.materials.rules import Condition, HandoverState, Transfer
from portal.platform import clock, downloads, paging, scans, submissions, turns
from portal.platform.answers import act, see_other
from portal.platform.db import attempt, lock, reads_first, stop_writing
from portal.platform.errors import Refusal
from portal.platform.forms import add_error, beside
from portal.platform.htmx import respond
from portal.platform.i18n import label
from portal.platform.storage import Document
from portal.printing import batch, client
from portal.signing.seal import Sealer
from portal.stock import labels
from portal.stock import queries as stock
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("handovers", __name__)
Answer = Response | tuple[str, int]
_ONE = "/hand-over-acts/<handover_reference>"


@bp.get("/hand-over-acts")
@requires(Permission.VIEW_MATERIALS)
def index() -> Response:
    year, years = request.args.get("year", type=int), queries.list_years(actor())
    state = request.args.get("state", "")
    filters = Filters(
        state=state if state in set(HandoverState) else "",
        institution=request.args.get("institution", ""),
        year=year if year in years else None,
    )
    return respond(
        page="handovers/index.html",
        fragment="handovers/_list.html",
        acts=queries.page_of_handovers(actor(), filters, paging.asked()),
        wanted=filters,
        receivers=queries.list_receivers(actor()),
        years=years,
        states=list(HandoverState),
    )


@bp.get("/trainings/<code>/hand-over-acts")
@requires(Permission.VIEW_MATERIALS, training=get_training)
def of_training(training: Training) -> str:
    return render_template("handovers/training.html", training=training, rows=queries.list_for_training(training))


def new(training: Training | None = None) -> Response | str:
    """Choose the place that the copies come from, then fill in the act, of a training or of none."""
    starts, start = draft_views.choose(training)
    if start is None:
        return _choose(training, starts)
    desk = _desk_at(start, training)
    return draft_views.page(desk, draft_views.blank(desk))


def create(training: Training | None = None) -> Answer:
    starts, start = draft_views.choose(training)
    if start is None:
        return _choose(training, starts), 422
    desk = _desk_at(start, training)
    form, is_right = draft_views.read(desk)
    if not is_right:
        return draft_views.page(desk, form, status=422)
    place = start.place
    return act(
        lambda: material_operations.draft(
            form.planned(desk.materials), place, training, actor=actor(), now=clock.now()
        ),
        then=lambda handover: to_act(handover, _("The draft is kept. Look at the preview, then print it.")),
        again=lambda refusal: draft_views.page(desk, form, refusal=refusal),
    )


_OF_TRAINING = "/trainings/<code>/hand-over-acts"
_alone, _at_training = requires(Permission.HAND_OVER), requires(Permission.HAND_OVER, training=get_training)
bp.get("/hand-over-acts/new", endpoint="new")(_alone(new))
bp.get(f"{_OF_TRAINING}/new", endpoint="new_at_training")(_at_training(new))
bp.post("/hand-over-acts", endpoint="create")(_alone(create))
bp.post(_OF_TRAINING, endpoint="create_at_training")(_at_training(create))


@bp.get(_ONE)
@requires(Permission.VIEW_MATERIALS, handover=material_queries.get_handover)
def show(handover: Handover) -> str:
    return show_page(handover)


@bp.get(f"{_ONE}/edit")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def edit(handover: Handover) -> Response:
    if handover.state != HandoverState.DRAFT:
        return make_response(redirect(url_for(".show", handover_reference=handover.reference)))
    desk = _desk_of(handover)
    return draft_views.page(desk, draft_views.filled(desk))


@bp.post(f"{_ONE}/edit")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def update(handover: Handover) -> Response:
    desk = _desk_of(handover)
    form, is_right = draft_views.read(desk)
    if not is_right:
        return draft_views.page(desk, form, status=422)
    version = int(sent) if (sent := form.version.data or "").isdecimal() else 0
    return act(
        lambda: material_operations.change(
            handover, form.planned(desk.materials), version=version, actor=actor(), now=clock.now()
        ),
        then=lambda _done: to_act(handover, _("Saved.")),
        again=lambda refusal: draft_views.page(desk, form, refusal=refusal),
    )


@bp.post(f"{_ONE}/discard")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def discard(handover: Handover) -> Response:
    address = _list(handover.training)
    return act(
        lambda: material_operations.discard(handover, actor=actor(), now=clock.now()),
        then=lambda _done: see_other(address, _("The draft is thrown away.")),
        again=lambda refusal: show_page(handover, refusal=refusal),
    )


@bp.post(f"{_ONE}/anew")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def draft_anew(handover: Handover) -> Response:
    return act(
        lambda: operations.draft_anew(handover, actor=actor(), now=clock.now()),
        then=lambda new_one: _to_new(handover, new_one),
        again=lambda refusal: show_page(handover, refusal=refusal),
    )


def _to_new(handover: Handover, new_one: Handover) -> Response:
    if new_one.is_correction and handover.training and new_one.training is None:
        flash(
            _(
                "The books of %(code)s are closed: its counts stay, and the correcting act belongs to no training.",
                code=handover.training.code,
            )
        )
    flash(_("This draft says the same as act № %(number)s. Change what is wrong in it.", number=handover.number))
    return see_other(url_for(".edit", handover_reference=new_one.reference))


def print_paper(
    handover: Handover, do: Callable[[Handover, Press], object], *, then: Callable[[], Response], **forms: Any
) -> Answer:
    """Do what prints a paper of an act; refused, or where the page cannot be made, show the act with its `forms`."""
    handover_id = handover.id
    try:
        repeated = _print_first(lambda press: do(lock(Handover, handover_id), press))
    except Refusal as refusal:
        stop_writing()
        return show_page(handover, refusal=refusal, **forms), refusal.status
    except client.NOT_MADE as failure:
        return show_page(handover, refusal=failure, **forms), 503
    return repeated or then()


def _print_first(act: papers.Act) -> Response | None:
    """Do what prints a paper while others go on writing; return how a form that has come before was answered.

    One act at a time on this machine is given the number that its paper shows.

    :raises Refusal: whatever the act refuses, before its paper is set or after.
    :raises RenderFailed: if the page cannot be made; nothing was done.
    :raises PdfUnavailable: if this machine lacks Pango.
    """
    sealer = Sealer.current(now=clock.now())
    with turns.turn("act"):
        repeated = submissions.start_writing()
        if repeated is not None:
            return repeated
        proof = papers.tried(act, sealer)
        stop_writing()
        press = proof.set()
        repeated = submissions.start_writing()
        if repeated is None:
            with attempt():
                act(press)
        return repeated


def show_page(handover: Handover, **context: Any) -> str:
    """Return the page of an act; forms that were refused come in the context."""
    handover = material_queries.with_lines(handover)
    status, delivered, afterwards = queries.status_of(handover), queries.list_deliveries(handover), []
    if handover.state != HandoverState.DRAFT:
        afterwards = queries.list_afterwards(handover)
    today = clock.today()
    forms = {
        "signed_form": SignedForm(formdata=None, signed_on=today),
        "void_form": VoidForm(formdata=None),
        "end_form": EndForm(formdata=None, ended_on=today),
        "letter_form": LetterForm(formdata=None, day=today),
    }
    recorded = {part.recorded_by for part, _moves in delivered} | {one.recorded_by for one in afterwards}
    return render_template(
        "handovers/show.html",
        handover=handover,
        training=handover.training,
        missing=operations.missing(handover) if handover.state == HandoverState.DRAFT else [],
        short=operations.list_short(handover) if handover.state in (HandoverState.DRAFT, HandoverState.PRINTED) else [],
        correction=material_queries.find_correction(handover),
        status=status,
        lines={line.material_id: line for line in status.lines},
        possible=possible(status),
        deliveries=delivered,
        afterwards=afterwards,
        authors=accounts.names_of({handover.created_by, *recorded}),
        conditions={one.value: label(one) for one in Condition},
        Transfer=Transfer,
        words=labels,
        **(forms | context),
    )


def _choose(training: Training | None, starts: list[Start]) -> str:
    return render_template("handovers/choose.html", training=training, starts=starts, words=labels)


def _desk_at(start: Start, training: Training | None) -> Desk:
    values: dict[str, Any] = {"from": start.place.key} | ({"code": training.code} if training else {})
    action = url_for(".create_at_training" if training else ".create", **values)
    return Desk(start, training, None, action, _list(training))


def _desk_of(handover: Handover) -> Desk:
    handover = material_queries.with_lines(handover)
    here = url_for(".show", handover_reference=handover.reference)
    action = url_for(".update", handover_reference=handover.reference)
    start = Start(handover.from_place, stock.list_balances(places=[handover.from_place_id]))
    return Desk(start, handover.training, handover, action, here, queries.base_of_corrected(handover))


def to_act(handover: Handover, words: str = "") -> Response:
    return see_other(url_for("handovers.show", handover_reference=handover.reference), words)


def _list(training: Training | None) -> str:
    return url_for(".of_training", code=training.code) if training else url_for(".index")


acts_bp = Blueprint("acts", __name__, url_prefix="/hand-over-acts/<handover_reference>")


@acts_bp.get("/preview.pdf")
@requires(Permission.VIEW_MATERIALS, handover=material_queries.get_handover)
def preview(handover: Handover) -> Answer:
    if handover.state != HandoverState.DRAFT:
        return to_act(handover)
    handover = material_queries.with_lines(handover)

    def draw(printer: papers.Printer) -> bytes:
        return operations.preview(handover, printer=printer, base_url=_base_url(), now=clock.now())

    return _drawn(handover, draw, "handover-draft.pdf")


@acts_bp.post("/print")
@reads_first
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def hand_over(handover: Handover) -> Answer:
    now = clock.now()
    return print_paper(
        handover,
        lambda act, press: operations.hand_over(act, press=press, base_url=_base_url(), actor=actor(), now=now),
        then=lambda: to_act(handover, _printed_words(handover)),
    )


@acts_bp.get("/act.pdf")
@requires(Permission.VIEW_MATERIALS, handover=material_queries.get_handover)
def download(handover: Handover) -> Response:
    return send(handover, handover.document)


@acts_bp.get("/void-copy.pdf")
@requires(Permission.VIEW_MATERIALS, handover=material_queries.get_handover)
def void_copy(handover: Handover) -> Answer:
    if handover.state != HandoverState.VOID:
        return to_act(handover)
    return _drawn(
        handover,
        lambda printer: operations.void_copy(handover, printer=printer),
        f"handover-{handover.number}-void.pdf",
    )


def _drawn(handover: Handover, draw: Callable[[papers.Printer], bytes], filename: str) -> Answer:
    """Send a paper that is no document; where it cannot be made, show the act with the reason."""
    try:
        content = draw(batch.render_one)
    except Refusal as refusal:
        return show_page(handover, refusal=refusal), refusal.status
    except client.NOT_MADE as failure:
        return show_page(handover, refusal=failure), 503
    return downloads.send_bytes(content, filename=filename)


@acts_bp.post("/sign")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def sign(handover: Handover) -> Answer:
    form = SignedForm()
    if not form.validate():
        return show_page(handover, signed_form=form), 422
    try:
        scan = scans.read(form.scan.data.read() if form.scan.data else b"")
        assert form.signed_on.data is not None
        with attempt():
            operations.sign(handover, signed_on=form.signed_on.data, scan=scan, actor=actor(), now=clock.now())
    except scans.ScanRefused as refusal:
        add_error(form.scan, str(refusal))
        return show_page(handover, signed_form=form), refusal.status
    except Refusal as refusal:
        return show_page(handover, refusal=beside(form, refusal), signed_form=form), refusal.status
    return to_act(handover, _("The signed act is kept."))


@acts_bp.get("/scan")
@requires(Permission.VIEW_MATERIALS, handover=material_queries.get_handover)
def scan(handover: Handover) -> Response:
    return send(handover, handover.scan_document)


@acts_bp.post("/void")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def void(handover: Handover) -> Answer:
    form = VoidForm()
    if not form.validate():
        return show_page(handover, void_form=form), 422
    return act(
        lambda: operations.void(handover, reason=form.reason.data or "", actor=actor(), now=clock.now()),
        then=lambda _done: to_act(
            handover, _("Act № %(number)s is void; its copies are back in the stock.", number=handover.number)
        ),
        again=lambda refusal: show_page(handover, refusal=refusal, void_form=form),
    )


def send(handover: Handover, document: Document | None) -> Response:
    """Send a file of the act; where there is none yet, lead to the act, which says what comes next."""
    if document is None:
        return to_act(handover)
    return downloads.send(document)


def _printed_words(handover: Handover) -> str:
    number = handover.number
    if handover.in_parts:
        return _("Act № %(number)s is printed. Record each delivery here when it has left.", number=number)
    if handover.is_correction:
        return _("Act № %(number)s is printed, and the difference is moved in the stock.", number=number)
    return _("Act № %(number)s is printed, and its copies have left the stock.", number=number)


def _base_url() -> str:
    return str(current_app.config["PORTAL_BASE_URL"])

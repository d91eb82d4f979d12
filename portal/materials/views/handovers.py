"""Hand-over acts: the list, one act, its draft; within a training and without one."""

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.materials import wording
from portal.materials.forms.deliveries import EndForm, LetterForm
from portal.materials.forms.handovers import CONDITIONS, TRANSFERS, SignedForm, VoidForm
from portal.materials.models.handovers import Handover
from portal.materials.operations import acts, handovers, papers
from portal.materials.queries import handovers as queries
from portal.materials.queries import parts
from portal.materials.queries.handovers import Start, Wanted
from portal.materials.rules.handovers import HandoverState
from portal.materials.rules.standing import base_of, possible
from portal.materials.views import handover_form
from portal.materials.views.handover_form import Desk
from portal.platform import clock, paging, submissions, turns
from portal.platform.answers import see_other
from portal.platform.db import attempt, stop_writing
from portal.platform.errors import Refusal
from portal.platform.htmx import respond
from portal.platform.sealing.sealer import Sealer
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("handovers", __name__)
_ONE = "/hand-over-acts/<handover_reference>"


@bp.get("/hand-over-acts")
@requires(Permission.VIEW_MATERIALS)
def index() -> Response:
    """List the acts within reach, filtered by state, institution and year."""
    year, years = request.args.get("year", type=int), queries.list_years(actor())
    state = request.args.get("state", "")
    wanted = Wanted(
        state=state if state in set(HandoverState) else "",
        institution=request.args.get("institution", ""),
        year=year if year in years else None,
    )
    return respond(
        page="handovers/index.html",
        fragment="handovers/_list.html",
        acts=queries.page_of_handovers(actor(), wanted, paging.asked()),
        wanted=wanted,
        receivers=queries.list_receivers(actor()),
        years=years,
        states=list(HandoverState),
    )


@bp.get("/trainings/<code>/hand-over-acts")
@requires(Permission.VIEW_MATERIALS, training=get_training)
def of_training(training: Training) -> str:
    """List the acts of a training."""
    return render_template("handovers/training.html", training=training, rows=queries.list_for_training(training))


@bp.get("/hand-over-acts/new")
@requires(Permission.HAND_OVER)
def new() -> Response | str:
    """Choose the place that the copies come from, then fill in the act."""
    return _new(None)


@bp.get("/trainings/<code>/hand-over-acts/new")
@requires(Permission.HAND_OVER, training=get_training)
def new_at_training(training: Training) -> Response | str:
    """Choose the place that the copies come from, then fill in the act of a training."""
    return _new(training)


@bp.post("/hand-over-acts")
@requires(Permission.HAND_OVER)
def create() -> Response | tuple[str, int]:
    """Draft an act without a training."""
    return _create(None)


@bp.post("/trainings/<code>/hand-over-acts")
@requires(Permission.HAND_OVER, training=get_training)
def create_at_training(training: Training) -> Response | tuple[str, int]:
    """Draft an act of a training."""
    return _create(training)


@bp.get(_ONE)
@requires(Permission.VIEW_MATERIALS, handover=queries.get_handover)
def show(handover: Handover) -> str:
    """Show an act: what it says, where it stands, and what can be done next."""
    return show_page(handover)


@bp.get(f"{_ONE}/edit")
@requires(Permission.HAND_OVER, handover=queries.get_handover)
def edit(handover: Handover) -> Response:
    """Show the draft in the form."""
    if handover.state != HandoverState.DRAFT:
        return make_response(redirect(url_for(".show", handover_reference=handover.reference)))
    desk = _desk_of(handover)
    return handover_form.page(desk, handover_form.filled(desk))


@bp.post(f"{_ONE}/edit")
@requires(Permission.HAND_OVER, handover=queries.get_handover)
def update(handover: Handover) -> Response:
    """Save the changed draft."""
    desk = _desk_of(handover)
    form, is_right = handover_form.read(desk)
    if not is_right:
        return handover_form.page(desk, form, status=422)
    version = int(sent) if (sent := form.version.data or "").isdecimal() else 0
    try:
        planned = form.planned(desk.materials)
        with attempt():
            handovers.change(handover, planned, version=version, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return handover_form.page(desk, form, refusal=refusal, status=refusal.status)
    return _to(handover, handover_form.saved_words(is_new=False))


@bp.post(f"{_ONE}/discard")
@requires(Permission.HAND_OVER, handover=queries.get_handover)
def discard(handover: Handover) -> Response | tuple[str, int]:
    """Throw the draft away."""
    address = url_for(".of_training", code=handover.training.code) if handover.training else url_for(".index")
    try:
        handovers.discard(handover, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return show_page(handover, refusal=refusal), refusal.status
    return see_other(address, _("The draft is thrown away."))


@bp.post(f"{_ONE}/anew")
@requires(Permission.HAND_OVER, handover=queries.get_handover)
def draft_anew(handover: Handover) -> Response | tuple[str, int]:
    """Draft a new act that sets this one right."""
    try:
        new_one = handovers.draft_anew(handover, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return show_page(handover, refusal=refusal), refusal.status
    if new_one.is_correction and handover.training and new_one.training is None:
        flash(
            _(
                "The books of %(code)s are closed: its counts stay, and the correcting act belongs to no training.",
                code=handover.training.code,
            )
        )
    flash(_("This draft says the same as act № %(number)s. Change what is wrong in it.", number=handover.number))
    return see_other(url_for(".edit", handover_reference=new_one.reference))


def print_first(act: papers.Act) -> Response | None:
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
    handover = queries.with_lines(handover)
    standing, delivered, afterwards = parts.standing_of(handover), parts.list_deliveries(handover), []
    if handover.state != HandoverState.DRAFT:
        afterwards = parts.list_afterwards(handover)
    recorded = {part.recorded_by for part, _moves in delivered} | {one.recorded_by for one in afterwards}
    return render_template(
        "handovers/show.html",
        handover=handover,
        training=handover.training,
        missing=acts.missing_words(handover) if handover.state == HandoverState.DRAFT else [],
        short=acts.list_short(handover) if handover.state in (HandoverState.DRAFT, HandoverState.PRINTED) else [],
        correction=queries.find_correction(handover),
        standing=standing,
        lines={line.material_id: line for line in standing.lines},
        possible=possible(standing),
        deliveries=delivered,
        afterwards=afterwards,
        authors=accounts.names_of({handover.created_by, *recorded}),
        conditions=CONDITIONS,
        transfers=TRANSFERS,
        words=wording,
        **(_forms() | context),
    )


def _forms() -> dict[str, Any]:
    """Return the empty forms of the page of an act."""
    today = clock.today()
    return {
        "signed_form": SignedForm(formdata=None, signed_on=today),
        "void_form": VoidForm(formdata=None),
        "end_form": EndForm(formdata=None, ended_on=today),
        "letter_form": LetterForm(formdata=None, day=today),
    }


def _new(training: Training | None) -> Response | str:
    starts, start = handover_form.choose(training)
    if start is None:
        return _choose(training, starts)
    desk = Desk(start, training, None, _collection(training, start.place.key), _list(training))
    return handover_form.page(desk, handover_form.blank(desk))


def _choose(training: Training | None, starts: list[Start]) -> str:
    return render_template("handovers/choose.html", training=training, starts=starts, words=wording)


def _create(training: Training | None) -> Response | tuple[str, int]:
    starts, start = handover_form.choose(training)
    if start is None:
        return _choose(training, starts), 422
    desk = Desk(start, training, None, _collection(training, start.place.key), _list(training))
    form, is_right = handover_form.read(desk)
    if not is_right:
        return handover_form.page(desk, form, status=422)
    try:
        planned = form.planned(desk.materials)
        with attempt():
            handover = handovers.draft(planned, start.place, training, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return handover_form.page(desk, form, refusal=refusal, status=refusal.status)
    return _to(handover, handover_form.saved_words(is_new=True))


def _desk_of(handover: Handover) -> Desk:
    handover = queries.with_lines(handover)
    here = url_for(".show", handover_reference=handover.reference)
    action = url_for(".update", handover_reference=handover.reference)
    corrected = handover.corrects if handover.is_correction else None
    base = base_of(parts.standing_of(corrected)) if corrected else {}
    return Desk(queries.start_of(handover.from_place), handover.training, handover, action, here, base)


def _to(handover: Handover, words: str) -> Response:
    return see_other(url_for(".show", handover_reference=handover.reference), words)


def _collection(training: Training | None, key: str) -> str:
    start: dict[str, Any] = {"from": key}
    if training is None:
        return url_for(".create", **start)
    return url_for(".create_at_training", code=training.code, **start)


def _list(training: Training | None) -> str:
    return url_for(".of_training", code=training.code) if training else url_for(".index")

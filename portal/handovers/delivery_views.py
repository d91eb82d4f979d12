"""Partial deliveries, returns, damage and loss of an act's copies, and its end."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.handovers import deliveries, operations, queries
from portal.handovers.deliveries import PlannedDelivery, PlannedReturn
from portal.handovers.forms import CopiesForm, DeliveryForm, EndForm, LetterForm, TakeBackForm
from portal.handovers.rules import ActStatus, ActStep
from portal.handovers.views import print_paper, send, show_page, to_act
from portal.materials import queries as material_queries
from portal.materials.forms import VoidForm
from portal.materials.models import Handover, Material
from portal.materials.queries import list_by_ids
from portal.materials.rules import PlaceKind
from portal.platform import clock
from portal.platform.answers import act
from portal.platform.db import reads_first
from portal.platform.errors import Refusal
from portal.platform.forms import beside, options
from portal.stock import labels
from portal.stock import queries as stock_queries
from portal.stock.rules import Act

bp = Blueprint("deliveries", __name__, url_prefix="/hand-over-acts/<handover_reference>")
Answer = Response | str | tuple[str, int]
# Beside which control a refusal stands.
_BESIDE = {"not_there_yet": "delivered_on"}


@bp.get("/deliver")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def new(handover: Handover) -> Answer:
    """Show what is still to come, each with a place for the number."""
    form = DeliveryForm(formdata=None, rows=_rows(handover, ActStep.DELIVER), delivered_on=clock.today())
    return _page(handover, form, ActStep.DELIVER)


@bp.post("/deliver")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def deliver(handover: Handover) -> Answer:
    form = DeliveryForm()
    if not form.validate():
        return _page(handover, form, ActStep.DELIVER), 422
    assert form.delivered_on.data is not None
    titles = _titles(queries.status_of(handover))
    copies, numbers = form.copies(titles), form.numbers(titles)
    said = (form.delivered_on.data, form.taken_by.data or "", form.paper.data or "")
    planned = PlannedDelivery(copies, *said, numbers)
    return act(
        lambda: deliveries.deliver(handover, planned, actor=actor(), now=clock.now()),
        then=lambda _done: _noted(handover, copies),
        again=lambda refusal: _again(handover, form, ActStep.DELIVER, refusal),
    )


@bp.post("/deliveries/<int:serial>/void")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def void(handover: Handover, serial: int) -> Answer:
    form = VoidForm()
    return act(
        lambda: deliveries.void(handover, serial, reason=form.reason.data or "", actor=actor(), now=clock.now()),
        then=lambda _done: to_act(
            handover, _("Part %(number)s is void; its copies are back in the stock.", number=serial)
        ),
        again=lambda refusal: show_page(handover, refusal=refusal),
    )


@bp.post("/end")
@reads_first
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def end(handover: Handover) -> Answer:
    form, now = EndForm(), clock.now()
    if not form.validate():
        return show_page(handover, end_form=form), 422
    assert form.ended_on.data is not None
    day, reason = form.ended_on.data, form.reason
    return print_paper(
        handover,
        lambda act, press: deliveries.end(act, ended_on=day, reason=reason, press=press, actor=actor(), now=now),
        then=lambda: to_act(handover, _("The discrepancy note is printed. Have it signed together with the act.")),
        end_form=form,
    )


@bp.get("/discrepancies.pdf")
@requires(Permission.VIEW_MATERIALS, handover=material_queries.get_handover)
def note(handover: Handover) -> Response:
    return send(handover, handover.ending.document if handover.ending else None)


@bp.get("/take-back")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def choose_back(handover: Handover) -> Answer:
    """Show what the institution has by the act, each with a place for the number."""
    rows = _rows(handover, ActStep.TAKE_BACK)
    office = f"{PlaceKind.OFFICE.value}:{handover.region_code}"
    form = TakeBackForm(formdata=None, rows=rows, happened_on=clock.today(), end=office)
    return _page(handover, form, ActStep.TAKE_BACK)


@bp.post("/take-back")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def take_back(handover: Handover) -> Answer:
    form = _offered(TakeBackForm())
    if not form.validate():
        return _page(handover, form, ActStep.TAKE_BACK), 422
    assert form.happened_on.data is not None
    titles = _titles(queries.status_of(handover))
    copies, numbers = form.copies(titles), form.numbers(titles)
    said = (form.happened_on.data, form.note.data or "", form.end.data or "")
    planned = PlannedReturn(Act(form.act.data), copies, *said, numbers)
    return act(
        lambda: deliveries.take_back(handover, planned, actor=actor(), now=clock.now()),
        then=lambda _done: _noted(handover, copies),
        again=lambda refusal: _again(handover, form, ActStep.TAKE_BACK, refusal),
    )


@bp.post("/letter")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover)
def note_letter(handover: Handover) -> Answer:
    form = LetterForm()
    if not form.validate():
        return show_page(handover, letter_form=form), 422
    assert form.day.data is not None
    number, day = form.number.data or "", form.day.data
    return act(
        lambda: operations.note_letter(handover, number=number, day=day, actor=actor(), now=clock.now()),
        then=lambda _done: to_act(handover, _("Saved.")),
        again=lambda refusal: show_page(handover, refusal=refusal, letter_form=form),
    )


def _page(handover: Handover, form: CopiesForm, step: ActStep, refusal: Refusal | None = None) -> str:
    status = queries.status_of(handover)
    if refusal is None and not form.is_submitted():
        refused = operations.why_not(step, handover, status)
        if refused is not None:
            return show_page(handover, refusal=refused)
    if isinstance(form, TakeBackForm):
        _offered(form)
    return render_template(
        "handovers/deliver.html" if step == ActStep.DELIVER else "handovers/take_back.html",
        handover=handover,
        training=handover.training,
        form=form,
        refusal=refusal,
        titles=_titles(status),
        lines={line.material_id: line for line in status.lines},
        words=labels,
    )


def _again(handover: Handover, form: CopiesForm, step: ActStep, refusal: Refusal) -> str:
    if form.is_beside_row(refusal.arguments.get("material"), str(refusal)):
        return _page(handover, form, step)
    return _page(handover, form, step, beside(form, refusal, _BESIDE))


def _noted(handover: Handover, copies: Mapping[int, int]) -> Response:
    return to_act(handover, _("Noted: %(copies)s.", copies=labels.copies(sum(copies.values()))))


def _offered(form: TakeBackForm) -> TakeBackForm:
    spots = stock_queries.list_ends(actor(), Act.RETURN, clock.today())
    form.end.choices = options([("", _("Choose")), *((spot.key, labels.choice(spot)) for spot in spots)])
    return form


def _rows(handover: Handover, step: ActStep) -> list[dict[str, Any]]:
    status = queries.status_of(handover)
    references = {material.id: reference for reference, material in _titles(status).items()}
    return [
        {"material": references[line.material_id]}
        for line in status.lines
        if (line.to_come if step == ActStep.DELIVER else line.there) > 0
    ]


def _titles(status: ActStatus) -> dict[str, Material]:
    titles = list_by_ids([line.material_id for line in status.lines])
    return {material.reference: material for material in titles}

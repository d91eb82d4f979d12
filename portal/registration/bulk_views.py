"""Operations on many registrations: who is affected, confirmation, results."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import beside
from portal.registration import operations, queries
from portal.registration.filters import MOST_CHOSEN, chosen_of
from portal.registration.forms import BulkForm
from portal.registration.models import BulkAct, Registration
from portal.registration.operations import Reason
from portal.registration.rules import CAUSES, RegistrationState, WhyNot
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("bulk", __name__, url_prefix="/trainings/<code>/registrations/bulk")

_ACTS = {RegistrationState.CONFIRMED.value, RegistrationState.WAITLISTED.value, RegistrationState.DECLINED.value}


@bp.get("")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training)
def ask(training: Training) -> str | Response:
    """Show whom the act concerns: the ticked people, or all whom the list's search and filters let through."""
    act = request.args.get("act", "")
    if act not in _ACTS:
        return see_other(url_for("registrations.index", code=training.code))
    return _page(training, BulkForm(formdata=None, act=act), chosen_of(training))


@bp.post("")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training)
def act(training: Training) -> Response | tuple[str, int]:
    """Do it for everyone for whom it is possible."""
    form, now = BulkForm(), clock.now()
    sent = (text.partition(":") for text in request.form.getlist("registration")[:MOST_CHOSEN])
    chosen = {reference: int(version) for reference, _colon, version in sent if version.isdecimal()}
    if form.act.data not in _ACTS:
        abort(422)
    state = RegistrationState(form.act.data)
    reason = Reason(cause=form.cause.data or "", words=(form.reason.data or "").strip())
    people = queries.list_chosen(training.id, chosen)
    if not form.validate():
        return _page(training, form, people), 422
    try:
        if state == RegistrationState.CONFIRMED:
            done = operations.confirm_chosen(training, chosen, actor=actor(), now=now)
        else:
            done = operations.decide_chosen(training, chosen, state, reason=reason, actor=actor(), now=now)
    except Refusal as refusal:
        return _page(training, form, people, refusal=beside(form, refusal)), refusal.status
    return see_other(url_for(".show", code=training.code, bulk_reference=done.reference))


@bp.get("/<bulk_reference>")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training, done=queries.get_bulk_act)
def show(training: Training, done: BulkAct) -> str:
    """Show what an act on many has done, and whom it did not do and why."""
    why = dict(done.refused)
    entries = queries.list_chosen(training.id, [*done.done, *why])
    return render_template(
        "registration/bulked.html",
        training=training,
        act=done,
        seated=[entry for entry in entries if entry.reference not in why],
        refused=[(entry, WhyNot(why[entry.reference])) for entry in entries if entry.reference in why],
        seating=queries.get_seating(training),
        zone=ZoneInfo(training.time_zone),
    )


def _page(training: Training, form: BulkForm, chosen: Sequence[Registration], **context: Any) -> str:
    causes = CAUSES.get(RegistrationState(form.act.data or ""), ())
    form.offer(causes)
    return render_template(
        "registration/bulk.html",
        training=training,
        form=form,
        chosen=chosen,
        has_causes=bool(causes),
        seating=queries.get_seating(training),
        most=MOST_CHOSEN,
        **context,
    )

"""A focal point's page of a training: the call, the list, and the outcome."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.calls import operations, queries, rules
from portal.calls.forms import HandInForm, WithdrawForm
from portal.calls.operations import NominationsOver
from portal.calls.queries import Call
from portal.nominations.forms import source_of
from portal.nominations.models import NominationList
from portal.nominations.summary import column_text, place_names, problem_text, repetition_text
from portal.platform import clock, paging, submissions
from portal.platform.answers import act, see_other
from portal.platform.db import reads_first
from portal.platform.errors import Conflict, Refusal
from portal.trainings.operations import TrainingClosed

bp = Blueprint("calls", __name__, url_prefix="/calls/<code>")


def _get_call(code: str) -> Call | None:
    return queries.find_call(code, actor().reach.institution_id, clock.today())


@bp.get("")
@requires(Permission.VIEW_CALL, call=_get_call)
def show(call: Call) -> str:
    """Show what the training asks of the institution, the list that waits, and its own people."""
    return _page(call)


@bp.post("")
@reads_first
@requires(Permission.HAND_IN_LIST, call=_get_call)
def hand_in(call: Call) -> Response | tuple[str, int]:
    """Take a list, in place of the one that waits; the coordinator imports it."""
    form = HandInForm()
    if not form.validate():
        return _page(call, form), 422
    try:
        draft = operations.draft(call, source_of(form), today=clock.today(call.training.time_zone))
        repeated = submissions.start_writing()
        if repeated is not None:
            return repeated
        operations.hand_in(call, draft, expected_version=form.seen.data or "", actor=actor(), now=clock.now())
    except (Conflict, TrainingClosed, NominationsOver) as refusal:
        return _page(call, refusal=refusal), refusal.status
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(call, form), refusal.status
    return _to_call(call, _("The list is handed in. What is still to fix stands below."))


@bp.post("/withdraw")
@requires(Permission.HAND_IN_LIST, call=_get_call)
def withdraw(call: Call) -> Response:
    """Take the list back that waits."""
    seen = WithdrawForm().seen.data or ""
    return act(
        lambda: operations.withdraw(call, expected_version=seen, actor=actor(), now=clock.now()),
        then=lambda _nothing: _to_call(call, _("The list is taken back, and its rows are not kept.")),
        again=lambda refusal: _page(call, refusal=refusal),
    )


def _page(call: Call, form: HandInForm | None = None, refusal: Refusal | None = None) -> str:
    training, waiting = call.training, queries.find_waiting_list(call)
    today, seen = clock.today(training.time_zone), operations.list_version(waiting)
    rows = _rows(waiting) if waiting else []
    form = form or HandInForm(formdata=None)
    form.seen.data = seen
    return render_template(
        "calls/show.html",
        training=training,
        call=call,
        answer=call.answer,
        takes_lists=rules.takes_lists(training.state, training.nominations_due_on, today),
        is_coming=today < training.starts_on,
        is_closed=training.is_locked or training.is_cancelled,
        kept=queries.list_kept(call),
        waiting=waiting,
        rows=rows,
        faulty=[row for row in rows if row["faults"] or row["repeats"]],
        sent_by=accounts.names_of([waiting.created_by]) if waiting else {},
        taken=queries.list_taken(call),
        page=queries.page_of_nominees(call, paging.asked()),
        form=form,
        withdrawal=WithdrawForm(formdata=None, seen=seen),
        refusal=refusal,
        zone=ZoneInfo(training.time_zone),
    )


def _rows(nomination_list: NominationList) -> list[dict[str, Any]]:
    """Return the rows of a list that waits: whom each names, and in words what is wrong with it."""
    places = place_names()
    rows = operations.list_rows(nomination_list, clock.today(nomination_list.training.time_zone))
    names = {row.number: row.nominee.full_name for row in rows if row.nominee}
    return [
        {
            "number": row.number,
            "nominee": row.nominee,
            "institution": places.get(row.nominee.institution, ""),
            "faults": [
                (column_text(one), one.value, problem_text(one, places)) for one in row.problems if not one.is_warning
            ],
            "notes": [problem_text(one, places) for one in row.problems if one.is_warning],
            "repeats": repetition_text(kept, names.get(kept, "")) if (kept := row.duplicate_of) else "",
        }
        for row in rows
        if row.nominee
    ]


def _to_call(call: Call, done: str) -> Response:
    return see_other(url_for(".show", code=call.training.code), done, "success")

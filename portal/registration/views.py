"""A training's registrations: the list, one with its history, seats, and the list of the confirmed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.platform import clock, dates, downloads, exports, i18n, paging
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm, beside, choices_of
from portal.platform.htmx import is_partial, respond
from portal.platform.submissions import repeatable
from portal.registration import documents, operations, queries
from portal.registration.filters import TABS, filters_of, list_address
from portal.registration.forms import ConfirmForm, DecisionForm
from portal.registration.history import lines_of
from portal.registration.models import Registration
from portal.registration.operations import Reason
from portal.registration.queries import get_registration
from portal.registration.rules import CAUSES, Cause, RegistrationState, can_move
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("registrations", __name__, url_prefix="/trainings/<code>/registrations")
_KEPT = ("q", "institution", "region", "sort")
# How long the list points out who has withdrawn on their own page.
_RECENTLY = timedelta(days=14)
# The order in which a page offers the decisions that are not a seat.
_DECISIONS = (
    RegistrationState.NOMINATED,
    RegistrationState.WAITLISTED,
    RegistrationState.WITHDRAWN,
    RegistrationState.DECLINED,
)


@bp.get("")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training)
def index(training: Training) -> Response:
    """List the registrations, filtered and paged."""
    institutions, regions = queries.list_institutions(training.id), queries.list_regions(training.id)
    filters = filters_of(training, request.args, institutions)
    page = queries.list_page(training.id, filters, paging.asked())
    return respond(
        page="registration/index.html",
        fragment="registration/_list.html",
        training=training,
        institutions=institutions,
        regions=regions,
        listed=page,
        filters=filters,
        decisions=queries.last_decisions([registration.id for registration in page.items]),
        back=request.full_path.rstrip("?"),
        withdrawn=queries.list_withdrawn_own(training.id, clock.now() - _RECENTLY),
        export=PortalForm(formdata=None),
        **_list_context(training, request.args),
    )


@bp.get("/<registration_reference>")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training, registration=get_registration)
def show(training: Training, registration: Registration) -> Response:
    """Show one registration with its history."""
    return _answer(training, registration)


@bp.post("/<registration_reference>/confirm")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training, registration=get_registration)
def confirm(training: Training, registration: Registration) -> Response:
    """Give one person a seat, or a place on the waiting list."""
    form = ConfirmForm()
    back = list_address(training, form.back.data)
    try:
        placement = operations.confirm(registration, version=form.version.data, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _answer(training, registration, refusal=refusal, back=back)
    name = registration.person.full_name
    if placement.shortage is None:
        done = _("%(name)s is confirmed.", name=name)
    else:
        done = _("No seat is free: %(name)s is on the waiting list.", name=name)
    if is_partial():
        return _answer(training, registration, done=done, back=back)
    flash(done, "success" if placement.shortage is None else "warning")
    own = url_for(".show", code=training.code, registration_reference=registration.reference)
    return see_other(f"{back}#registration-row-{registration.reference}" if form.back.data else own)


@bp.post("/<registration_reference>/decide")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training, registration=get_registration)
def decide(training: Training, registration: Registration) -> Response:
    """Decline, withdraw, put on the waiting list, or take back to the nominated."""
    form = DecisionForm().offer()
    if not form.validate() or form.state.data not in _DECISIONS:
        return _answer(training, registration, form=form, status=422)
    said_by = form.said_by.data if form.state.data == RegistrationState.WITHDRAWN else ""
    reason = Reason(
        cause=form.cause.data or "",
        words=(form.reason.data or "").strip(),
        said_by=said_by if said_by in ("participant", "institution") else "",
    )
    try:
        operations.decide(
            registration,
            RegistrationState(form.state.data),
            reason=reason,
            version=form.version.data,
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        shown = beside(form, refusal)
        return _answer(training, registration, form=form, refusal=shown, status=refusal.status)
    flash(_("The decision is recorded."), "success")
    return see_other(url_for(".show", code=training.code, registration_reference=registration.reference))


def _answer(
    training: Training, registration: Registration, *, refusal: Refusal | None = None, **context: Any
) -> Response:
    """Show the row or the page of a registration as it stands now, with what was refused."""
    status = context.pop("status", refusal.status if refusal else 200)
    if is_partial():
        back = context.pop("back", url_for(".index", code=training.code))
        context |= {
            "decision": queries.last_decisions([registration.id]).get(registration.id),
            "back": back,
            "is_alone": True,
            **_list_context(training, dict(parse_qsl(urlsplit(back).query))),
        }
    else:
        context |= _page(training, registration, context.pop("form", None))
    return respond(
        page="registration/show.html",
        fragment="registration/_row.html",
        status=status,
        toast=context.pop("done", ""),
        training=training,
        registration=registration,
        refusal=refusal,
        **context,
    )


def _page(training: Training, registration: Registration, sent: DecisionForm | None) -> dict[str, Any]:
    decisions = queries.list_decisions(registration.id)
    return {
        "decisions": decisions,
        "names": accounts.names_of(decision.decided_by for decision in decisions),
        "link": queries.find_valid_link(registration.id, clock.now()),
        "forms": _decision_forms(registration, sent),
        "sent": sent,
        "requests": queries.list_requests(registration.id),
        "cause_words": dict(choices_of(Cause)),
        "can_confirm": can_move(RegistrationState(registration.state), RegistrationState.CONFIRMED),
        "seating": queries.get_seating(training),
        "corrected": lines_of(registration) if can(Permission.CORRECT_REGISTRATION, training) else [],
        "zone": ZoneInfo(training.time_zone),
    }


def _decision_forms(registration: Registration, sent: DecisionForm | None) -> list[tuple[str, DecisionForm]]:
    """Return a form for each decision that is possible now; the one that was refused keeps what was typed in it."""
    forms = []
    for state in _DECISIONS:
        if not can_move(RegistrationState(registration.state), state):
            continue
        is_sent = sent is not None and sent.state.data == state
        form = sent if sent is not None and is_sent else DecisionForm(formdata=None, state=state.value)
        form.version.data = registration.version
        form.version.raw_data = None
        form.offer(CAUSES.get(state, ()))
        for field in form:
            field.id = f"{state.value}-{field.name}"
        forms.append((state.value, form))
    return forms


def _list_context(training: Training, args: Mapping[str, str]) -> dict[str, Any]:
    """Return the seats and the counts by state, with the tabs that keep the other arguments of the list."""
    counts = queries.count_by_state(training.id)
    kept: dict[str, Any] = {name: value for name, value in args.items() if name in _KEPT and value}
    tabs = []
    for name, (words, states) in TABS.items():
        url = url_for("registrations.index", code=training.code, state=name or None, **kept)
        count = sum(counts.get(state, 0) for state in states) if states else sum(counts.values())
        tabs.append((words, url, count, name == args.get("state", "")))
    seating = queries.get_seating(training)
    following = queries.next_in_line(training, seating) if counts.get(RegistrationState.WAITLISTED) else None
    return {"seating": seating, "counts": counts, "tabs_of_list": tabs, "following": following}


seats_bp = Blueprint("seats", __name__, url_prefix="/trainings/<code>/registrations")


@seats_bp.get("/confirmation")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training)
def confirmation(training: Training) -> str:
    """Show who would get a seat and who would wait for what; or, with `at`, what was decided at that moment."""
    at = _moment(request.args.get("at", ""))
    if at is None:
        return _confirmation(training)
    return render_template(
        "registration/confirmed_all.html",
        training=training,
        decided=queries.list_decided_at(training.id, at),
        left=queries.plan(training),
        seating=queries.get_seating(training),
        at=at,
        zone=ZoneInfo(training.time_zone),
    )


@seats_bp.post("/confirm-all")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training)
def confirm_all(training: Training) -> Response:
    """Give everyone who waits a seat, or a place on the waiting list."""
    now = clock.now()
    return act(
        lambda: operations.confirm_all(training, actor=actor(), now=now),
        then=lambda _placements: see_other(url_for(".confirmation", code=training.code, at=now.isoformat())),
        again=lambda refusal: _confirmation(training, refusal=refusal),
    )


@seats_bp.get("/confirmed")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training)
def confirmed(training: Training) -> str:
    """Show everyone who is confirmed, as it is printed and sent to the institutions."""
    return render_template(
        "registration/confirmed.html",
        training=training,
        registrations=queries.list_confirmed(training.id),
        today=dates.long_date(clock.today(training.time_zone), i18n.current()),
    )


@seats_bp.post("/export")
@requires(Permission.EXPORT_REGISTRATIONS, training=get_training)
@fresh()
@repeatable
def export(training: Training) -> Response:
    """Send the list of the confirmed as a spreadsheet; who took it along stands in the audit log."""
    registrations = operations.export(training, None, actor=actor(), now=clock.now())
    as_of = clock.today(training.time_zone)
    return _send(documents.confirmed_list(training, registrations, as_of), f"{training.code}-confirmed-{as_of}.xlsx")


@seats_bp.post("/list-export")
@requires(Permission.EXPORT_REGISTRATIONS, training=get_training)
@fresh()
@repeatable
def export_list(training: Training) -> Response:
    """Send the registrations as they are searched and filtered; who took them along stands in the audit log."""
    filters = filters_of(training, request.args)
    registrations = operations.export(training, filters, actor=actor(), now=clock.now())
    as_of = clock.today(training.time_zone)
    return _send(documents.filtered_list(training, registrations, as_of), f"{training.code}-registrations-{as_of}.xlsx")


def _send(table: documents.NameList, filename: str) -> Response:
    content = exports.write_xlsx(table.name, table.columns, table.rows, heading=table.heading)
    return downloads.send_bytes(content, filename=filename)


def _confirmation(training: Training, **context: Any) -> str:
    return render_template(
        "registration/confirmation.html",
        training=training,
        plan=queries.plan(training),
        seating=queries.get_seating(training),
        form=PortalForm(),
        **context,
    )


def _moment(text: str) -> datetime | None:
    """Return the moment that an address names; an address without one, or with a broken one, asks for the preview."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None

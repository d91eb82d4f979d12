"""The closing ceremony: who will get a paper, issuing before the last session ends, and the order of the papers."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.attendance import queries as attendance
from portal.certificates.forms import ActForm, OrderForm
from portal.certificates.operations import bundle, ceremonies, issue, wording
from portal.certificates.queries import certificates as papers
from portal.certificates.queries import seating
from portal.certificates.rules import PrintOrder
from portal.platform import clock, compare, jobs
from portal.platform.answers import see_other
from portal.platform.compare import Difference
from portal.platform.dates import clock_in
from portal.platform.errors import Refusal
from portal.platform.refusals import RecordChanged
from portal.trainings.models import Training
from portal.trainings.queries import find_last_change, get_training

bp = Blueprint("ceremony", __name__, url_prefix="/trainings/<code>/certificates/ceremony")


@bp.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def show(training: Training) -> str:
    """Show who will get a certificate if they stay marked as now, and what may be done about it at this hour."""
    return _page(training)


@bp.post("/issue")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def issue_now(training: Training) -> Response | tuple[str, int]:
    """Issue for those whom the page showed."""
    seen, base_url = request.form.get("seen", ""), current_app.config["PORTAL_BASE_URL"]
    try:
        numbered = ceremonies.issue_for_ceremony(training, seen=seen, base_url=base_url, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, refusal), refusal.status
    return see_other(
        url_for(".show", code=training.code),
        ngettext(
            "%(num)s certificate has its number; its file is being made.",
            "%(num)s certificates have their numbers; their files are being made.",
            len(numbered),
        ),
    )


@bp.get("/order")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def order(training: Training) -> str:
    """Show in which order the papers lie, and who sits where."""
    return _order_page(training, _saved(training))


@bp.post("/order")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def arrange(training: Training) -> Response | tuple[str, int]:
    """Remember the order and the seats."""
    form = OrderForm()
    form.read_seats(request.form)
    if not form.validate():
        return _order_page(training, form), 422
    chosen, version = PrintOrder(form.print_order.data), form.version.data or 0
    try:
        ceremonies.arrange(training, chosen, form.seats, version=version, actor=actor(), now=clock.now())
    except RecordChanged as refusal:
        return _order_page(training, form, refusal), refusal.status
    return see_other(url_for(".show", code=training.code), _("Saved. The file for the printer is made in this order."))


def _page(training: Training, refusal: Refusal | None = None) -> str:
    now, blocks = clock.now(), ceremonies.blocks_of(training)
    places = seating.places(training, seating.order_of(training))
    people = sorted(ceremonies.provisional(training, now), key=lambda one: places[one.registration.id])
    without = [one for one in people if one.certificate is None]
    due = [one for one in without if one.eligibility.due]
    ready = [one for one in due if one.is_ready]
    made, numbers = bundle.find(training.code), papers.list_standing_numbers(training)
    return render_template(
        "ceremony/show.html",
        training=training,
        window=ceremonies.window(training, now).value,
        ready=ready,
        unnamed=[one for one in due if not one.is_ready],
        others=[one for one in without if not one.eligibility.due and _is_expected(one)],
        papers=len(numbers),
        bundle=made if made is not None and made.numbers == numbers else None,
        order=seating.order_of(training).value,
        left=[one for one in training.sessions if any(one.id == block.id and block.ends_at > now for block in blocks)],
        at=clock_in(training.time_zone),
        seen=ceremonies.fingerprint(ready),
        job=jobs.find_latest(issue.RENEW, training.code),
        reason=wording.reason,
        may=can(Permission.ISSUE_CERTIFICATES, training),
        form=ActForm(),
        refusal=refusal,
    )


def _is_expected(one: Any) -> bool:
    """Tell whether somebody has a seat: who was declined or withdrew is nobody's surprise."""
    return one.registration.state == "confirmed" and one.registration.role in attendance.MARKED_ROLES


def _saved(training: Training) -> OrderForm:
    ceremony = seating.find_ceremony(training)
    form = OrderForm(
        formdata=None,
        print_order=ceremony.print_order if ceremony else PrintOrder.NAME.value,
        version=ceremony.version if ceremony else 0,
    )
    seats = seating.seats_of(training)
    form.typed = {one.reference: str(seats[one.id]) for one in attendance.list_listed(training) if one.id in seats}
    return form


def _order_page(training: Training, form: OrderForm, refusal: Refusal | None = None) -> str:
    people = attendance.list_listed(training)
    differences, saved_by = [], None
    if isinstance(refusal, RecordChanged):  # What was typed stays, on top of what is saved: sent once more, it counts.
        saved = _saved(training)
        form.version.data, form.version.raw_data = saved.version.data, None
        names = {one.reference: one.person.full_name for one in people}
        differences = [*compare.differences(form, saved), *_moved(form, saved, names)]
        saved_by = find_last_change(f"training {training.code}", ("certificates.ceremony_arranged",))
    return render_template(
        "ceremony/order.html",
        training=training,
        form=form,
        people=people,
        differences=differences,
        saved_by=saved_by,
        refusal=refusal,
    )


def _moved(form: OrderForm, saved: OrderForm, names: dict[str, str]) -> list[Difference]:
    """Return who sits elsewhere in what was typed than in what is saved."""
    pairs = ((one, form.typed.get(one, ""), saved.typed.get(one, "")) for one in names)
    return [
        Difference(f"seat-{one}", names[one], [typed] if typed else [], [kept] if kept else [])
        for one, typed, kept in pairs
        if typed != kept
    ]

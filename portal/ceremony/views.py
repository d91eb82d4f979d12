"""The closing ceremony: who will get a certificate, issuing early, the order, and handing over with a phone."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import IntegerField, RadioField
from wtforms.validators import DataRequired
from wtforms.widgets import HiddenInput

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.attendance import queries as attendance
from portal.ceremony import operations, queries
from portal.ceremony.operations import HandingInput, Shown
from portal.certificates import bundle
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates import wording as certificate_wording
from portal.certificates.models import Certificate
from portal.certificates.queries import get_certificate
from portal.certificates.rules import Handing, PrintOrder, Recipient
from portal.platform import clock, compare, jobs, paging, tokens
from portal.platform.answers import act, see_other
from portal.platform.compare import Difference
from portal.platform.dates import clock_in
from portal.platform.errors import RecordChanged, Refusal
from portal.platform.forms import PortalForm, choices_of, options
from portal.platform.i18n import _l
from portal.trainings.models import Training
from portal.trainings.queries import find_last_change, get_training

_SEAT, _SEAT_DIGITS, _MOST_SEATS = "seat-", 4, 2_000


class OrderForm(PortalForm):
    """In which order papers lie; the seats are one field for each person, `seat-REFERENCE`."""

    print_order = RadioField(
        _l("Order"),
        [DataRequired(_l("Choose an order."))],
        choices=options(choices_of(PrintOrder)),
    )
    version = IntegerField(widget=HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed: dict[str, str] = {}
        self.seats: dict[str, int] = {}
        self.seat_errors: dict[str, Any] = {}

    def read_seats(self, sent: Mapping[str, str]) -> None:
        """Take the seats as they were typed; an empty one is none."""
        for name in [one for one in sent if one.startswith(_SEAT)][:_MOST_SEATS]:
            typed, reference = sent[name].strip(), name.removeprefix(_SEAT)
            self.typed[reference] = typed[:_SEAT_DIGITS]
            if typed.isascii() and typed.isdecimal() and len(typed) <= _SEAT_DIGITS and int(typed):
                self.seats[reference] = int(typed)
            elif typed:
                self.seat_errors[name] = _l("Give a whole number from 1 to 9999.")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        is_right = super().validate(*args, **kwargs)
        if self.seat_errors:
            self.form_errors.append(_l("A seat is a whole number from 1 to 9999."))
        return is_right and not self.seat_errors


bp = Blueprint("ceremony", __name__, url_prefix="/trainings/<code>/certificates/ceremony")


@bp.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def show(training: Training) -> str:
    """Show who will get a certificate if they stay marked as now, and what may be done about it at this hour."""
    return _page(training)


@bp.post("/issue")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def issue_now(training: Training) -> Response:
    shown = request.form.get("seen", "")
    return act(
        lambda: operations.issue_for_ceremony(training, shown=shown, actor=actor(), now=clock.now()),
        then=lambda numbered: see_other(
            url_for(".show", code=training.code),
            ngettext(
                "%(num)s certificate has its number; its file is being made.",
                "%(num)s certificates have their numbers; their files are being made.",
                len(numbered),
            ),
        ),
        again=partial(_page, training),
    )


@bp.get("/order")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def order(training: Training) -> str:
    return _order_page(training, _saved(training))


@bp.post("/order")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def arrange(training: Training) -> Response | tuple[str, int]:
    form = OrderForm()
    form.read_seats(request.form)
    if not form.validate():
        return _order_page(training, form), 422
    chosen, version = PrintOrder(form.print_order.data), form.version.data or 0
    return act(
        lambda: operations.arrange(training, chosen, form.seats, version=version, actor=actor(), now=clock.now()),
        then=lambda _none: see_other(
            url_for(".show", code=training.code), _("Saved. The file for the printer is made in this order.")
        ),
        again=partial(_order_page, training, form),
    )


def _page(training: Training, refusal: Refusal | None = None) -> str:
    now = clock.now()
    places = certificate_queries.places_of(training, certificate_queries.order_of(training))
    people = sorted(operations.provisional(training, now), key=lambda one: places[one.registration.id])
    without = [one for one in people if one.certificate is None]
    due = [one for one in without if one.eligibility.due]
    ready = [one for one in due if one.is_ready]
    made, numbers = bundle.find_of_today(training)
    return render_template(
        "ceremony/show.html",
        training=training,
        window=operations.window(training, now).value,
        ready=ready,
        unnamed=[one for one in due if not one.is_ready],
        others=[one for one in without if not one.eligibility.due and _is_expected(one)],
        papers=len(numbers),
        bundle=made,
        order=certificate_queries.order_of(training).value,
        left=operations.sessions_left(training, now),
        at=clock_in(training.time_zone),
        seen=operations.fingerprint(ready),
        job=jobs.find_latest(certificate_operations.RENEW, training.code),
        reason=certificate_wording.reason,
        may=can(Permission.ISSUE_CERTIFICATES, training),
        form=PortalForm(),
        refusal=refusal,
    )


def _is_expected(one: Any) -> bool:
    """Tell whether somebody has a seat: who was declined or withdrew is nobody's surprise."""
    return one.registration.state == "confirmed" and one.registration.role in attendance.MARKED_ROLES


def _saved(training: Training) -> OrderForm:
    ceremony = certificate_queries.find_ceremony(training)
    form = OrderForm(
        formdata=None,
        print_order=ceremony.print_order if ceremony else PrintOrder.NAME.value,
        version=ceremony.version if ceremony else 0,
    )
    seats = certificate_queries.seats_of(training)
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


handing_over = Blueprint("handing_over", __name__, url_prefix="/trainings/<code>/certificates/hand-over")

_SAYINGS: dict[str, tuple[Handing, Recipient]] = {
    "self": (Handing.HANDED_OVER, Recipient.SELF),
    "on_behalf": (Handing.HANDED_OVER, Recipient.ON_BEHALF),
    "sent": (Handing.HANDED_OVER, Recipient.SENT),
    "unclaimed": (Handing.UNCLAIMED, Recipient.NOBODY),
    "undo": (Handing.CLEARED, Recipient.NOBODY),
}
_NAMED = {"on_behalf", "sent"}
_ROWS = 80  # More than any hall of ours seats: at a ceremony everybody stands on one page.


@handing_over.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def index(training: Training) -> str:
    return _handing_page(training)


@handing_over.post("/<certificate_reference>")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training, certificate=get_certificate)
def note(training: Training, certificate: Certificate) -> Response | tuple[str, int]:
    said = request.form.get("act", "")
    if said not in _SAYINGS:
        return _handing_page(training), 422
    state, recipient = _SAYINGS[said]
    name = " ".join(request.form.get("received_by", "").split())[:120] if said in _NAMED else ""
    handing = HandingInput(_key(), state, _shown_mark(), recipient, name)
    return act(
        lambda: operations.note(certificate, handing, actor=actor(), now=clock.now()),
        then=lambda _none: _back(training, certificate.number),
        again=partial(_handing_page, training, refused=certificate.number),
    )


@handing_over.post("/<certificate_reference>/void")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training, certificate=get_certificate)
def void(training: Training, certificate: Certificate) -> Response:
    last_mark = _shown_mark()
    return act(
        lambda: operations.void(certificate, key=_key(), last_mark=last_mark, actor=actor(), now=clock.now()),
        then=lambda _none: _back(training, certificate.number, _("№ %(number)s is void.", number=certificate.number)),
        again=partial(_handing_page, training, refused=certificate.number),
    )


@handing_over.post("/rest")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def note_rest(training: Training) -> Response:
    numbers, last = frozenset(request.form.getlist("listed")), request.form.get("last", 0, type=int)
    shown, left = Shown(numbers, last), frozenset(request.form.getlist("left"))
    return act(
        lambda: operations.note_rest(training, shown, left=left, key=_key(), actor=actor(), now=clock.now()),
        then=lambda counts: _back(
            training, words=_("Handed over: %(given)s. Not collected: %(kept)s.", given=counts[0], kept=counts[1])
        ),
        again=partial(_handing_page, training),
    )


@handing_over.post("/undo-rest")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def undo_rest(training: Training) -> Response:
    number = operations.undo_rest(training, batch=request.form.get("batch", ""), actor=actor(), now=clock.now())
    return _back(training, words=_("Taken back: %(number)s.", number=number))


def _key() -> str:
    """Return the key of the form that was sent; whoever sends none gets one."""
    return request.form.get("form_key", "")[:40] or tokens.random_token()


def _shown_mark() -> int:
    return request.form.get("seen", 0, type=int)


def _back(training: Training, number: str = "", words: str = "") -> Response:
    """Lead to the next paper, on a phone past the head of the page, or to the row that was acted on."""
    anchor = f"paper-{number}" if number and request.form.get("from") == "row" else "next"
    show, page = request.args.get("show") or None, request.args.get("page") or None
    return see_other(url_for(".index", code=training.code, show=show, page=page, _anchor=anchor), words)


def _handing_page(training: Training, refusal: Refusal | None = None, *, refused: str = "") -> str:
    papers, show = queries.list_papers(training), request.args.get("show", "")
    may = can(Permission.ISSUE_CERTIFICATES, training)
    found = [one for one in papers if show in ("", one.state)]
    return render_template(
        "ceremony/hand_over.html",
        training=training,
        papers=papers,
        show=show,
        page=paging.cut(found, paging.asked(), _ROWS),
        counts=Counter(one.state for one in papers),
        next=next((one for one in papers if one.state == "open"), None),
        last=max((one.last_mark for one in papers), default=0),
        batch=queries.newest_batch(papers),
        voidable=operations.list_voidable(training, papers, now=clock.now()) if may and not training.is_locked else {},
        reason=certificate_wording.reason,
        names=accounts.names_of({one.mark.marked_by for one in papers if one.mark}),
        zone=ZoneInfo(training.time_zone),
        may=may,
        form=PortalForm(),
        refused=refused,
        typed=request.form.get("received_by", ""),
        refusal=refusal,
    )

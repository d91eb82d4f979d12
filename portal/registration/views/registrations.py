"""The registrations of a training: the list, one registration with its history, a seat, another decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.people.models import Institution
from portal.platform import clock, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.htmx import is_partial, respond
from portal.platform.wording import _l
from portal.registration.forms.registrations import ConfirmForm, DecisionForm, ExportForm
from portal.registration.history import lines_of
from portal.registration.models import Registration
from portal.registration.operations import seats
from portal.registration.operations.seats import Reason
from portal.registration.queries import joining
from portal.registration.queries import keys as key_queries
from portal.registration.queries import registrations as queries
from portal.registration.queries import seats as seat_queries
from portal.registration.queries.registrations import Sieve, get_registration
from portal.registration.queries.seats import Placement
from portal.registration.rules.states import CAUSES, Cause, RegistrationState, can_move
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("registrations", __name__, url_prefix="/trainings/<code>/registrations")

S = RegistrationState
# The tabs of the list: name in the address, words, states.
TABS: dict[str, tuple[Any, tuple[RegistrationState, ...]]] = {
    "": (_l("All"), ()),
    "nominated": (_l("Nominated"), (S.NOMINATED, S.INVITED)),
    "confirmed": (_l("Confirmed"), (S.CONFIRMED,)),
    "waitlisted": (_l("Waiting list"), (S.WAITLISTED,)),
    "out": (_l("Out"), (S.DECLINED, S.WITHDRAWN, S.SUBSTITUTED)),
}
CAUSE_WORDS: dict[Cause, Any] = {
    Cause.PREREQUISITES_UNMET: _l("Does not fit the profile"),
    Cause.DOCUMENTS_INCOMPLETE: _l("Documents incomplete"),
    Cause.ADMINISTRATIVE: _l("Administrative"),
    Cause.WORK: _l("Called away by work"),
    Cause.ILLNESS: _l("Illness"),
    Cause.PERSONAL: _l("Personal circumstances"),
    Cause.UNKNOWN: _l("Reason not known"),
    Cause.OTHER: _l("Another reason, written below"),
}
_KEPT = ("q", "institution", "region", "sort")
# How long the list points out who has withdrawn on their own page.
_RECENTLY = timedelta(days=14)
MOST_CHOSEN = 1_000
_SORTS = ("order", "-order", "name", "-name")
# The order in which a page offers the decisions that are not a seat.
_DECISIONS = (S.NOMINATED, S.WAITLISTED, S.WITHDRAWN, S.DECLINED)


@dataclass(frozen=True)
class Tab:
    """One tab of the list."""

    words: Any
    url: str
    count: int
    is_current: bool

    @property
    def as_item(self) -> tuple[Any, str, int, bool]:
        """Return the tab as the macro takes it."""
        return self.words, self.url, self.count, self.is_current


@bp.get("")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training)
def index(training: Training) -> Response:
    """List the registrations, sifted and paged."""
    institutions, regions = queries.list_institutions(training.id), queries.list_regions(training.id)
    sieve = sieve_of(training, request.args, institutions)
    page = queries.list_page(training.id, sieve, paging.asked())
    return respond(
        page="registration/index.html",
        fragment="registration/_list.html",
        training=training,
        institutions=institutions,
        regions=regions,
        listed=page,
        sieve=sieve,
        decisions=queries.last_decisions([registration.id for registration in page.items]),
        back=request.full_path.rstrip("?"),
        withdrawn=queries.list_withdrawn_own(training.id, clock.now() - _RECENTLY),
        export=ExportForm(formdata=None),
        **_standing(training, request.args),
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
        placement = seats.confirm(registration, version=form.version.data, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _answer(training, registration, refusal=refusal, back=back)
    done = _done(registration, placement)
    if is_partial():
        return _answer(training, registration, done=done, back=back)
    flash(done, "success" if placement.shortage is None else "warning")
    own = url_for(".show", code=training.code, registration_reference=registration.reference)
    return see_other(f"{back}#registration-row-{registration.reference}" if form.back.data else own)


@bp.post("/<registration_reference>/decide")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training, registration=get_registration)
def decide(training: Training, registration: Registration) -> Response:
    """Decline, withdraw, put on the waiting list, or take back to the nominated."""
    form = DecisionForm().offer(())
    if not form.validate() or form.state.data not in _DECISIONS:
        return _answer(training, registration, form=form, status=422)
    reason = Reason(cause=form.cause.data or "", words=(form.reason.data or "").strip(), said_by=_said_by(form))
    try:
        seats.decide(
            registration,
            RegistrationState(form.state.data),
            reason=reason,
            version=form.version.data,
            actor=actor(),
            now=clock.now(),
        )
    except seats.CauseMissing as refusal:
        form.cause.errors = [str(refusal)]
        return _answer(training, registration, form=form, status=refusal.status)
    except Refusal as refusal:
        return _answer(training, registration, form=form, refusal=refusal)
    flash(_("The decision is recorded."), "success")
    own = url_for(".show", code=training.code, registration_reference=registration.reference)
    return see_other(own)


def _said_by(form: DecisionForm) -> str:
    said_by = form.said_by.data or ""
    return said_by if form.state.data == S.WITHDRAWN and said_by in ("participant", "institution") else ""


def _answer(
    training: Training, registration: Registration, *, refusal: Refusal | None = None, **context: Any
) -> Response:
    """Show the row or the page of a registration as it stands now, with what was refused."""
    status = context.pop("status", refusal.status if refusal else 200)
    if is_partial():
        back = context.pop("back", url_for(".index", code=training.code))
        context |= _row(training, registration, back)
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


def _row(training: Training, registration: Registration, back: str) -> dict[str, Any]:
    """Return what a row needs, and the counts around it that have changed with it."""
    return {
        "decision": queries.last_decisions([registration.id]).get(registration.id),
        "back": back,
        "is_alone": True,
        **_standing(training, dict(parse_qsl(urlsplit(back).query))),
    }


def _page(training: Training, registration: Registration, sent: DecisionForm | None) -> dict[str, Any]:
    decisions = queries.list_decisions(registration.id)
    return {
        "decisions": decisions,
        "names": accounts.names_of(decision.decided_by for decision in decisions),
        "link": key_queries.find_valid_link(registration.id, clock.now()),
        "forms": _decision_forms(registration, sent),
        "sent": sent,
        "requests": joining.list_requests(registration.id),
        "cause_words": CAUSE_WORDS,
        "can_confirm": can_move(S(registration.state), S.CONFIRMED),
        "seating": seat_queries.get_seating(training),
        "corrected": lines_of(registration) if can(Permission.CORRECT_REGISTRATION, training) else [],
        "zone": ZoneInfo(training.time_zone),
    }


def _decision_forms(registration: Registration, sent: DecisionForm | None) -> list[tuple[str, DecisionForm]]:
    """Return a form for each decision that is possible now; the one that was refused keeps what was typed in it."""
    forms = []
    for state in _DECISIONS:
        if not can_move(S(registration.state), state):
            continue
        is_sent = sent is not None and sent.state.data == state
        form = sent if sent is not None and is_sent else DecisionForm(formdata=None, state=state.value)
        form.version.data = registration.version
        form.version.raw_data = None
        form.offer([(cause.value, CAUSE_WORDS[cause]) for cause in CAUSES.get(state, ())])
        for field in form:
            field.id = f"{state.value}-{field.name}"
        forms.append((state.value, form))
    return forms


def _standing(training: Training, args: Mapping[str, str]) -> dict[str, Any]:
    """Return the seats and the counts by state, with the tabs that keep the other arguments of the list."""
    counts = queries.count_by_state(training.id)
    kept: dict[str, Any] = {name: value for name, value in args.items() if name in _KEPT and value}
    tabs = []
    for name, (words, states) in TABS.items():
        url = url_for("registrations.index", code=training.code, state=name or None, **kept)
        count = sum(counts.get(state, 0) for state in states) if states else sum(counts.values())
        tabs.append(Tab(words, url, count, name == args.get("state", "")))
    seating = seat_queries.get_seating(training)
    following = seat_queries.next_in_line(training, seating) if counts.get(S.WAITLISTED) else None
    return {"seating": seating, "counts": counts, "tabs_of_list": tabs, "following": following}


def sieve_of(training: Training, args: Mapping[str, str], institutions: Sequence[Institution] | None = None) -> Sieve:
    """Return which registrations an address of the list shows."""
    used = queries.list_institutions(training.id) if institutions is None else institutions
    institution_ids = {institution.code: institution.id for institution in used}
    sort = args.get("sort", "")
    return Sieve(
        states=tuple(state.value for state in TABS.get(args.get("state", ""), TABS[""])[1]),
        institution_id=institution_ids.get(args.get("institution", "")),
        region_code=args.get("region", ""),
        text=args.get("q", "")[:200],
        sort=sort if sort in _SORTS else "order",
    )


def chosen_of(training: Training) -> list[Registration]:
    """Return whom a bulk act concerns: the ticked people, or all whom the list's search and filters let through."""
    if request.values.get("everyone"):
        return queries.list_sifted(training.id, sieve_of(training, request.args), limit=MOST_CHOSEN)
    return queries.list_chosen(training.id, request.values.getlist("registration")[:MOST_CHOSEN])


def list_address(training: Training, sent: str | None) -> str:
    """Return the list's address that a form brought along; anything but this training's list is forgotten."""
    own = url_for("registrations.index", code=training.code)
    parts = urlsplit(sent or "")
    is_own = not parts.netloc and not parts.scheme and parts.path == own
    return f"{own}?{parts.query}" if is_own and parts.query else own


def _done(registration: Registration, placement: Placement) -> str:
    name = registration.person.full_name
    if placement.shortage is None:
        return _("%(name)s is confirmed.", name=name)
    return _("No seat is free: %(name)s is on the waiting list.", name=name)

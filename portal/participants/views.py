"""The participant withdraws, and sees where victims find help; the loader behind the cookie."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import participant, requires
from portal.access.permissions import Permission
from portal.catalog import queries as catalog
from portal.catalog.models import ReferralCenter
from portal.catalog.rules import Guest, Offer, Tongue, is_stale
from portal.participants import queries, rules
from portal.participants.forms import WithdrawForm
from portal.participants.models import ParticipantSession
from portal.participants.rules import COOKIE
from portal.platform import clock, cookies
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.forms import choices_of, options
from portal.platform.i18n import text_of
from portal.records.fields import in_words
from portal.registration import operations as registration_operations
from portal.registration.models import Registration
from portal.registration.rules import Cause


def load_participant() -> ParticipantSession | None:
    """Return the participant's stay of this request's cookie; whether it still holds is read anew each time."""
    token = cookies.read(COOKIE)
    return queries.find_stay(token, clock.now()) if token else None


bp = Blueprint("referrals", __name__, url_prefix="/my/referral-centers")


@dataclass(frozen=True)
class CenterView:
    """A center as a participant sees it."""

    center: ReferralCenter
    offers: str
    facts: list[tuple[str, str]]
    is_stale: bool


@bp.get("")
@requires(Permission.VIEW_CENTERS_AFTERWARDS)
def index() -> str:
    """List the centers, those of one's own region first; before the end of the training there is no such page."""
    stay = _stay()
    if not sees_centers(stay.registration):
        abort(404)
    own = stay.registration.region_code or stay.registration.training.region_code
    found = catalog.list_open_centers(clock.today(), first=own)
    groups = [(region, [_view(one) for one in group]) for region, group in groupby(found, lambda one: one.region)]
    return render_template("my/centers.html", groups=groups, own=own)


def sees_centers(registration: Registration) -> bool:
    """Tell whether this participant sees the centers today."""
    training = registration.training
    today = clock.today(training.time_zone)
    return rules.sees_centers(registration.state, training.ends_on, today, is_cancelled=training.is_cancelled)


def _view(center: ReferralCenter) -> CenterView:
    facts: list[tuple[str, Any]] = [
        (_("Whom it takes in"), in_words(center.accepts, Guest)),
        (_("Hours"), text_of(center, "hours")),
        (_("Address"), text_of(center, "address")),
        (_("Languages spoken"), in_words(center.languages, Tongue)),
        (_("Note"), text_of(center, "note")),
    ]
    return CenterView(center, in_words(center.offers, Offer), facts, is_stale(center.checked_on, clock.today()))


withdrawals_bp = Blueprint("withdrawals", __name__, url_prefix="/my/withdrawal")


@withdrawals_bp.get("")
@requires(Permission.WITHDRAW_OWN_REGISTRATION)
def ask() -> str:
    """Ask for the last time, with or without a reason."""
    return _page(_offered(WithdrawForm(formdata=None)))


@withdrawals_bp.post("")
@requires(Permission.WITHDRAW_OWN_REGISTRATION)
def withdraw() -> Response | tuple[str, int]:
    """Give the seat back."""
    stay, form = _stay(), _offered(WithdrawForm())
    if not form.validate():
        return _page(form), 422
    cause, words = form.cause.data or "", (form.reason.data or "").strip()
    return act(
        lambda: registration_operations.withdraw_own(
            stay.registration, cause=cause, words=words, actor=stay, now=clock.now()
        ),
        then=lambda _nothing: see_other(url_for("my.index"), _("You have withdrawn. Thank you for telling us early.")),
        again=lambda refusal: _page(form, refusal),
    )


def _stay() -> ParticipantSession:
    stay = participant()
    assert isinstance(stay, ParticipantSession)
    return stay


def _offered(form: WithdrawForm) -> WithdrawForm:
    causes = choices_of((Cause.WORK, Cause.ILLNESS, Cause.PERSONAL))
    form.cause.choices = options([("", _("I do not want to say")), *causes])
    return form


def _page(form: WithdrawForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "registration/withdrawal.html", registration=_stay().registration, form=form, refusal=refusal
    )

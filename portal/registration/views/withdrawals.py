"""A participant withdraws on their own page, before the training begins."""

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import participant, requires
from portal.access.permissions import Permission
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.registration.forms.registrations import WithdrawForm
from portal.registration.models import ParticipantSession
from portal.registration.operations import seats
from portal.registration.rules.states import Cause
from portal.registration.views.registrations import CAUSE_WORDS

bp = Blueprint("withdrawals", __name__, url_prefix="/my/withdrawal")


@bp.get("")
@requires(Permission.WITHDRAW_OWN_REGISTRATION)
def ask() -> str:
    """Ask for the last time, with or without a reason."""
    return _page(_offered(WithdrawForm(formdata=None)))


@bp.post("")
@requires(Permission.WITHDRAW_OWN_REGISTRATION)
def withdraw() -> Response | tuple[str, int]:
    """Give the seat back."""
    stay, form = _stay(), _offered(WithdrawForm())
    if not form.validate():
        return _page(form), 422
    try:
        seats.withdraw_own(
            stay.registration,
            cause=form.cause.data or "",
            words=(form.reason.data or "").strip(),
            actor=stay,
            now=clock.now(),
        )
    except Refusal as refusal:
        return _page(form, refusal), refusal.status
    return see_other(url_for("my.index"), _("You have withdrawn. Thank you for telling us early."))


def _stay() -> ParticipantSession:
    stay = participant()
    assert isinstance(stay, ParticipantSession)
    return stay


def _offered(form: WithdrawForm) -> WithdrawForm:
    causes = [(cause.value, CAUSE_WORDS[cause]) for cause in (Cause.WORK, Cause.ILLNESS, Cause.PERSONAL)]
    form.cause.choices = options([("", _("I do not want to say")), *causes])
    return form


def _page(form: WithdrawForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "registration/withdrawal.html", registration=_stay().registration, form=form, refusal=refusal
    )

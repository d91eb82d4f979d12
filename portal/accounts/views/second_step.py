"""The second step of a sign-in, and the proof that the owner of an open sign-in is still there."""

from datetime import timedelta

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import public, requires
from portal.access.permissions import Permission
from portal.accounts import queries
from portal.accounts.forms import AgainForm, CodeForm
from portal.accounts.models import Account
from portal.accounts.operations import second_factor, sessions
from portal.accounts.operations.second_factor import WrongCode
from portal.accounts.operations.sessions import StepsTooLate, WrongSteps
from portal.accounts.rules.tickets import Ticket, fingerprint
from portal.accounts.views import sign_in, tickets
from portal.platform import clock, cookies, limits, passwords, security_events
from portal.platform.answers import see_other
from portal.platform.db import reads_first, start_writing
from portal.platform.errors import Refusal
from portal.platform.limits import Limit, limited
from portal.platform.security_events import Kind
from portal.platform.submissions import repeatable

bp = Blueprint("second_step", __name__, url_prefix="/sign-in")


def _bucket() -> str:
    """Return whose codes are tried: the account with this password; a new password brings new tries."""
    ticket = tickets.kept(clock.now())
    return ticket.bucket if ticket else limits.client_address()


# A code is one of a million, three are good at a time: 20 tries a day are one chance in 16,000.
TRIES = Limit("sign-in code", 5, timedelta(minutes=10), _bucket)
_TRIES_OF_DAY = Limit("sign-in code day", 20, timedelta(days=1), _bucket)
_TRIES_AGAIN = Limit("sign-in again", 5, timedelta(minutes=10), lambda: cookies.read(sign_in.COOKIE) or "")


@bp.get("/code")
@public
def show() -> Response | str:
    """Ask for the code."""
    if tickets.kept(clock.now()) is None:
        return see_other(url_for("accounts.sign_in"))
    return _page(CodeForm(formdata=None))


@bp.post("/code")
@public
@repeatable
@limited(TRIES, _TRIES_OF_DAY, Limit("sign-in code address", 60, timedelta(hours=1), limits.client_address))
def check() -> Response | tuple[str, int]:
    """Sign in with the code, if the first step was right as well."""
    form, now = CodeForm(), clock.now()
    ticket = tickets.kept(now)
    if ticket is None:
        return see_other(url_for("accounts.sign_in"), str(StepsTooLate()), "warning")
    if not form.validate():
        return _page(form), 422
    password_hash = queries.find_password_hash(ticket.account_id)
    try:
        second_factor.use_code(ticket.account_id, form.code.data or "", now=now)
        _expect(password_hash, ticket)
    except (WrongCode, WrongSteps):
        security_events.note(Kind.CODE_FAILED, f"account {ticket.account_id}" if ticket.account_id else "")
        form.form_errors.append(str(WrongSteps()))
        return _page(form), 422
    limits.forgive_request()
    sign_in.forgive_first_step(ticket.address)
    return sign_in.enter(ticket.account_id, ticket.address, sign_in.inside(tickets.address()) or url_for("home.index"))


@bp.get("/again")
@requires(Permission.SET_UP_SECOND_FACTOR)
def again() -> str:
    """Ask the owner of the sign-in for the password once more."""
    return _again_page(AgainForm(formdata=None, next=request.args.get("next", "")))


@bp.post("/again")
@requires(Permission.SET_UP_SECOND_FACTOR)
@repeatable
@reads_first
@limited(_TRIES_AGAIN)
def check_again() -> Response | tuple[str, int]:
    """Note that the owner is there, and go on."""
    form = AgainForm()
    account: Account = g.account_session.account
    if not form.validate():
        return _again_page(form), 422
    is_right = passwords.is_password(account.password_hash, form.password.data or "")
    start_writing()
    try:
        if account.second_factor_at is not None and not sign_in.is_demo():
            second_factor.use_code(account.id, form.code.data or "", now=clock.now())
        if not is_right:
            raise WrongSteps
    except Refusal:
        security_events.note(Kind.CODE_FAILED, account.label)
        form.form_errors.append(_("The password or the code is not right, or the code was used already."))
        return _again_page(form), 422
    limits.forgive_request()
    sessions.verify_session(g.account_session, now=clock.now())
    return see_other(sign_in.inside(form.next.data) or url_for("home.index"))


def _expect(password_hash: str | None, ticket: Ticket) -> None:
    """Let a ticket pass only as long as the account and its password are what they were in the first step."""
    if password_hash is None or fingerprint(password_hash) != ticket.password:
        raise WrongSteps


def _page(form: CodeForm) -> str:
    return render_template("accounts/code.html", form=form)


def _again_page(form: AgainForm) -> str:
    has_code = g.account_session.account.second_factor_at is not None and not sign_in.is_demo()
    return render_template("accounts/again.html", form=form, has_code=has_code)

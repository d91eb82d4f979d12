"""Sign in, the second step, sign out, and the language of pages."""

from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, abort, current_app, g, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access.guard import public, requires
from portal.access.permissions import Permission
from portal.accounts import operations, queries, second_factor
from portal.accounts.forms import AgainForm, CodeForm, SignInForm
from portal.accounts.models import Account
from portal.accounts.operations import StepsTooLate, WrongSteps
from portal.accounts.rules import (
    DEMO_PASSWORD,
    FRESH,
    GUARDED_ROLES,
    Ticket,
    account_key,
    device_of,
    fingerprint,
    is_demo_address,
)
from portal.accounts.second_factor import WrongCode
from portal.platform import browsers, clock, cookies, i18n, limits, passwords, security_events, vault
from portal.platform.answers import see_other
from portal.platform.db import reads_first, start_writing
from portal.platform.errors import Refusal
from portal.platform.limits import Limit, limited
from portal.platform.security_events import Kind
from portal.platform.submissions import repeatable

_TICKET, _NEXT = "sign_in", "sign_in_next"
_PLACE = "sign-in ticket"


def kept(now: datetime) -> Ticket | None:
    """Return the ticket of the first step in this browser, if it has one that is still good."""
    try:
        ticket = Ticket.read(vault.decrypt(session.get(_TICKET, ""), _PLACE))
    except ValueError:  # Sealed is one.
        return None
    return ticket if ticket.is_good(now) else None


bp = Blueprint("accounts", __name__)
COOKIE = "portal"
_TOUCH = timedelta(minutes=1)


def _tried() -> str:
    return account_key(request.form.get("email", ""))


def _origin(account: str) -> str:
    """Return where a try comes from: a browser that its owner has used, or else an address."""
    return browsers.name_for(account) or limits.client_address()


def _if_unknown(account: str) -> str | None:
    return None if browsers.name_for(account) else account


# Failures only: what a sign-in has counted is given back when it comes to its end. Nobody locks an owner out: a known
# browser counts apart from all others; beyond the ceiling of an account the others wait, but not for ever.
_BY_ORIGIN = Limit("sign-in account", 5, timedelta(minutes=1), lambda: f"{_tried()} {_origin(_tried())}")
_BY_ADDRESS = Limit("sign-in address", 60, timedelta(hours=1), lambda: _origin(_tried()))
_EVERYWHERE = Limit(
    "sign-in everywhere", 100, timedelta(days=1), lambda: _if_unknown(_tried()), pause=timedelta(minutes=1)
)
_WARNED_AT = 20  # Failures within a day, from wherever, of which the owner learns.


@bp.get("/sign-in")
@public
def sign_in() -> Response | str:
    """Show the sign-in form; whoever is signed in already goes home."""
    if current_user.is_authenticated:
        return see_other(url_for("home.index"))
    return _page(SignInForm(next=request.args.get("next", "")))


@bp.post("/sign-in")
@public
@repeatable
@limited(_BY_ORIGIN, _BY_ADDRESS, _EVERYWHERE)
def open_session() -> Response | tuple[str, int]:
    """Check the password; whoever brings a wrong one is asked for a code like who has a second factor."""
    form = SignInForm()
    if not form.validate():
        return _page(form), 422
    email = form.email.data or ""
    credentials = queries.find_credentials(email) if is_demo() or not is_demo_address(email) else None
    is_right = passwords.is_password(credentials.password_hash if credentials else None, form.password.data or "")
    if credentials is not None and is_right and (is_demo() or credentials.second_factor_at is None):
        limits.forgive_request()
        return enter(credentials.id, account_key(email), inside(form.next.data) or url_for("home.index"))
    if not is_right:
        security_events.note(Kind.SIGN_IN_FAILED, f"account {credentials.id}" if credentials else "")
    if limits.number_of(_EVERYWHERE) == _WARNED_AT:
        operations.look_for_owner(operations.GUESSES_JOB, email, now=clock.now())
    if is_demo():
        form.form_errors.append(str(operations.WrongCredentials()))
        return _page(form), 422
    found = (credentials.id, credentials.password_hash) if credentials is not None and is_right else None
    session[_TICKET] = vault.encrypt(str(Ticket.make(email, found, clock.now())), _PLACE)
    session[_NEXT] = inside(form.next.data) or ""
    return see_other(url_for("second_step.show"))


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    if current_user.is_authenticated:
        operations.end_session(g.account_session, now=clock.now())
    _start_anew()
    response = see_other(url_for("accounts.sign_in"))
    cookies.write(response, COOKIE, "", max_age=0)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.post("/language")
@public
@repeatable  # Its answer leads back to where the page was; no row may keep an address that carries a secret.
def language() -> Response:
    chosen = request.form.get("locale")
    if chosen not in i18n.LOCALES:
        abort(400)
    session["locale"] = chosen
    session.permanent = True
    return see_other(inside(request.form.get("next")) or url_for("home.index"))


def enter(account_id: int, account: str, address: str) -> Response:
    """Open a sign-in for who has proved to be the owner, hand over its cookie and lead on."""
    token = operations.open_session(account_id, device=device_of(request.user_agent.string), now=clock.now())
    _start_anew()
    response = see_other(address)
    cookies.write(response, COOKIE, token, max_age=int(queries.ABSOLUTE.total_seconds()))
    browsers.remember(response, account)
    return response


def forgive_first_step(account: str) -> None:
    """Give back what the first step has counted of a sign-in that its second step has brought to its end."""
    origin = _origin(account)
    counted = ((_BY_ORIGIN, f"{account} {origin}"), (_BY_ADDRESS, origin), (_EVERYWHERE, _if_unknown(account)))
    for limit, value in counted:
        if value is not None:
            limits.forgive(limit, value)


def load_account() -> Account | None:
    """Return the account of the request's cookie; rights are read anew each time."""
    token = cookies.read(COOKIE)
    if not token:
        return None
    now = clock.now()
    account_session = queries.find_session(token, now)
    if account_session is None:
        return None
    if is_demo_address(account_session.account.email) and not is_demo():
        return None
    g.account_session = account_session
    if now - account_session.seen_at >= _TOUCH:
        operations.keep_session(account_session, now=now)
    return account_session.account


def own_account() -> Account:
    account: Account = g.account_session.account
    return account


def detour(permission: Permission, keeps: Collection[str] | None) -> str | None:
    """Return where the account must go before it may do this, if anywhere.

    A role that needs a second factor does nothing else before it has one: every route that asks for a permission comes
    by here, and only setting up the factor is let through. `keeps` is None where no fresh proof is asked for.
    """
    if permission is not Permission.SET_UP_SECOND_FACTOR and must_enrol(current_user):
        return url_for("second_factor.show")
    if keeps is not None and not is_demo() and clock.now() - g.account_session.verified_at > FRESH:
        return url_for("second_step.again", next=_way_back(keeps))
    return None


def _way_back(keeps: Collection[str]) -> str:
    """Return the page of a form as it was, with what may be kept of what was chosen in it."""
    page = urlsplit(i18n.page_before())
    if request.method != "POST":
        return page.geturl()
    asked = parse_qsl(page.query) or list(request.args.items(multi=True))
    chosen = [(name, request.form[name]) for name in keeps if request.form.get(name)]
    return page._replace(query=urlencode([pair for pair in asked if pair[0] not in keeps] + chosen)).geturl()


def must_enrol(account: Account) -> bool:
    """Tell whether somebody must set up a second factor before anything else."""
    return account.role in GUARDED_ROLES and account.second_factor_at is None and not is_demo()


def _start_anew() -> None:
    """Forget what the page cookie holds, the token against forged forms among it, but not the chosen language."""
    locale = session.get("locale")
    session.clear()
    if locale is not None:
        session["locale"], session.permanent = locale, True


def is_demo() -> bool:
    """Tell whether sign-ins whose password everybody knows are worth something here."""
    return bool(current_app.config["PORTAL_IS_DEMO"])


def _page(form: SignInForm) -> str:
    demo = queries.list_demo_accounts() if is_demo() else []
    known = {"demo_accounts": demo, "demo_password": DEMO_PASSWORD, "is_lost": "lost" in request.args}
    return render_template("accounts/sign_in.html", form=form, **known)


def inside(address: str | None) -> str | None:
    """Return an address of this site, or None for anything that could lead elsewhere."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(character in address for character in "\\\r\n\t") or urlsplit(address).netloc:
        return None
    return address


second_step_bp = Blueprint("second_step", __name__, url_prefix="/sign-in")


def _bucket() -> str:
    """Return whose codes are tried: the account with this password; a new password brings new tries."""
    ticket = kept(clock.now())
    return ticket.bucket if ticket else limits.client_address()


# A code is one of a million, three are good at a time: 20 tries a day are one chance in 16,000.
TRIES = Limit("sign-in code", 5, timedelta(minutes=10), _bucket)
_TRIES_OF_DAY = Limit("sign-in code day", 20, timedelta(days=1), _bucket)
_TRIES_AGAIN = Limit("sign-in again", 5, timedelta(minutes=10), lambda: cookies.read(COOKIE) or "")


@second_step_bp.get("/code")
@public
def show() -> Response | str:
    if kept(clock.now()) is None:
        return see_other(url_for("accounts.sign_in"))
    return _step_page(CodeForm(formdata=None))


@second_step_bp.post("/code")
@public
@repeatable
@limited(TRIES, _TRIES_OF_DAY, Limit("sign-in code address", 60, timedelta(hours=1), limits.client_address))
def check() -> Response | tuple[str, int]:
    """Sign in with the code, if the first step was right as well."""
    form, now = CodeForm(), clock.now()
    ticket = kept(now)
    if ticket is None:
        return see_other(url_for("accounts.sign_in"), str(StepsTooLate()), "warning")
    if not form.validate():
        return _step_page(form), 422
    password_hash = queries.find_password_hash(ticket.account_id)
    try:
        second_factor.use_code(ticket.account_id, form.code.data or "", now=now)
        # The account and its password must be what they were in the first step.
        if password_hash is None or fingerprint(password_hash) != ticket.password:
            raise WrongSteps
    except (WrongCode, WrongSteps):
        security_events.note(Kind.CODE_FAILED, f"account {ticket.account_id}" if ticket.account_id else "")
        form.form_errors.append(str(WrongSteps()))
        return _step_page(form), 422
    limits.forgive_request()
    forgive_first_step(ticket.address)
    return enter(ticket.account_id, ticket.address, inside(session.get(_NEXT)) or url_for("home.index"))


@second_step_bp.get("/again")
@requires(Permission.SET_UP_SECOND_FACTOR)
def again() -> str:
    """Ask the owner of the sign-in for the password once more."""
    return _again_page(AgainForm(formdata=None, next=request.args.get("next", "")))


@second_step_bp.post("/again")
@requires(Permission.SET_UP_SECOND_FACTOR)
@repeatable
@reads_first
@limited(_TRIES_AGAIN)
def check_again() -> Response | tuple[str, int]:
    """Note that the owner is there, and go on."""
    form, account = AgainForm(), own_account()
    if not form.validate():
        return _again_page(form), 422
    is_right = passwords.is_password(account.password_hash, form.password.data or "")
    start_writing()
    try:
        if account.second_factor_at is not None and not is_demo():
            second_factor.use_code(account.id, form.code.data or "", now=clock.now())
        if not is_right:
            raise WrongSteps
    except Refusal:
        security_events.note(Kind.CODE_FAILED, account.label)
        form.form_errors.append(_("The password or the code is not right, or the code was used already."))
        return _again_page(form), 422
    limits.forgive_request()
    operations.verify_session(g.account_session, now=clock.now())
    return see_other(inside(form.next.data) or url_for("home.index"))


def _step_page(form: CodeForm) -> str:
    return render_template("accounts/code.html", form=form)


def _again_page(form: AgainForm) -> str:
    has_code = own_account().second_factor_at is not None and not is_demo()
    return render_template("accounts/again.html", form=form, has_code=has_code)

"""Signing in and out, and the language of the pages."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from flask_login import current_user

from portal.access.guard import public
from portal.accounts import queries
from portal.accounts.forms import SignInForm
from portal.accounts.models import Account
from portal.accounts.operations import sessions
from portal.accounts.rules.demo import DEMO_PASSWORD, is_demo_address
from portal.accounts.rules.devices import device_of
from portal.platform import clock, cookies, languages, limits, passwords
from portal.platform.db import is_writing
from portal.platform.limits import Limit, limited
from portal.platform.submissions import repeatable

bp = Blueprint("accounts", __name__)
COOKIE = "portal"
_TOUCH = timedelta(minutes=1)


@bp.get("/sign-in")
@public
def sign_in() -> Response | str:
    """Show the sign-in form; whoever is signed in already goes home."""
    if current_user.is_authenticated:
        return redirect(url_for("home.index"), 303)  # type: ignore[return-value]
    return _page(SignInForm(next=request.args.get("next", "")))


@bp.post("/sign-in")
@public
@repeatable
@limited(
    Limit("sign-in account", 5, timedelta(minutes=1), lambda: f"{_typed_email()} {limits.client_address()}"),
    Limit("sign-in address", 20, timedelta(hours=1), limits.client_address),
)
def open_session() -> Response | tuple[str, int]:
    """Check the password and set the cookie."""
    form = SignInForm()
    if not form.validate():
        return _page(form), 422
    email = form.email.data or ""
    credentials = queries.find_credentials(email) if _is_demo() or not is_demo_address(email) else None
    is_right = passwords.is_password(credentials.password_hash if credentials else None, form.password.data or "")
    if credentials is None or not is_right:
        form.form_errors.append(str(sessions.WrongCredentials()))
        return _page(form), 422
    return enter(credentials.id, _inside(form.next.data) or url_for("home.index"))


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    """End the sign-in on the server and forget the cookie."""
    if current_user.is_authenticated:
        sessions.end_session(g.account_session, now=clock.now())
    _start_anew()
    response = redirect(url_for("accounts.sign_in"), 303)
    cookies.write(response, COOKIE, "", max_age=0)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response  # type: ignore[return-value]


@bp.post("/language")
@public
def language() -> Response:
    """Speak another language and stay on the page."""
    chosen = request.form.get("locale")
    if chosen not in languages.LOCALES:
        abort(400)
    session["locale"] = chosen
    session.permanent = True
    return redirect(_inside(request.form.get("next")) or url_for("home.index"), 303)  # type: ignore[return-value]


def enter(account_id: int, address: str) -> Response:
    """Open a sign-in for who has proved to be the owner, hand over its cookie and lead on."""
    token = sessions.open_session(account_id, device=device_of(request.user_agent.string), now=clock.now())
    _start_anew()
    response = redirect(address, 303)
    cookies.write(response, COOKIE, token, max_age=int(queries.ABSOLUTE.total_seconds()))  # type: ignore[arg-type]
    return response  # type: ignore[return-value]


def load_account() -> Account | None:
    """Return the account of the request's cookie; rights are read anew each time."""
    token = cookies.read(COOKIE)
    if not token:
        return None
    now = clock.now()
    account_session = queries.find_session(token, now)
    if account_session is None:
        return None
    if is_demo_address(account_session.account.email) and not _is_demo():
        return None
    g.account_session = account_session
    if now - account_session.seen_at >= _TOUCH:
        touch = sessions.keep_session if is_writing() else sessions.touch_session
        touch(account_session, now=now)
    return account_session.account


def _start_anew() -> None:
    """Forget what the page cookie holds, the token against forged forms among it, but not the chosen language."""
    locale = session.get("locale")
    session.clear()
    if locale is not None:
        session["locale"], session.permanent = locale, True


def _is_demo() -> bool:
    """Tell whether sign-ins whose password everybody knows are worth something here."""
    return bool(current_app.config["PORTAL_IS_DEMO"])


def _typed_email() -> str:
    """Return whose account is tried. It counts for each address apart, so that nobody locks the owner out."""
    return request.form.get("email", "").strip()


def _page(form: SignInForm) -> str:
    demo = queries.list_demo_accounts() if _is_demo() else []
    return render_template("accounts/sign_in.html", form=form, demo_accounts=demo, demo_password=DEMO_PASSWORD)


def _inside(address: str | None) -> str | None:
    """Return an address of this site, or None for anything that could lead elsewhere."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(character in address for character in "\\\r\n\t") or urlsplit(address).netloc:
        return None
    return address

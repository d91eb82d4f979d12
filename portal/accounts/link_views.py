"""Pages behind mailed links: accept an invitation, set a new password. The secret follows `#` and reaches no log."""

from datetime import timedelta

from flask import Blueprint, Response, flash, render_template, session, url_for
from flask_babel import gettext as _

from portal.access.guard import public
from portal.accounts import links, operations, passwords, sign_in_views
from portal.accounts.forms import AddressForm, JoinForm, LinkForm, NewPasswordForm, ResetForm
from portal.accounts.models import Account
from portal.accounts.rules import LinkKind, account_key
from portal.platform import browsers, clock, limits, security_events
from portal.platform import passwords as platform_passwords
from portal.platform.answers import see_other
from portal.platform.db import reads_first, start_writing
from portal.platform.errors import Refusal
from portal.platform.limits import Limit, limited
from portal.platform.security_events import Kind
from portal.platform.submissions import repeatable

bp = Blueprint("account_links", __name__)
_BY_ADDRESS = Limit("account link address", 60, timedelta(hours=1), limits.client_address)
_ASKED_BY_ADDRESS = Limit("forgotten address", 20, timedelta(hours=1), limits.client_address)


@bp.get("/invitation")
@public
def invitation() -> str:
    return _open_page(LinkKind.INVITATION, LinkForm(formdata=None))


@bp.post("/invitation/open")
@public
@repeatable
@limited(_BY_ADDRESS)
def open_invitation() -> str | tuple[str, int]:
    """Ask for a password; an answer of its own, since no address may carry the secret, and the link stays unused."""
    return _opened(LinkKind.INVITATION)


@bp.post("/invitation")
@public
@repeatable
@reads_first
@limited(_BY_ADDRESS)
def join() -> Response | tuple[str, int]:
    """Set the first password and sign in."""
    form = JoinForm()
    try:
        account = links.find(form.token.data or "", LinkKind.INVITATION, clock.now()).account
        if not form.validate() or not form.is_fit(account.role, about(account)):
            return _password_page(LinkKind.INVITATION, form, account), 422
        password_hash = platform_passwords.hash_password(form.new_password.data or "")
        start_writing()
        account = links.accept(
            form.token.data or "", password_hash=password_hash, locale=str(form.locale.data), now=clock.now()
        )
    except Refusal as refusal:
        return _open_page(LinkKind.INVITATION, LinkForm(formdata=None), refusal), refusal.status
    session["locale"], session.permanent = form.locale.data, True
    return sign_in_views.enter(account.id, account_key(account.email), url_for("home.index"))


@bp.get("/forgotten-password")
@public
def forgotten() -> str:
    return render_template("accounts/forgotten.html", form=AddressForm(formdata=None))


@bp.post("/forgotten-password")
@public
@limited(_ASKED_BY_ADDRESS)
def ask() -> Response | tuple[str, int]:
    """Have a link mailed, and say the same whether there is an account or not."""
    form = AddressForm()
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form), 422
    security_events.note(Kind.PASSWORD_ASKED)
    operations.look_for_owner(links.PASSWORD_JOB, form.email.data or "", now=clock.now())
    return see_other(
        url_for("accounts.sign_in"),
        _(
            "If there is an account for this address, a mail is on its way or has come within the last ten minutes. "
            "Its link works for ten minutes."
        ),
    )


@bp.get("/new-password")
@public
def new_password() -> str:
    return _open_page(LinkKind.PASSWORD, LinkForm(formdata=None))


@bp.post("/new-password/open")
@public
@repeatable
@limited(_BY_ADDRESS)
def open_new_password() -> str | tuple[str, int]:
    """Ask for the new password; the link stays unused."""
    return _opened(LinkKind.PASSWORD)


@bp.post("/new-password")
@public
@repeatable
@reads_first
@limited(_BY_ADDRESS)
def set_password() -> Response | tuple[str, int]:
    """Set the new password; it signs nobody in, and ends every sign-in that there was."""
    form = ResetForm()
    try:
        account = links.find(form.token.data or "", LinkKind.PASSWORD, clock.now()).account
        if not form.validate() or not form.is_fit(account.role, about(account)):
            return _password_page(LinkKind.PASSWORD, form, account), 422
        password_hash = platform_passwords.hash_password(form.new_password.data or "")
        start_writing()
        links.set_password(form.token.data or "", password_hash=password_hash, now=clock.now())
    except Refusal as refusal:
        return _open_page(LinkKind.PASSWORD, LinkForm(formdata=None), refusal), refusal.status
    flash(_("Your new password is set. Sign in with it; other devices are signed out."))
    response = see_other(url_for("accounts.sign_in"))
    browsers.remember(response, account_key(account.email))  # So that strangers' tries keep nobody waiting here.
    return response


def about(account: Account) -> list[str]:
    """Return what everybody knows of an account's owner, and what a password therefore may not be made of."""
    institution = account.institution
    names = (*institution.name, institution.code) if institution else ()
    return [account.name, account.email, *names]


def _opened(kind: LinkKind) -> str | tuple[str, int]:
    form = LinkForm()
    if not form.validate():
        return _open_page(kind, form), 422
    try:
        link = links.find(form.token.data or "", kind, clock.now())
    except Refusal as refusal:
        security_events.note(Kind.LINK_REFUSED)
        return _open_page(kind, form, refusal), refusal.status
    form_class = JoinForm if kind is LinkKind.INVITATION else ResetForm
    values = {"token": form.token.data, "locale": link.account.locale}
    return _password_page(kind, form_class(formdata=None, **values), link.account)


def _open_page(kind: LinkKind, form: LinkForm, refusal: Refusal | None = None) -> str:
    form.token.data = ""  # What was refused is not shown again.
    return render_template("accounts/link.html", kind=kind.value, form=form, refusal=refusal)


def _password_page(kind: LinkKind, form: NewPasswordForm, account: Account) -> str:
    return render_template(
        "accounts/new_password.html",
        kind=kind.value,
        form=form,
        account=account,
        least=passwords.minimum(account.role),
    )

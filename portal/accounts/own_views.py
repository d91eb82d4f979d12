"""Your own account: name and language, password, sign-ins."""

from datetime import timedelta

from flask import Blueprint, Response, g, render_template, session, url_for
from flask_babel import gettext as _

from portal.access.guard import requires
from portal.access.permissions import Permission
from portal.accounts import links, operations, passwords, queries
from portal.accounts.forms import ChangePasswordForm, ProfileForm
from portal.accounts.link_views import about
from portal.accounts.sign_in_views import COOKIE, own_account
from portal.platform import clock, cookies, limits
from portal.platform import passwords as platform_passwords
from portal.platform.answers import see_other
from portal.platform.db import reads_first, start_writing
from portal.platform.errors import Refusal
from portal.platform.i18n import choose_again
from portal.platform.limits import Limit, limited
from portal.platform.submissions import repeatable

bp = Blueprint("account", __name__, url_prefix="/account")
_TRIES = Limit("own password", 5, timedelta(minutes=10), lambda: cookies.read(COOKIE) or "")


@bp.get("")
@requires(Permission.USE_OWN_ACCOUNT)
def show() -> str:
    account = own_account()
    return _page(ProfileForm(formdata=None, name=account.name, locale=account.locale))


@bp.post("")
@requires(Permission.USE_OWN_ACCOUNT)
def update() -> Response | tuple[str, int]:
    form = ProfileForm()
    if not form.validate():
        return _page(form), 422
    operations.change_profile(own_account(), name=form.name.data or "", locale=str(form.locale.data), now=clock.now())
    session["locale"], session.permanent = form.locale.data, True
    choose_again()
    return see_other(url_for("account.show"), _("Your account is saved."))


@bp.post("/end-other-sign-ins")
@requires(Permission.USE_OWN_ACCOUNT)
def end_other_sign_ins() -> Response:
    account = own_account()
    operations.end_sessions(account, but=g.account_session, actor=account, now=clock.now())
    return see_other(url_for("account.show"), _("You are signed out on all other devices."))


@bp.get("/password")
@requires(Permission.USE_OWN_ACCOUNT)
def password() -> str:
    return _password_page(ChangePasswordForm(formdata=None))


@bp.post("/password")
@requires(Permission.USE_OWN_ACCOUNT)
@repeatable
@reads_first
@limited(_TRIES)
def change_password() -> Response | tuple[str, int]:
    """Set a new password and sign out on every other device."""
    form, account = ChangePasswordForm(), own_account()
    if not form.validate() or not form.is_fit(account.role, about(account)):
        return _password_page(form), 422
    if not platform_passwords.is_password(account.password_hash, form.password.data or ""):
        form.password.errors = [_("This is not your present password.")]
        return _password_page(form), 422
    password_hash = platform_passwords.hash_password(form.new_password.data or "")
    start_writing()
    limits.forgive_request()
    try:
        links.change_password(account, password_hash, but=g.account_session, now=clock.now())
    except Refusal as refusal:
        return _password_page(form, refusal), refusal.status
    return see_other(url_for("account.show"), _("Your new password is set; other devices are signed out."))


def _page(form: ProfileForm) -> str:
    account = own_account()
    return render_template(
        "accounts/own.html",
        account=account,
        form=form,
        sign_ins=queries.list_sessions(account, clock.now()),
        here=g.account_session,
        zone=clock.COUNTRY,
    )


def _password_page(form: ChangePasswordForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "accounts/own_password.html", form=form, refusal=refusal, least=passwords.minimum(own_account().role)
    )

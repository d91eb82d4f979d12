"""Set up, renew and remove your own second factor."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries, rules, second_factor, views
from portal.accounts.forms import CodeForm
from portal.accounts.models import Account
from portal.accounts.queries import get_account
from portal.accounts.sign_in_views import must_enrol, own_account
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.qr import qr
from portal.platform.submissions import repeatable

bp = Blueprint("second_factor", __name__)


@bp.get("/account/second-factor")
@requires(Permission.SET_UP_SECOND_FACTOR)
def show() -> str:
    """Show whether there is a second factor, or the secret that waits for its first code."""
    return _page(CodeForm(formdata=None))


@bp.post("/account/second-factor/begin")
@requires(Permission.SET_UP_SECOND_FACTOR)
@fresh()
def begin() -> Response | tuple[str, int]:
    return _do(second_factor.begin)


@bp.post("/account/second-factor/confirm")
@requires(Permission.SET_UP_SECOND_FACTOR)
@fresh()
@repeatable
def confirm() -> str | tuple[str, int]:
    """Take the app's first code, and show the recovery codes this once."""
    form = CodeForm()
    if not form.validate():
        return _page(form), 422
    code = form.code.data or ""
    return _show_codes(lambda: second_factor.confirm(own_account(), code, now=clock.now()), form, is_new=True)


@bp.post("/account/second-factor/codes")
@requires(Permission.USE_OWN_ACCOUNT)
@fresh()
@repeatable
def renew_codes() -> str | tuple[str, int]:
    form = CodeForm(formdata=None)
    return _show_codes(lambda: second_factor.renew_codes(own_account(), now=clock.now()), form, is_new=False)


@bp.post("/account/second-factor/remove")
@requires(Permission.USE_OWN_ACCOUNT)
@fresh()
def remove() -> Response | tuple[str, int]:
    return _do(second_factor.remove)


@bp.post("/accounts/<account_reference>/reset-second-factor")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
@fresh()
def reset(account: Account) -> Response | tuple[str, int]:
    words = _("The second factor is taken away, and the account is signed out everywhere.")
    return views.act(account, second_factor.reset, words)


def _do(operation: Callable[..., Any]) -> Response | tuple[str, int]:
    try:
        operation(own_account(), now=clock.now())
    except Refusal as refusal:
        return _page(CodeForm(formdata=None), refusal), refusal.status
    return see_other(url_for("second_factor.show"))


def _page(form: CodeForm, refusal: Refusal | None = None) -> str:
    account = own_account()
    context: dict[str, Any] = {"secret": None}
    factor = queries.get_second_factor(account.id)
    if factor is not None and factor.confirmed_at is None:
        secret = second_factor.secret_of(factor)
        address = second_factor.address_of(account, secret)
        context = {"secret": rules.grouped(secret), "code": qr(address), "uri": address}
    return render_template(
        "accounts/second_factor.html",
        account=account,
        form=form,
        refusal=refusal,
        codes_left=len(queries.list_recovery_codes(account.id)),
        must=must_enrol(account),
        **context,
    )


def _show_codes(make: Callable[[], list[str]], form: CodeForm, *, is_new: bool) -> str | tuple[str, int]:
    """Make recovery codes and show them this once."""
    try:
        codes = [rules.grouped(code) for code in make()]
    except Refusal as refusal:
        return _page(form, refusal), refusal.status
    return render_template(
        "accounts/recovery_codes.html", codes=codes, account=own_account(), is_new=is_new, today=clock.today()
    )

"""Invite people, once more or no more; for those who administer accounts."""

from flask import Blueprint, Response, flash, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts.forms import InvitationForm
from portal.accounts.models import Account
from portal.accounts.operations import links
from portal.accounts.operations.accounts import AddressTaken, AssignmentIncomplete
from portal.accounts.queries import get_account, get_by_email
from portal.accounts.views import directory
from portal.platform import clock, languages
from portal.platform.answers import see_other
from portal.platform.errors import Refusal

bp = Blueprint("invitations", __name__, url_prefix="/accounts")


@bp.get("/new")
@requires(Permission.MANAGE_ACCOUNTS)
@fresh()
def new() -> str:
    """Ask whom to invite."""
    return _page(InvitationForm(formdata=None, locale=languages.current()))


@bp.post("")
@requires(Permission.MANAGE_ACCOUNTS)
@fresh()
def create() -> Response | tuple[str, int]:
    """Make the account and mail the invitation."""
    form = InvitationForm()
    directory.offer(form)
    if not form.validate():
        return _page(form), 422
    try:
        account, _seed = links.invite(
            form.email.data or "",
            name=form.name.data or "",
            locale=str(form.locale.data),
            reach=form.assignment(),
            actor=actor(),
            now=clock.now(),
        )
    except AddressTaken as refusal:
        return _page(form, refusal, taken_by=get_by_email(form.email.data or "")), refusal.status
    except AssignmentIncomplete as refusal:
        form.show(refusal.fault)
        return _page(form), refusal.status
    flash(_("The invitation is on its way to %(email)s.", email=account.email))
    address = url_for("account_directory.show", account_reference=account.reference)
    return see_other(address)


@bp.post("/<account_reference>/invite-again")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
@fresh()
def invite_again(account: Account) -> Response | tuple[str, int]:
    """Mail a new link."""
    return directory.act(account, links.invite_again, _("A new invitation is on its way; the earlier link has ended."))


@bp.post("/<account_reference>/revoke-invitation")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
def revoke(account: Account) -> Response | tuple[str, int]:
    """Take the invitation back."""
    return directory.act(account, links.revoke_invitation, _("The invitation is taken back."))


def _page(form: InvitationForm, refusal: Refusal | None = None, taken_by: Account | None = None) -> str:
    directory.offer(form)
    return render_template("accounts/new.html", form=form, refusal=refusal, taken_by=taken_by)

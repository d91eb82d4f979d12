"""Accounts as administrators see them: the list, one account, its history, invitations."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import links, operations, queries
from portal.accounts.forms import AccountForm, ChangeAccountForm, InvitationForm
from portal.accounts.models import Account
from portal.accounts.operations import AccountChanged, AddressTaken
from portal.accounts.queries import Filters, get_account, get_by_email
from portal.accounts.rules import ACCOUNT_ROLES, AccountState
from portal.catalog import queries as catalog
from portal.people import queries as people
from portal.platform import clock, compare, i18n, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import Pairs, asked
from portal.platform.htmx import respond
from portal.platform.i18n import text_of

bp = Blueprint("account_directory", __name__, url_prefix="/accounts")
_STATES = [*(state.value for state in AccountState), queries.LACKS_FACTOR]


@bp.get("")
@requires(Permission.VIEW_ACCOUNTS)
def index() -> Response:
    filters = Filters(request.args.get("q", "").strip(), asked("role", ACCOUNT_ROLES, ""), asked("state", _STATES, ""))
    return respond(
        page="accounts/index.html",
        fragment="accounts/_list.html",
        accounts=queries.page_of_accounts(filters, paging.asked()),
        filters=filters,
        roles=ACCOUNT_ROLES,
        states=_STATES,
        projects=dict(list_projects()),
    )


@bp.get("/<account_reference>")
@requires(Permission.VIEW_ACCOUNTS, account=get_account)
def show(account: Account) -> str:
    return show_page(account)


@bp.post("/<account_reference>")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
@fresh()
def update(account: Account) -> Response | tuple[str, int]:
    form = ChangeAccountForm()
    offer(form)
    if not form.validate():
        return show_page(account, form), 422
    try:
        operations.change(
            account,
            name=form.name.data or "",
            reach=form.assignment(),
            version=form.version.data or 0,
            actor=actor(),
            now=clock.now(),
        )
    except AccountChanged as refusal:
        return _compare(account, form, refusal), refusal.status
    except Refusal as refusal:
        return show_page(account, form, refusal=refusal), refusal.status
    return _done(account, _("The account is saved."))


@bp.post("/<account_reference>/close")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
@fresh()
def close(account: Account) -> Response | tuple[str, int]:
    return act(account, operations.close, _("The account is closed and signed out everywhere."))


@bp.post("/<account_reference>/reopen")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
@fresh()
def reopen(account: Account) -> Response | tuple[str, int]:
    return act(account, operations.reopen, _("The account is open again."))


@bp.post("/<account_reference>/end-sign-ins")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
@fresh()
def end_sign_ins(account: Account) -> Response | tuple[str, int]:
    return act(account, operations.end_sessions, _("The account is signed out everywhere."))


def act(account: Account, operation: Callable[..., object], words: str) -> Response | tuple[str, int]:
    """Do something to an account and say so, or say why not."""
    try:
        operation(account, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return show_page(account, refusal=refusal), refusal.status
    return _done(account, words)


def show_page(account: Account, form: ChangeAccountForm | None = None, **context: Any) -> str:
    now = clock.now()
    form = form or _form_of(account)
    offer(form, account)
    return render_template(
        "accounts/show.html",
        account=account,
        form=form,
        is_own=account.label == actor().label,
        last_sign_in=queries.find_last_sign_in(account),
        sign_ins=queries.list_sessions(account, now),
        invitation=queries.find_newest_link(account, "invitation") if account.state == AccountState.INVITED else None,
        projects=dict(list_projects()),
        zone=clock.COUNTRY,
        now=now,
        **context,
    )


def offer(form: AccountForm, account: Account | None = None) -> None:
    """Fill in what the form lets choose; the institution of an account that is there stays, closed or not."""
    kept = [account.institution_id] if account and account.institution_id else []
    institutions = people.list_offered_institutions(clock.today(), kept)
    form.offer(
        regions=[(one.code, text_of(one, "name")) for one in people.list_regions()],
        projects=list_projects(),
        institutions=[(one.id, text_of(one, "name")) for one in institutions],
    )


def list_projects() -> Pairs:
    return [(project.id, text_of(project, "title")) for project in catalog.list_projects()]


def _form_of(account: Account) -> ChangeAccountForm:
    values = ChangeAccountForm.values(account.name, operations.assignment_of(account), account.version)
    return ChangeAccountForm(formdata=None, **values)


def _compare(account: Account, form: ChangeAccountForm, refusal: Refusal) -> str:
    """Show what was typed beside what somebody else has saved; the form can be sent again on top of it."""
    saved = _form_of(account)
    offer(saved, account)
    form.version.data, form.version.raw_data = account.version, None
    return show_page(account, form, refusal=refusal, differences=compare.differences(form, saved))


def _done(account: Account, words: str) -> Response:
    return see_other(url_for("account_directory.show", account_reference=account.reference), words)


invitations_bp = Blueprint("invitations", __name__, url_prefix="/accounts")


@invitations_bp.get("/new")
@requires(Permission.MANAGE_ACCOUNTS)
@fresh()
def new() -> str:
    return _page(InvitationForm(formdata=None, locale=i18n.current()))


@invitations_bp.post("")
@requires(Permission.MANAGE_ACCOUNTS)
@fresh()
def create() -> Response | tuple[str, int]:
    form = InvitationForm()
    offer(form)
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
    return _done(account, _("The invitation is on its way to %(email)s.", email=account.email))


@invitations_bp.post("/<account_reference>/invite-again")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
@fresh()
def invite_again(account: Account) -> Response | tuple[str, int]:
    return act(account, links.invite_again, _("A new invitation is on its way; the earlier link has ended."))


@invitations_bp.post("/<account_reference>/revoke-invitation")
@requires(Permission.MANAGE_ACCOUNTS, account=get_account)
def revoke(account: Account) -> Response | tuple[str, int]:
    return act(account, links.revoke_invitation, _("The invitation is taken back."))


def _page(form: InvitationForm, refusal: Refusal | None = None, taken_by: Account | None = None) -> str:
    offer(form)
    return render_template("accounts/new.html", form=form, refusal=refusal, taken_by=taken_by)

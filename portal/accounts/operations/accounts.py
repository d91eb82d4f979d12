"""Make accounts, change what they may and reach, close and reopen them."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import func, or_, select, update

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.accounts.models import Account, AccountLink, AccountProject, search_text
from portal.accounts.operations import sessions
from portal.accounts.rules.states import Assignment, AssignmentFault, is_last
from portal.audit import operations as audit
from portal.people.models import Institution, Region
from portal.platform import tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.wording import _l

_OPEN_ADMINISTRATOR = (
    Account.role_name == Role.ADMINISTRATOR.value,
    Account.closed_at.is_(None),
    Account.password_hash != "",
)


class AddressTaken(Conflict):
    """Refuse a second account for one address."""

    message = _l("There is an account for %(email)s already.")


class AccountChanged(Conflict):
    """Refuse to save over what somebody else has saved meanwhile."""

    message = _l("Somebody has changed this account meanwhile. What is saved now stands beside what you typed.")


class LastAdministrator(Conflict):
    """Refuse to leave the portal without anybody who administers it."""

    message = _l("This is the last open administrator: make another one first.")


class OwnAccount(Refusal):
    """Refuse to change one's own rights."""

    status = 403
    message = _l("Nobody changes their own role or closes their own account; another administrator does it.")


class AssignmentIncomplete(Refusal):
    """Refuse a role without what it needs to reach anything."""

    message = _l("The role lacks what it is to reach.")

    def __init__(self, fault: AssignmentFault) -> None:
        super().__init__()
        self.fault = fault


class Reaching(Enum):
    """Say that an account reaches every region."""

    ALL_REGIONS = "all"


def create(  # noqa: PLR0913 - an account is these facts
    email: str,
    *,
    name: str,
    password_hash: str,
    role: Role,
    regions: Iterable[str] | Reaching = (),
    project_ids: Iterable[int] = (),
    institution_code: str | None = None,
    locale: str = "ru",
    actor: Actor,
    now: datetime,
) -> Account:
    """Make an account with its role and reach.

    :raises AddressTaken: if the address has one, in whatever case.
    :raises LookupError: if there is no such region.
    """
    institution = None
    if institution_code is not None:
        institution = db.session.scalars(select(Institution).where(Institution.code == institution_code)).one()
    reach = Assignment(
        role,
        None if isinstance(regions, Reaching) else frozenset(regions),
        frozenset(project_ids),
        institution.id if institution else None,
    )
    account = add(email, name=name, password_hash=password_hash, locale=locale, reach=reach, now=now)
    after = {"email": account.email, "role": role.value}
    audit.record("accounts.created", account.label, after=after, actor=actor, now=now)
    return account


def add(email: str, *, name: str, password_hash: str, locale: str, reach: Assignment, now: datetime) -> Account:
    """Add an account as a part of an act that has its own entry in the log.

    :raises AddressTaken: if the address has one, in whatever case.
    :raises LookupError: if there is no such region or institution.
    """
    email = email.strip()
    if db.session.scalars(select(Account.id).where(func.lower(Account.email) == email.lower())).first() is not None:
        raise AddressTaken(email=email)
    account = Account(
        reference=tokens.random_token(),
        email=email,
        name=name,
        password_hash=password_hash,
        role_name=reach.role.value,
        locale=locale,
        created_at=now,
    )
    _assign(account, reach)
    db.session.add(account)
    db.session.flush()
    return account


def change(account: Account, *, name: str, reach: Assignment, version: int, actor: Actor, now: datetime) -> None:
    """Change an account's name, role and reach; whoever loses rights loses them with the next request.

    :raises AccountChanged: if it is not as it was shown.
    :raises OwnAccount: if somebody changes what they may do themselves.
    :raises AssignmentIncomplete: if the role lacks what it reaches.
    :raises LastAdministrator: if nobody would administer the portal any more.
    """
    administrators = _lock_with_administrators(account)
    if account.version != version:
        raise AccountChanged
    reach = reach.trimmed()
    before = facts_of(account)
    if account.label == actor.label and reach != assignment_of(account):
        raise OwnAccount
    fault = reach.fault()
    if fault is not None:
        raise AssignmentIncomplete(fault)
    if reach.role is not Role.ADMINISTRATOR and is_last(account.id, administrators):
        raise LastAdministrator
    account.name, account.search_text = name, search_text(name, account.email)
    account.role_name = reach.role.value
    _assign(account, reach)
    account.version += 1
    db.session.flush()
    audit.record("accounts.changed", account.label, before=before, after=facts_of(account), actor=actor, now=now)


def change_profile(account: Account, *, name: str, locale: str, now: datetime) -> None:
    """Change how an account's owner is called and written to; nobody else decides that with them."""
    lock(Account, account.id)
    before = {"name": account.name, "locale": account.locale}
    account.name, account.locale, account.search_text = name, locale, search_text(name, account.email)
    account.version += 1
    after = {"name": name, "locale": locale}
    audit.record("accounts.profile_changed", account.label, before=before, after=after, actor=account, now=now)


def close(account: Account, *, actor: Actor, now: datetime) -> None:
    """Close an account and end its sign-ins and links; closed again, it stays as it is.

    :raises OwnAccount: if it is the actor's own.
    :raises LastAdministrator: if nobody would administer the portal any more.
    """
    administrators = _lock_with_administrators(account)
    if account.label == actor.label:
        raise OwnAccount
    if account.closed_at is not None:
        return
    if is_last(account.id, administrators):
        raise LastAdministrator
    account.closed_at = now
    account.version += 1
    count = sessions.drop_sessions(account, now=now)
    drop_links(account, now=now)
    db.session.flush()
    audit.record("accounts.closed", account.label, after={"sign_ins": count}, actor=actor, now=now)


def reopen(account: Account, *, actor: Actor, now: datetime) -> None:
    """Open a closed account again, with the password that it had; opened again, it stays as it is."""
    _lock_with_administrators(account)
    if account.closed_at is None:
        return
    account.closed_at = None
    account.version += 1
    audit.record("accounts.reopened", account.label, actor=actor, now=now)


def drop_links(account: Account, *, now: datetime) -> None:
    """Revoke an account's open links as a part of an act that has its own entry in the log."""
    open_links = (AccountLink.used_at.is_(None), AccountLink.revoked_at.is_(None))
    query = update(AccountLink).where(AccountLink.account_id == account.id, *open_links)
    db.session.execute(query.values(revoked_at=now))


def assignment_of(account: Account) -> Assignment:
    """Return the role and reach that an account has."""
    return Assignment(account.role, account.reach.regions, account.reach.project_ids, account.institution_id).trimmed()


def facts_of(account: Account) -> dict[str, Any]:
    """Return what the log keeps of an account's rights."""
    reach = assignment_of(account)
    return {
        "name": account.name,
        "role": reach.role.value,
        "regions": "all" if reach.regions is None else sorted(reach.regions),
        "projects": sorted(reach.project_ids),
        "institution": reach.institution_id,
    }


def _lock_with_administrators(account: Account) -> list[int]:
    """Lock the account and every open administrator, and return the ids of the latter as they are now.

    Two administrators who close each other at the same moment wait for each other here.
    """
    query = (
        select(Account)
        .where(or_(Account.id == account.id, db.and_(*_OPEN_ADMINISTRATOR)))
        .order_by(Account.id)
        .with_for_update(of=Account)
        .execution_options(populate_existing=True)
    )
    locked = db.session.scalars(query).all()
    return [one.id for one in locked if one.role is Role.ADMINISTRATOR and one.is_active and one.password_hash]


def _assign(account: Account, reach: Assignment) -> None:
    account.reaches_all_regions = reach.regions is None
    account.regions = [_region(code) for code in sorted(reach.regions or ())]
    kept = {project.project_id: project for project in account.projects}
    account.projects = [
        kept.get(project_id) or AccountProject(project_id=project_id) for project_id in sorted(reach.project_ids)
    ]
    account.institution = None
    if reach.institution_id is not None:
        account.institution = db.session.get(Institution, reach.institution_id)
        if account.institution is None:
            raise LookupError(f"There is no institution {reach.institution_id}.")


def _region(code: str) -> Region:
    region = db.session.get(Region, code)
    if region is None:
        raise LookupError(f"There is no region {code}.")
    return region

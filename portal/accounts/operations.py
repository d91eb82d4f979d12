"""Open and close sign-ins, make accounts."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from sqlalchemy import func, select, update

from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.accounts.models import Account, AccountProject, AccountSession
from portal.audit import operations as audit
from portal.people.models import Institution, Region
from portal.platform import tokens
from portal.platform.db import db, short_transaction
from portal.platform.errors import Conflict, DomainError
from portal.platform.wording import _l


class WrongCredentials(DomainError):
    """Refuse a sign-in without saying whether the account exists."""

    message = _l("The e-mail address or the password is not right.")


class AddressTaken(Conflict):
    """Refuse a second account for one address."""

    message = _l("There is an account for %(email)s already.")


class Reaching(Enum):
    """Say that an account reaches every region."""

    ALL_REGIONS = "all"


def open_session(account_id: int, *, now: datetime) -> str:
    """Open a sign-in for an account whose password has been checked; return the cookie's secret."""
    account = db.session.get_one(Account, account_id)
    token = tokens.random_token()
    db.session.add(
        AccountSession(account_id=account.id, token_hash=tokens.hash_token(token), created_at=now, seen_at=now)
    )
    audit.record("accounts.signed_in", f"account {account.id}", actor=account, now=now)
    return token


def end_session(session: AccountSession, *, now: datetime) -> None:
    """End a sign-in; its cookie is worth nothing from now on."""
    session.ended_at = now
    audit.record("accounts.signed_out", f"account {session.account_id}", actor=session.account, now=now)


def touch_session(session: AccountSession, *, now: datetime) -> None:
    """Note that the account is still reading, in a short transaction of its own."""
    with short_transaction() as connection:
        connection.execute(update(AccountSession).where(AccountSession.id == session.id).values(seen_at=now))


def keep_session(session: AccountSession, *, now: datetime) -> None:
    """Note that the account is still at work, in the transaction of what it does."""
    session.seen_at = now


def create(  # noqa: PLR0913 - an account is these facts
    email: str,
    *,
    name: str,
    password_hash: str,
    role: Role,
    regions: Iterable[str] | Reaching = (),
    project_ids: Iterable[int] = (),
    institution_code: str | None = None,
    actor: Actor,
    now: datetime,
) -> Account:
    """Make an account with its role and reach.

    :raises AddressTaken: if the address has one, in whatever case.
    :raises LookupError: if there is no such region.
    """
    email = email.strip()
    if db.session.scalars(select(Account.id).where(func.lower(Account.email) == email.lower())).first() is not None:
        raise AddressTaken(email=email)
    account = Account(
        reference=tokens.random_token(),
        email=email,
        name=name,
        password_hash=password_hash,
        role_name=role.value,
        reaches_all_regions=regions is Reaching.ALL_REGIONS,
        created_at=now,
    )
    if not isinstance(regions, Reaching):
        account.regions = [_region(code) for code in regions]
    account.projects = [AccountProject(project_id=project_id) for project_id in project_ids]
    if institution_code is not None:
        account.institution = db.session.scalars(select(Institution).where(Institution.code == institution_code)).one()
    db.session.add(account)
    db.session.flush()
    audit.record(
        "accounts.created", f"account {account.id}", after={"email": email, "role": role.value}, actor=actor, now=now
    )
    return account


def _region(code: str) -> Region:
    region = db.session.get(Region, code)
    if region is None:
        raise LookupError(f"There is no region {code}.")
    return region

"""Read accounts and sign-ins."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.accounts.models import Account, AccountSession
from portal.accounts.rules import DEMO_DOMAIN
from portal.platform import tokens
from portal.platform.db import db, reading

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


def find_credentials(email: str) -> tuple[int, str] | None:
    """Return the id and password hash of an open account, without taking the write lock."""
    query = select(Account.id, Account.password_hash).where(
        func.lower(Account.email) == email.strip().lower(), Account.closed_at.is_(None)
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.id, row.password_hash)


def find_session(token: str, now: datetime) -> AccountSession | None:
    """Return a sign-in that is neither ended nor too old, with its account."""
    query = (
        select(AccountSession)
        .options(joinedload(AccountSession.account))
        .where(AccountSession.token_hash == tokens.hash_token(token), AccountSession.ended_at.is_(None))
    )
    session = db.session.scalars(query).one_or_none()
    if session is None or not session.account.is_active:
        return None
    is_fresh = now - session.seen_at <= IDLE and now - session.created_at <= ABSOLUTE
    return session if is_fresh else None


def get_by_email(email: str) -> Account | None:
    """Return the account of an address, in whatever case it is typed."""
    return db.session.scalars(select(Account).where(func.lower(Account.email) == email.strip().lower())).one_or_none()


def list_demo_accounts() -> list[Account]:
    """Return the accounts of the demo, in the order of their making."""
    return list(db.session.scalars(select(Account).where(Account.email.like(f"%{DEMO_DOMAIN}")).order_by(Account.id)))


def names_of(labels: Iterable[str]) -> dict[str, str]:
    """Return the names behind the labels under which the audit log and other records know accounts."""
    ids = {int(label.removeprefix("account ")) for label in labels if label.startswith("account ")}
    query = select(Account.id, Account.name).where(Account.id.in_(ids)).order_by(Account.id)
    return {f"account {id_}": name for id_, name in db.session.execute(query)}

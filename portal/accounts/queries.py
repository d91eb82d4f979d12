"""Read accounts, sign-ins and links."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import joinedload

from portal.access.permissions import GRANTS, Permission, Role
from portal.accounts.models import Account, AccountLink, AccountSession, CalendarFeed, RecoveryCode, SecondFactor
from portal.accounts.rules import DEMO_DOMAIN, GUARDED_ROLES, AccountState, is_demo_address
from portal.people.models import Region
from portal.platform import paging, texts, tokens
from portal.platform.db import Query, db, reading
from portal.platform.paging import Page

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
PAGE_SIZE = 30

STATES: dict[str, tuple[ColumnElement[bool], ...]] = {
    AccountState.INVITED: (Account.closed_at.is_(None), Account.password_hash == ""),
    AccountState.OPEN: (Account.closed_at.is_(None), Account.password_hash != ""),
    AccountState.CLOSED: (Account.closed_at.is_not(None),),
}
LACKS_FACTOR = "lacks_factor"  # Open, of a role that should have a second factor, and without one.
STATES[LACKS_FACTOR] = (
    *STATES[AccountState.OPEN],
    Account.second_factor_at.is_(None),
    Account.role_name.in_([role.value for role in GUARDED_ROLES]),
)


@dataclass(frozen=True)
class Filters:
    """Which accounts a list shows; an empty side lets everything through."""

    q: str = ""
    role: str = ""
    state: str = ""


def page_of_accounts(filters: Filters, number: int) -> Page[Account]:
    """Return one page of the accounts by name."""
    query = _filtered(select(Account), filters).order_by(Account.search_text, Account.id)
    return paging.page(query, number, PAGE_SIZE, options=[joinedload(Account.institution)])


def get_account(account_reference: str) -> Account | None:
    """Return an account by its public reference."""
    return db.session.scalars(select(Account).where(Account.reference == account_reference)).one_or_none()


def find_password_hash(account_id: int) -> str | None:
    """Return the password's hash of an account that is open."""
    return db.session.scalar(select(Account.password_hash).where(Account.id == account_id, *STATES[AccountState.OPEN]))


def find_credentials(email: str) -> "Row[int, str, datetime | None] | None":
    """Return what lets an open account sign in, without taking the write lock."""
    query = select(Account.id, Account.password_hash, Account.second_factor_at).where(
        func.lower(Account.email) == email.strip().lower(), Account.closed_at.is_(None)
    )
    with reading() as connection:
        return connection.execute(query).one_or_none()


def find_session(token: str, now: datetime) -> AccountSession | None:
    """Return a sign-in that is neither ended nor too old, with its account and what that reaches, in one query."""
    account = joinedload(AccountSession.account)
    query = (
        select(AccountSession)
        .options(account.joinedload(Account.regions), account.joinedload(Account.projects))
        .where(AccountSession.token_hash == tokens.hash_token(token), AccountSession.ended_at.is_(None))
    )
    session = db.session.scalars(query).unique().one_or_none()
    if session is None or not session.account.is_active:
        return None
    return session if session.seen_at >= now - IDLE and session.created_at >= now - ABSOLUTE else None


def list_sessions(account: Account, now: datetime) -> list[AccountSession]:
    """Return the sign-ins of an account that still hold, the latest first."""
    query = select(AccountSession).where(
        AccountSession.account_id == account.id,
        AccountSession.ended_at.is_(None),
        AccountSession.seen_at >= now - IDLE,
        AccountSession.created_at >= now - ABSOLUTE,
    )
    return list(db.session.scalars(query.order_by(AccountSession.created_at.desc(), AccountSession.id.desc())))


def find_last_sign_in(account: Account) -> datetime | None:
    """Return when an account last signed in."""
    return db.session.scalar(select(func.max(AccountSession.created_at)).where(AccountSession.account_id == account.id))


def find_link(token: str, kind: str) -> AccountLink | None:
    """Return the link of this kind that a secret belongs to, whatever has become of it."""
    query = (
        select(AccountLink)
        .options(joinedload(AccountLink.account))
        .where(AccountLink.token_hash == tokens.hash_token(token), AccountLink.kind == kind)
    )
    return db.session.scalars(query).one_or_none()


def find_newest_link(account: Account, kind: str) -> AccountLink | None:
    """Return the link of this kind that was made last for an account."""
    query = select(AccountLink).where(AccountLink.account_id == account.id, AccountLink.kind == kind)
    return db.session.scalars(query.order_by(AccountLink.id.desc()).limit(1)).first()


def get_second_factor(account_id: int) -> SecondFactor | None:
    """Return the authenticator of an account, confirmed or not."""
    return db.session.get(SecondFactor, account_id)


def list_recovery_codes(account_id: int) -> list[RecoveryCode]:
    """Return the recovery codes of an account that are not used."""
    query = select(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return list(db.session.scalars(query.order_by(RecoveryCode.id)))


def get_by_email(email: str) -> Account | None:
    """Return the account of an address, in whatever case it is typed."""
    return db.session.scalars(select(Account).where(func.lower(Account.email) == email.strip().lower())).one_or_none()


def find_owner(email: str) -> Account | None:
    """Return the open account whose owner can be written to at an address; nobody reads the mail of the demo's."""
    account = get_by_email(email)
    if account is None or account.state is not AccountState.OPEN or is_demo_address(account.email):
        return None
    return account


def lacks_factor() -> ColumnElement[bool]:
    """Return the condition for an account that should have a second factor and has none."""
    return and_(*STATES[LACKS_FACTOR])


def list_watchers() -> list[Account]:
    """Return the open accounts of those who read the audit log."""
    roles = [role.value for role, granted in GRANTS.items() if Permission.VIEW_AUDIT_LOG in granted]
    query = select(Account).where(Account.role_name.in_(roles), *STATES[AccountState.OPEN])
    return list(db.session.scalars(query.order_by(Account.id)))


def list_demo_accounts() -> list[Account]:
    """Return the open accounts of the demo, in the order of their making."""
    query = select(Account).where(Account.email.like(f"%{DEMO_DOMAIN}"), *STATES[AccountState.OPEN])
    return list(db.session.scalars(query.order_by(Account.id)))


def list_coordinators(*region_codes: str) -> list[Account]:
    """Return the open accounts of those who run the trainings of any of these regions."""
    reaches = Account.reaches_all_regions | Account.regions.any(Region.code.in_(region_codes))
    query = select(Account).where(Account.role_name == Role.COORDINATOR, reaches, *STATES[AccountState.OPEN])
    return list(db.session.scalars(query.order_by(Account.id)))


def names_of(labels: Iterable[str]) -> dict[str, str]:
    """Return the names behind the labels under which the audit log and other records know accounts."""
    ids: Collection[int] = {int(label.removeprefix("account ")) for label in labels if label.startswith("account ")}
    query = select(Account.id, Account.name).where(Account.id.in_(ids)).order_by(Account.id)
    return {f"account {id_}": name for id_, name in db.session.execute(query)}


def find_by_label(label: str) -> Account | None:
    """Return the account behind the label under which records know it."""
    number = label.removeprefix("account ")
    return db.session.get(Account, int(number), populate_existing=True) if number.isdecimal() else None


def list_labels(text: str) -> list[str]:
    """Return the labels under which records know the accounts whose name or address has these words."""
    ids = db.session.scalars(_filtered(select(Account.id), Filters(q=text)).order_by(Account.id))
    return [f"account {id_}" for id_ in ids]


def _filtered(query: Query, filters: Filters) -> Query:
    for word in filters.q.split():
        folded = texts.fold(word)
        query = query.where(
            Account.search_text.contains(folded, autoescape=True)
            | Account.search_text.contains(word.casefold(), autoescape=True)
        )
    if filters.role:
        query = query.where(Account.role_name == filters.role)
    if filters.state in STATES:
        query = query.where(*STATES[filters.state])
    return query


def find_calendar_feed(account_id: int) -> CalendarFeed | None:
    """Return the address that an account's calendar has now."""
    query = select(CalendarFeed).where(CalendarFeed.account_id == account_id, CalendarFeed.ended_at.is_(None))
    return db.session.scalars(query.order_by(CalendarFeed.id.desc()).limit(1)).first()


def find_calendar_owner(token: str) -> Account | None:
    """Return the open account whose calendar has this address."""
    query = (
        select(CalendarFeed)
        .options(joinedload(CalendarFeed.account))
        .where(CalendarFeed.token_hash == tokens.hash_token(token), CalendarFeed.ended_at.is_(None))
    )
    feed = db.session.scalars(query).one_or_none()
    return feed.account if feed is not None and feed.account.is_active else None

"""Give an account the address of its calendar, and take it back."""

from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Account, CalendarFeed
from portal.audit import operations as audit
from portal.platform import links, tokens
from portal.platform.db import db, lock


def make_feed(account: Account, *, now: datetime) -> CalendarFeed:
    """Make the address under which a calendar program reads the account's trainings; an older one ends."""
    _end_open(account, now)
    seed = tokens.random_token()
    feed = CalendarFeed(
        account_id=account.id, seed=seed, token_hash=tokens.hash_token(links.secret_of(seed)), created_at=now
    )
    db.session.add(feed)
    db.session.flush()
    audit.record("accounts.calendar_opened", account.label, actor=account, now=now)
    return feed


def end_feed(account: Account, *, now: datetime) -> None:
    """End the address of an account's calendar; whoever knows it reads nothing any more."""
    if _end_open(account, now):
        audit.record("accounts.calendar_closed", account.label, actor=account, now=now)


def _end_open(account: Account, now: datetime) -> bool:
    lock(Account, account.id)
    query = select(CalendarFeed).where(CalendarFeed.account_id == account.id, CalendarFeed.ended_at.is_(None))
    feeds = list(db.session.scalars(query.order_by(CalendarFeed.id)))
    for feed in feeds:
        feed.ended_at = now
    return bool(feeds)

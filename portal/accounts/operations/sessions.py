"""Open, keep and end sign-ins."""

from datetime import datetime

from sqlalchemy import update

from portal.access.policy import Actor
from portal.accounts.models import Account, AccountSession
from portal.audit import operations as audit
from portal.platform import tokens
from portal.platform.db import change_rows, db, note_in_passing
from portal.platform.errors import Refusal
from portal.platform.wording import _l


class WrongCredentials(Refusal):
    """Refuse a sign-in without saying whether the account exists, or what of it was wrong."""

    message = _l("The e-mail address or the password is not right.")


class WrongSteps(Refusal):
    """Refuse a sign-in of two steps without saying which of them was wrong."""

    message = _l("The e-mail address, the password or the code is not right, or the code was used already.")


class StepsTooLate(Refusal):
    """Refuse a second step that comes too long after the first."""

    message = _l("The sign-in took too long. Begin again.")


def open_session(account_id: int, *, device: str = "", now: datetime) -> str:
    """Open a sign-in for an account that has proved who it is; return the cookie's secret."""
    account = db.session.get_one(Account, account_id)
    token = tokens.random_token()
    db.session.add(
        AccountSession(
            account_id=account.id,
            token_hash=tokens.hash_token(token),
            device=device,
            created_at=now,
            verified_at=now,
            seen_at=now,
        )
    )
    audit.record("accounts.signed_in", account.label, actor=account, now=now)
    return token


def verify_session(session: AccountSession, *, now: datetime) -> None:
    """Note that the owner has proved anew to be there."""
    session.verified_at = now
    audit.record("accounts.verified", session.account.label, actor=session.account, now=now)


def end_session(session: AccountSession, *, now: datetime) -> None:
    """End a sign-in; its cookie is worth nothing from now on."""
    session.ended_at = now
    audit.record("accounts.signed_out", session.account.label, actor=session.account, now=now)


def end_sessions(account: Account, *, but: AccountSession | None = None, actor: Actor, now: datetime) -> int:
    """End all sign-ins of an account, or all others; return how many that were."""
    count = drop_sessions(account, but=but, now=now)
    audit.record("accounts.sign_ins_ended", account.label, after={"sign_ins": count}, actor=actor, now=now)
    return count


def drop_sessions(account: Account, *, but: AccountSession | None = None, now: datetime) -> int:
    """End sign-ins as a part of an act that has its own entry in the log."""
    query = update(AccountSession).where(AccountSession.account_id == account.id, AccountSession.ended_at.is_(None))
    if but is not None:
        query = query.where(AccountSession.id != but.id)
    return change_rows(query.values(ended_at=now))


def touch_session(session: AccountSession, *, now: datetime) -> None:
    """Note that the account is still reading, unless somebody else is writing."""
    note_in_passing(update(AccountSession).where(AccountSession.id == session.id).values(seen_at=now))


def keep_session(session: AccountSession, *, now: datetime) -> None:
    """Note that the account is still at work, in the transaction of what it does."""
    session.seen_at = now

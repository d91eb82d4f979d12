"""Mailed links for invitations and new passwords. Each works once.

The mail's row holds a seed, the link's row a hash; the secret itself exists in the mail only.
"""

from datetime import datetime

from sqlalchemy import update

from portal.access.policy import Actor
from portal.accounts import mails, operations, queries
from portal.accounts.mails import Note
from portal.accounts.models import Account, AccountLink, AccountSession
from portal.accounts.rules import LINK_LIFE, AccountState, Assignment, LinkFault, LinkKind, is_demo_address
from portal.audit import operations as audit
from portal.platform import links, mail, tokens
from portal.platform.db import change_rows, db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l

# The name of the job that mails a link to whoever forgot the password.
PASSWORD_JOB = "accounts.send_password_link"


class LinkRefused(Refusal):
    """Refuse a link that is unknown, used, revoked or too old."""

    def __init__(self, why: LinkFault) -> None:
        super().__init__()
        self.why = why
        self.message = _l(why.label)


def invite(
    email: str, *, name: str, locale: str, reach: Assignment, actor: Actor, now: datetime
) -> tuple[Account, str]:
    """Make an account without a password and mail its owner a link; return the account and the link's seed.

    :raises AddressTaken: if there is an account for the address, whatever its state.
    :raises AssignmentIncomplete: if the role lacks what it reaches.
    """
    reach = reach.trimmed()
    incomplete = reach.fault()
    if incomplete is not None:
        raise operations.AssignmentIncomplete(incomplete)
    account = operations.add(email, name=name, password_hash="", locale=locale, reach=reach, now=now)
    seed = _send_invitation(account, now)
    after = {"email": account.email, **operations.facts_of(account)}
    audit.record("accounts.invited", account.label, after=after, actor=actor, now=now)
    return account, seed


def invite_again(account: Account, *, actor: Actor, now: datetime) -> None:
    """Mail a new link to who was invited; the earlier one ends.

    :raises Conflict: if the account waits for none.
    """
    _ensure_invited(account)
    _send_invitation(account, now)
    audit.record("accounts.invited_again", account.label, actor=actor, now=now)


def revoke_invitation(account: Account, *, actor: Actor, now: datetime) -> None:
    """Take an invitation back: the link ends and the account is closed.

    :raises Conflict: if the account waits for none.
    """
    _ensure_invited(account)
    operations.drop_links(account, now=now)
    account.closed_at = now
    account.version += 1
    audit.record("accounts.invitation_revoked", account.label, actor=actor, now=now)


def find(token: str, kind: LinkKind, now: datetime) -> AccountLink:
    """Return the link that a secret belongs to; it stays unused.

    :raises LinkRefused: if it opens nothing now.
    """
    link = queries.find_link(token, kind.value)
    if link is None:
        raise LinkRefused(LinkFault.UNKNOWN)
    why = _fault_of(link, now)
    if why is None and link.account.closed_at is not None:
        why = LinkFault.REVOKED
    if why is not None:
        raise LinkRefused(why)
    return link


def accept(token: str, *, password_hash: str, locale: str, now: datetime) -> Account:
    """Give an invited account its first password.

    :raises LinkRefused: if the link opens nothing now.
    """
    account = _use(token, LinkKind.INVITATION, now)
    account.password_hash, account.locale = password_hash, locale
    account.version += 1
    audit.record("accounts.joined", account.label, actor=account, now=now)
    return account


def send_password_link(email: str, *, now: datetime) -> bool:
    """Mail a link to the owner of an address, if there is one who has joined; tell whether there is a new mail.

    Nobody who asked learns that: the page that asked has answered before. As long as a link is good no other is sent,
    so that whoever asks again and again neither fills a mailbox nor takes its owner's link away.
    """
    account = queries.find_owner(email)
    if account is None:
        return False
    lock(Account, account.id)
    sent = queries.find_newest_link(account, LinkKind.PASSWORD)
    if sent is not None and _fault_of(sent, now) is None:
        return False
    seed, expires_at = _make(account, LinkKind.PASSWORD, now)
    mail.queue(mails.password_link(account, seed, expires_at), now=now)
    audit.record("accounts.password_link_sent", account.label, actor=account, now=now)
    return True


def set_password(token: str, *, password_hash: str, now: datetime) -> Account:
    """Give an account a new password and end its sign-ins; the link signs nobody in.

    :raises LinkRefused: if the link opens nothing now.
    """
    account = _use(token, LinkKind.PASSWORD, now)
    change_password(account, password_hash, now=now)
    return account


def change_password(account: Account, password_hash: str, *, but: AccountSession | None = None, now: datetime) -> None:
    """Replace the password; every other sign-in and every open link ends, and the owner is told.

    :raises Refusal: if everybody is meant to know it.
    """
    if is_demo_address(account.email):
        raise Refusal("demo_password", _l("The passwords of the demo stay as the sign-in page shows them."))
    account.password_hash = password_hash
    account.version += 1
    operations.drop_links(account, now=now)
    count = operations.drop_sessions(account, but=but, now=now)
    mail.queue(mails.note(account, Note.PASSWORD_CHANGED), now=now)
    audit.record("accounts.password_changed", account.label, after={"sign_ins": count}, actor=account, now=now)


def _fault_of(link: AccountLink, now: datetime) -> LinkFault | None:
    """Return why a known link opens nothing now, the most telling reason first."""
    if link.used_at is not None:
        return LinkFault.USED
    if link.revoked_at is not None:
        return LinkFault.REVOKED
    return LinkFault.LATE if now >= link.expires_at else None


def _send_invitation(account: Account, now: datetime) -> str:
    seed, expires_at = _make(account, LinkKind.INVITATION, now)
    mail.queue(mails.invitation(account, seed, expires_at), now=now)
    return seed


def _make(account: Account, kind: LinkKind, now: datetime) -> tuple[str, datetime]:
    """Make a link; earlier ones of the account end."""
    lock(Account, account.id)
    operations.drop_links(account, now=now)
    seed, expires_at = tokens.random_token(), now + LINK_LIFE[kind]
    db.session.add(
        AccountLink(
            account_id=account.id,
            kind=kind.value,
            token_hash=tokens.hash_token(links.secret_of(seed)),
            created_at=now,
            expires_at=expires_at,
        )
    )
    db.session.flush()
    return seed, expires_at


def _ensure_invited(account: Account) -> None:
    lock(Account, account.id)
    if account.state is not AccountState.INVITED:
        raise Conflict(
            "not_invited", _l("This account waits for no invitation: it has a password already, or is closed.")
        )


def _use(token: str, kind: LinkKind, now: datetime) -> Account:
    """Use a link up; of two who bring it at the same moment one succeeds."""
    link = find(token, kind, now)
    lock(Account, link.account_id)
    unused = update(AccountLink).where(
        AccountLink.id == link.id, AccountLink.used_at.is_(None), AccountLink.revoked_at.is_(None)
    )
    if change_rows(unused.values(used_at=now)) != 1:
        raise LinkRefused(LinkFault.USED)
    return link.account

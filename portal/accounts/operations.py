"""Accounts, sign-ins, calendar addresses, exports of the audit log, and warnings about guessed passwords."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from portal.access import policy
from portal.access.permissions import Permission, Role
from portal.access.policy import Actor, Operator, Subject
from portal.accounts import mails, queries
from portal.accounts.models import Account, AccountLink, AccountProject, AccountSession, CalendarFeed, search_text
from portal.accounts.rules import AccountState, Assignment, AssignmentFault
from portal.audit import operations as audit
from portal.audit import queries as audit_queries
from portal.people.models import Institution, Region
from portal.platform import clock, jobs, links, mail, tokens, vault
from portal.platform.db import change_rows, db, is_writing, lock, note_in_passing, reading_session, transaction
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l

MOST = 10_000


def export(
    filters: audit_queries.Filters, asked: dict[str, str], *, actor: Actor, now: datetime
) -> list[audit_queries.Row]:
    """Return the entries of an export, and record who took them along and what they had asked for.

    :raises Refusal: if there are more than MOST.
    """
    rows = audit_queries.list_entries(filters, MOST + 1)
    if len(rows) > MOST:
        raise Refusal(
            "too_many_entries", _l("More than %(most)s entries fit. Narrow the filter, then export.", most=MOST)
        )
    audit.record("audit.exported", "audit log", after={**asked, "rows": len(rows)}, actor=actor, now=now)
    return rows


def mail_head(now: datetime) -> int:
    """Mail the newest head to everybody who reads the log and has no mail of today; return to how many.

    The chain is read whole before, without keeping anybody from writing; commits by itself.
    """
    day = clock.country_day(now).isoformat()
    with reading_session():
        keys = {account.id: f"audit head {day} {account.reference}" for account in queries.list_watchers()}
        used = mail.list_used(list(keys.values()))
        if used >= set(keys.values()):
            return 0
        check, head = audit_queries.check_chain(), audit_queries.newest_head()
        new = audit_queries.count_entries(audit_queries.Filters(since=now - timedelta(days=1)))
    with transaction():
        waiting = [account for account in queries.list_watchers() if keys.get(account.id) not in (None, *used)]
        for account in waiting:
            message = mails.head_of_log(account, f"{head.number} {head.hash}", head.number, new, check.first_bad)
            mail.queue(replace(message, kind="audit head", key=keys[account.id]), now=now)
    return len(waiting)


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


class WrongCredentials(Refusal):
    """Refuse a sign-in without saying whether the account exists, or what of it was wrong."""

    message = _l("The e-mail address or the password is not right.")


class WrongSteps(Refusal):
    """Refuse a sign-in of two steps without saying which of them was wrong."""

    message = _l("The e-mail address, the password or the code is not right, or the code was used already.")


class StepsTooLate(Refusal):
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


def keep_session(session: AccountSession, *, now: datetime) -> None:
    """Note that the account is still there: with what it writes, or in passing unless somebody else is writing."""
    if is_writing():
        session.seen_at = now
    else:
        note_in_passing(update(AccountSession).where(AccountSession.id == session.id).values(seen_at=now))


class AddressTaken(Conflict):
    message = _l("There is an account for %(email)s already.")


class AccountChanged(Conflict):
    message = _l("Somebody has changed this account meanwhile. What is saved now stands beside what you typed.")


class LastAdministrator(Conflict):
    message = _l("This is the last open administrator: make another one first.")


class OwnAccount(Refusal):
    status = 403
    message = _l("Nobody changes their own role or closes their own account; another administrator does it.")


class AssignmentIncomplete(Refusal):
    """Refuse a role without what it needs to reach anything."""

    message = _l("The role lacks what it is to reach.")

    def __init__(self, fault: AssignmentFault) -> None:
        super().__init__()
        self.fault = fault


def create(email: str, *, name: str, password_hash: str, reach: Assignment, actor: Actor, now: datetime) -> Account:
    """Make an account with its role and reach.

    :raises AddressTaken: if the address has one, in whatever case.
    :raises LookupError: if there is no such region or institution.
    """
    account = add(email, name=name, password_hash=password_hash, locale="ru", reach=reach, now=now)
    after = {"email": account.email, "role": account.role_name}
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
    if reach.role is not Role.ADMINISTRATOR and administrators == [account.id]:
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
    if administrators == [account.id]:
        raise LastAdministrator
    account.closed_at = now
    account.version += 1
    count = drop_sessions(account, now=now)
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
    is_administrator = db.and_(Account.role_name == Role.ADMINISTRATOR.value, *queries.STATES[AccountState.OPEN])
    query = (
        select(Account)
        .where(or_(Account.id == account.id, is_administrator))
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


class RightLost(Refusal):
    """Refuse to go on for somebody whose account was closed, demoted or moved since they asked."""

    status = 403
    message = _l("Whoever asked for this may not do it any more. Nothing was done.")


def actor_of(requested_by: str, permission: Permission, subject: Subject) -> Actor:
    """Return who asked for a job, as they are now; a job outlives the request whose guard let it begin.

    :raises RightLost: if they may not do this to this object any more.
    """
    if requested_by == Operator().label:
        return Operator()
    account = queries.find_by_label(requested_by)
    if account is None or not account.is_active or not policy.may(account, permission, subject):
        raise RightLost
    return Operator(account.role, account.reach, account.label)  # Of no session: a job has many transactions.


# The name of the job that warns whoever's password is guessed.
GUESSES_JOB = "accounts.tell_of_guesses"


def look_for_owner(job: str, email: str, *, now: datetime) -> None:
    """Leave it to a job whether an address belongs to somebody, so that whoever typed it learns nothing of that."""
    email = email.strip().casefold()
    sealed = vault.encrypt(email, job)
    jobs.enqueue(job, subject=tokens.hash_token(email), requested_by="visitor", now=now, sealed_email=sealed)


def warn_of_guesses(email: str, *, now: datetime) -> bool:
    """Mail the owner of an open account that many tries to sign in have failed; tell whether there is one."""
    account = queries.find_owner(email)
    if account is None:
        return False
    mail.queue(mails.note(account, mails.Note.GUESSES), now=now)
    audit.record("accounts.guesses_told", account.label, actor=Operator(label="worker"), now=now)
    return True

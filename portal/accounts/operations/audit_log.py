"""Take a part of the audit log along, and let its newest head leave the machine once a day."""

from dataclasses import replace
from datetime import datetime, timedelta

from portal.access.policy import Actor
from portal.accounts import mails
from portal.accounts import queries as accounts
from portal.audit import operations as audit
from portal.audit import queries
from portal.platform import clock, mail
from portal.platform.db import reading_session, transaction
from portal.platform.errors import Refusal
from portal.platform.wording import _l

MOST = 10_000


def export(sieve: queries.Sieve, asked: dict[str, str], *, actor: Actor, now: datetime) -> list[queries.Row]:
    """Return the entries of an export, and record who took them along and what they had asked for.

    :raises Refusal: if there are more than MOST.
    """
    rows = queries.list_entries(sieve, MOST + 1)
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
        keys = {account.id: f"audit head {day} {account.reference}" for account in accounts.list_watchers()}
        used = mail.list_used(list(keys.values()))
        if used >= set(keys.values()):
            return 0
        check, head = queries.check_chain(), queries.newest_head()
        new = queries.count_entries(queries.Sieve(since=now - timedelta(days=1)))
    with transaction():
        waiting = [account for account in accounts.list_watchers() if keys.get(account.id) not in (None, *used)]
        for account in waiting:
            message = mails.head_of_log(account, f"{head.number} {head.hash}", head.number, new, check.first_bad)
            mail.queue(replace(message, kind="audit head", key=keys[account.id]), now=now)
    return len(waiting)

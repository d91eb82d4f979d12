"""Take a part of the audit log along."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.audit import queries
from portal.platform.errors import DomainError
from portal.platform.wording import _l

MOST = 10_000


class TooManyEntries(DomainError):
    """The filter lets through more than a spreadsheet should hold."""

    message = _l("More than %(most)s entries fit. Narrow the filter, then export.", most=MOST)


def export(sieve: queries.Sieve, asked: dict[str, str], *, actor: Actor, now: datetime) -> list[queries.Row]:
    """Return the entries of an export, and record who took them along and what they had asked for.

    :raises TooManyEntries: if there are more than MOST.
    """
    rows = queries.list_entries(sieve, MOST + 1)
    if len(rows) > MOST:
        raise TooManyEntries
    audit.record("audit.exported", "audit log", after={**asked, "rows": len(rows)}, actor=actor, now=now)
    return rows

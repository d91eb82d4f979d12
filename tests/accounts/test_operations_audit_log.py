"""How much of the audit log is taken along at once."""

import pytest
from sqlalchemy import select

from portal.access.policy import Operator
from portal.accounts.operations import audit_log
from portal.audit.models import AuditEntry, AuditHead
from portal.audit.queries import Sieve, count_entries
from portal.platform.db import db
from tests.factories import NOW

pytestmark = pytest.mark.databases("sqlite")


def test_export_holds_as_many_entries_as_a_spreadsheet_should(app) -> None:
    first = count_entries(Sieve()) + 1
    rows = [
        {
            "id": number,
            "at": NOW,
            "actor": "operator",
            "event": "accounts.closed",
            "subject": "account 1" if number < first + audit_log.MOST else "account 2",
            "commitment": f"{number:064d}",
            "previous_hash": f"{number - 1:064d}",
            "hash": f"{number:064d}",
        }
        for number in range(first, first + audit_log.MOST + 1)
    ]
    db.session.execute(AuditEntry.__table__.insert(), rows)
    head = db.session.scalars(select(AuditHead)).one()
    head.entries, head.hash = rows[-1]["id"], rows[-1]["hash"]
    with pytest.raises(audit_log.TooManyEntries, match="More than 10000 entries"):
        audit_log.export(Sieve(event="accounts.closed"), {}, actor=Operator(), now=NOW)
    # One less is not too many.
    most = audit_log.export(Sieve(subject="account 1"), {}, actor=Operator(), now=NOW)
    assert len(most) == audit_log.MOST == 10_000

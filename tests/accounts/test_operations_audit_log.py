"""How much of the audit log is taken along at once, and its head that is mailed every day."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from portal.access.policy import Operator
from portal.accounts import operations as account_operations
from portal.audit import operations as audit
from portal.audit.models import AuditEntry, AuditHead
from portal.audit.queries import Filters, count_entries, find_head
from portal.platform.db import db
from portal.platform.mail import OutboxMail
from tests import factories
from tests.factories import NOW
from tests.refusals import raises_refusal

pytestmark = pytest.mark.databases("sqlite")


def test_export_holds_as_many_entries_as_a_spreadsheet_should(app) -> None:
    first = count_entries(Filters()) + 1
    rows = [
        {
            "id": number,
            "at": NOW,
            "actor": "operator",
            "event": "accounts.closed",
            "subject": "account 1" if number < first + account_operations.MOST else "account 2",
            "commitment": f"{number:064d}",
            "previous_hash": f"{number - 1:064d}",
            "hash": f"{number:064d}",
        }
        for number in range(first, first + account_operations.MOST + 1)
    ]
    db.session.execute(AuditEntry.__table__.insert(), rows)
    head = db.session.scalars(select(AuditHead)).one()
    head.entries, head.hash = rows[-1]["id"], rows[-1]["hash"]
    with raises_refusal("too_many_entries", match="More than 10000 entries"):
        account_operations.export(Filters(event="accounts.closed"), {}, actor=Operator(), now=NOW)
    # One less is not too many.
    most = account_operations.export(Filters(subject="account 1"), {}, actor=Operator(), now=NOW)
    assert len(most) == account_operations.MOST == 10_000


def test_head_leaves_by_mail_once_a_day_to_those_who_read_the_log(app) -> None:
    readers = [factories.make_account("auditor", locale="en"), factories.make_account("administrator", locale="ky")]
    factories.make_account("coordinator")
    factories.make_account("auditor", closed_at=NOW)
    factories.make_account("administrator", password_hash="")  # Invited, and never came.
    audit.record("accounts.closed", "account 1", actor=Operator(), now=NOW)
    db.session.commit()
    assert [account_operations.mail_head(NOW + timedelta(hours=hour)) for hour in (0, 1, 13, 14)] == [2, 0, 0, 2]
    mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
    assert [one.recipient for one in mails] == [one.email for one in readers] * 2
    assert "1 of them of the last 24 hours" in mails[0].text
    told = re.search(r"^1 [0-9a-f]{64}$", mails[0].text, re.MULTILINE)
    assert told is not None and told[0] in mails[1].text
    found = find_head(told[0])
    assert found is not None and found.id == 1
    assert "all of them fit" in mails[0].text


def test_who_comes_later_that_day_is_told_too(app) -> None:
    factories.make_account("auditor")
    db.session.commit()
    assert account_operations.mail_head(NOW) == 1
    factories.make_account("auditor")
    db.session.commit()
    assert account_operations.mail_head(NOW) == 1


def test_mail_names_the_entry_that_does_not_fit(app) -> None:
    factories.make_account("auditor", locale="en")
    for number in range(3):
        audit.record("accounts.closed", f"account {number}", actor=Operator(), now=NOW)
    db.session.commit()
    db.session.execute(text("DROP TRIGGER audit_entry_no_update"))
    db.session.execute(text("UPDATE audit_entry SET actor = 'account 9' WHERE id = 2"))
    db.session.commit()
    assert account_operations.mail_head(NOW) == 1
    assert "Entry 2 does not fit" in db.session.scalars(select(OutboxMail.text)).one()

"""The chain grows without gaps or forks, whoever writes at the same time, and refuses what nobody declared."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as database_event
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit import chain, operations, queries
from portal.audit.models import AuditDetail, AuditEntry, AuditHead
from portal.config import Settings
from portal.platform import db as database
from portal.platform.db import db
from tests.factories import NOW
from tests.parallel import DEADLINE, in_processes, make_barrier

OPERATOR = Operator()


def record(number: int = 1, **values: Any) -> AuditEntry:
    """Record a harmless act."""
    given = {"after": {"kind": "list", "rows": number}, "actor": OPERATOR, "now": NOW, **values}
    return operations.record("registration.exported", f"training OSH-2026-{number:02d}", **given)


def test_first_entry_hangs_on_the_genesis(app: Flask) -> None:
    entry = record()
    assert (entry.id, entry.previous_hash) == (1, chain.GENESIS)
    assert entry.hash == db.session.scalars(select(AuditHead.hash)).one()


def test_entries_follow_each_other(app: Flask, aida: Account) -> None:
    entries = [record(1), record(2, actor=aida), record(3, before={"kind": "list"}, after=None)]
    db.session.commit()
    assert [entry.id for entry in entries] == [1, 2, 3]
    assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:2]]
    assert [entry.actor for entry in entries] == ["operator", f"account {aida.id}", "operator"]
    assert queries.check_chain() == queries.ChainCheck(entries=3, first_bad=None)


@pytest.mark.parametrize(
    "moment",
    [
        NOW.replace(microsecond=1),
        NOW.replace(microsecond=120_000),
        NOW.astimezone(timezone(timedelta(hours=6))),
        datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=-11))),
    ],
    ids=["microsecond", "round fraction", "Bishkek's zone", "far zone"],
)
def test_entry_reads_back_as_it_was_hashed(app: Flask, moment: datetime) -> None:
    record(now=moment)
    db.session.commit()
    db.session.expire_all()
    assert db.session.scalars(select(AuditEntry.at)).one() == moment
    assert queries.check_chain().first_bad is None


def test_details_of_every_kind_read_back_as_they_were_committed(app: Flask) -> None:
    details = {"kind": "Ош «59» \u2028 <b>", "rows": [1, 2.5, None, True, {"10": "ө", "9": "Ү"}]}
    record(after=details)
    db.session.commit()
    db.session.expire_all()
    assert db.session.scalars(select(AuditDetail)).one().after == details
    assert queries.check_chain().first_bad is None


def test_undeclared_event_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match=r"registration\.deleted"):
        operations.record("registration.deleted", "training OSH-2026-01", actor=OPERATOR, now=NOW)


def test_undeclared_key_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match=r"registration\.exported"):
        record(after={"kind": "list", "phone": "+996555123456"})
    with pytest.raises(ValueError, match=r"registration\.exported"):
        record(before={"phone": "+996555123456"})


def test_date_in_a_detail_is_refused_before_anything_is_written(app: Flask) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        operations.record(
            "trainings.created", "training OSH-2026-01", after={"starts_on": date(2026, 9, 14)}, actor=OPERATOR, now=NOW
        )
    db.session.rollback()
    assert queries.check_chain() == queries.ChainCheck(entries=0, first_bad=None)


def test_rolled_back_act_leaves_no_gap(app: Flask) -> None:
    record(1)
    db.session.commit()
    record(2)
    db.session.rollback()
    record(3)
    db.session.commit()
    assert db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all() == [1, 2]
    assert queries.check_chain().first_bad is None


def append_many(app: Flask, worker: int, number: int) -> int:
    """Record acts one transaction each, every tenth rolled back; return how many stayed."""
    kept = 0
    with app.app_context():
        for turn in range(number):
            record(worker * number + turn)
            if turn % 10 == 9:
                db.session.rollback()
            else:
                db.session.commit()
                kept += 1
    return kept


def test_parallel_writers_make_one_chain(app: Flask, settings: Settings) -> None:
    kept = in_processes(settings, append_many, [(worker, 20) for worker in range(4)])
    assert kept == [18, 18, 18, 18]
    assert queries.check_chain() == queries.ChainCheck(entries=72, first_bad=None)
    assert db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all() == list(range(1, 73))


def append_without_lock(app: Flask, barrier: Any) -> str:
    """Record one act as if nothing were locked: both writers read the same head."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            database_event.remove(db.engine, "begin", database._begin_sqlite)
            database_event.listen(db.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN DEFERRED"))
        head = db.session.scalars(select(AuditHead)).one()
        barrier.wait(DEADLINE)
        head.entries += 1
        entry = AuditEntry(id=head.entries, at=NOW, actor="a", event="e", subject="s", commitment="c")
        entry.previous_hash, entry.hash = head.hash, head.hash[:-1] + str(head.entries)
        db.session.add(entry)
        try:
            db.session.commit()
        except (IntegrityError, OperationalError) as refusal:
            return type(refusal).__name__
    return ""


def test_control_without_the_lock_a_writer_fails(app: Flask, settings: Settings) -> None:
    answers = in_processes(settings, append_without_lock, [(make_barrier(2),)] * 2)
    assert sorted(bool(answer) for answer in answers) == [False, True], answers

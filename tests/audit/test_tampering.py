"""Whoever changes the log behind the portal's back is found at the first row that no longer fits."""

import random
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from portal.audit import queries, rules
from portal.audit.models import AuditEntry
from portal.platform.db import db
from tests.audit.test_operations import record

ENTRIES = 24
COLUMNS = ("at", "actor", "event", "subject", "commitment", "previous_hash", "hash")


@pytest.fixture
def chain(app: Flask) -> Iterator[Connection]:
    """Return the connection of a session with a chain, its triggers dropped: what a database administrator can do."""
    for number in range(1, ENTRIES + 1):
        record(number)
    db.session.commit()
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        connection.execute(text("DROP TRIGGER audit_entry_no_delete"))
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    yield connection
    db.session.rollback()


def first_bad() -> int | None:
    db.session.expire_all()
    return queries.check_chain().first_bad


def edit(connection: Connection, chance: random.Random) -> int:
    """Change one column of one entry; return the number of the first row that must be named."""
    number, column = chance.randint(1, ENTRIES), chance.choice(COLUMNS)
    value = "2020-01-01 00:00:00" if column == "at" else "f" * 40
    connection.execute(text(f"UPDATE audit_entry SET {column} = :value WHERE id = :id"), {"value": value, "id": number})
    return number


def edit_detail(connection: Connection, chance: random.Random) -> int:
    """Change what an act did, without touching the chain."""
    number = chance.randint(1, ENTRIES)
    changed = {"after": '{"kind": "list", "rows": 999}', "id": number}
    connection.execute(text("UPDATE audit_detail SET after = :after WHERE entry_id = :id"), changed)
    return number


def delete(connection: Connection, chance: random.Random) -> int:
    """Remove one entry with its detail."""
    number = chance.randint(1, ENTRIES)
    _delete_where(connection, "= :id", number)
    return number


def close_ranks(connection: Connection, chance: random.Random) -> int:
    """Remove one entry and renumber the later ones, so that no gap shows."""
    number = chance.randint(1, ENTRIES - 1)
    _delete_where(connection, "= :id", number)
    for later in range(number + 1, ENTRIES + 1):
        _move(connection, later, later - 1)
    return number


def truncate(connection: Connection, chance: random.Random) -> int:
    """Remove the newest entries."""
    number = chance.randint(1, ENTRIES)
    _delete_where(connection, ">= :id", number)
    return number


def insert(connection: Connection, chance: random.Random) -> int:
    """Put a forged entry, well hashed, between two others, or behind the last."""
    number = chance.randint(1, ENTRIES + 1)
    for later in range(ENTRIES, number - 1, -1):
        _move(connection, later, later + 1)
    before = _facts(connection, number - 1)[1] if number > 1 else rules.GENESIS
    facts = rules.ChainedFacts(number, record_time(connection), "operator", "registration.exported", "forged", "c" * 64)
    connection.execute(
        AuditEntry.__table__.insert().values(
            id=number,
            at=facts.at,
            actor=facts.actor,
            event=facts.event,
            subject=facts.subject,
            commitment=facts.commitment,
            previous_hash=before,
            hash=rules.entry_hash(before, facts),
        )
    )
    return min(number + 1, ENTRIES + 1)  # The forged row hangs rightly; the next one does not hang on it.


def swap(connection: Connection, chance: random.Random) -> int:
    """Exchange the places of two entries."""
    one, other = sorted(chance.sample(range(1, ENTRIES + 1), 2))
    _move(connection, one, 1000)
    _move(connection, other, one)
    _move(connection, 1000, other)
    return one


def _delete_where(connection: Connection, condition: str, number: int) -> None:
    connection.execute(text(f"DELETE FROM audit_detail WHERE entry_id {condition}"), {"id": number})
    connection.execute(text(f"DELETE FROM audit_entry WHERE id {condition}"), {"id": number})


def _move(connection: Connection, number: int, target: int) -> None:
    places = {"number": number, "target": target}
    connection.execute(text("UPDATE audit_entry SET id = :target WHERE id = :number"), places)
    connection.execute(text("UPDATE audit_detail SET entry_id = :target WHERE entry_id = :number"), places)


def _facts(connection: Connection, number: int) -> tuple[str, str]:
    row = connection.execute(text("SELECT previous_hash, hash FROM audit_entry WHERE id = :id"), {"id": number}).one()
    return row.previous_hash, row.hash


def record_time(connection: Connection) -> object:
    """Return the moment of the first entry, so that a forged one has a plausible one."""
    return connection.execute(AuditEntry.__table__.select().limit(1)).one().at


TAMPERS = (edit, edit_detail, delete, close_ranks, truncate, insert, swap)


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_named(chain: Connection, tamper: Callable[[Connection, random.Random], int]) -> None:
    check_tampers(chain, tamper, 8)


@pytest.mark.slow
@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_named_each_of_many_times(
    chain: Connection, tamper: Callable[[Connection, random.Random], int]
) -> None:
    check_tampers(chain, tamper, 150)


def check_tampers(chain: Connection, tamper: Callable[[Connection, random.Random], int], times: int) -> None:
    chance = random.Random(tamper.__name__)
    assert first_bad() is None
    for turn in range(times):
        savepoint = chain.begin_nested()
        expected = tamper(chain, chance)
        assert (turn, first_bad()) == (turn, expected)
        savepoint.rollback()
        assert first_bad() is None


def test_erased_detail_is_no_fault(chain: Connection) -> None:
    chain.execute(text("DELETE FROM audit_detail WHERE entry_id = 5"))
    assert first_bad() is None


def test_forged_entry_behind_the_last_is_named(chain: Connection) -> None:
    class Last(random.Random):
        def randint(self, a: int, b: int) -> int:
            return b

    assert insert(chain, Last()) == ENTRIES + 1
    assert first_bad() == ENTRIES + 1


def test_changed_head_is_named(chain: Connection) -> None:
    chain.execute(text("UPDATE audit_head SET hash = :hash"), {"hash": "f" * 64})
    assert first_bad() == ENTRIES + 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'nobody'",
        "UPDATE audit_entry SET id = 7 WHERE id = 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 1",
    ],
)
def test_database_refuses_to_change_the_log(app: Flask, statement: str) -> None:
    record()
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert queries.check_chain() == queries.ChainCheck(entries=1, first_bad=None)


@pytest.mark.databases("postgresql")
def test_database_refuses_to_truncate_the_log(app: Flask) -> None:
    record()
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("TRUNCATE audit_entry CASCADE"))


@pytest.mark.databases("sqlite")
def test_database_refuses_to_replace_a_row_of_the_log(app: Flask) -> None:
    record()
    db.session.commit()
    columns = "id, at, actor, event, subject, commitment, previous_hash, hash"
    replacing = f"INSERT OR REPLACE INTO audit_entry ({columns}) SELECT id, at, 'x', event, subject, commitment, "
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(replacing + "previous_hash, hash FROM audit_entry"))

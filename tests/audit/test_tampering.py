"""Whoever changes the log behind the portal's back is found at the first row that no longer fits."""

import random
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from portal.access.policy import Operator
from portal.audit import chain as audit_chain
from portal.audit import operations, queries, witness
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform.db import db
from tests.audit.test_operations import record
from tests.factories import NOW
from tests.refusals import raises_refusal

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
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
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
    """Put a forged entry, hashed with the key, between two others, or behind the last."""
    number = chance.randint(1, ENTRIES + 1)
    for later in range(ENTRIES, number - 1, -1):
        _move(connection, later, later + 1)
    before = _facts(connection, number - 1)[1] if number > 1 else audit_chain.GENESIS
    facts = audit_chain.ChainedFacts(
        number, record_time(connection), "operator", "registration.exported", "forged", "c" * 64
    )
    connection.execute(
        AuditEntry.__table__.insert().values(
            id=number,
            at=facts.at,
            actor=facts.actor,
            event=facts.event,
            subject=facts.subject,
            commitment=facts.commitment,
            previous_hash=before,
            hash=audit_chain.entry_hash(before, facts, _key()),
        )
    )
    return number  # It hangs rightly, but nothing says what it has changed.


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


def rewrite_tail(connection: Connection, chance: random.Random, *, key: bytes = b"") -> int:
    """Give an entry to somebody else and hash it and everything after it anew, as whoever knows no key can."""
    number = chance.randint(1, ENTRIES)
    previous = _facts(connection, number - 1)[1] if number > 1 else audit_chain.GENESIS
    connection.execute(text("UPDATE audit_entry SET actor = 'account 7' WHERE id = :id"), {"id": number})
    for row in connection.execute(AuditEntry.__table__.select().where(AuditEntry.id >= number).order_by(text("id"))):
        facts = audit_chain.ChainedFacts(row.id, row.at, row.actor, row.event, row.subject, row.commitment)
        new = audit_chain.entry_hash(previous, facts, key)
        values = {"previous": previous, "new": new, "id": row.id}
        connection.execute(text("UPDATE audit_entry SET previous_hash = :previous, hash = :new WHERE id = :id"), values)
        previous = new
    _set_head(connection, ENTRIES, previous)
    return number


def forget_detail(connection: Connection, chance: random.Random) -> int:
    """Remove what an act did without saying so."""
    number = chance.randint(1, ENTRIES)
    connection.execute(text("DELETE FROM audit_detail WHERE entry_id = :id"), {"id": number})
    return number


def cut(connection: Connection, chance: random.Random) -> int:
    """Remove the newest entries and set the head back, so that what is left is a whole chain."""
    number = truncate(connection, chance)
    _set_head(connection, number - 1, _facts(connection, number - 1)[1] if number > 1 else audit_chain.GENESIS)
    return number


def cut_what_was_seen(connection: Connection, chance: random.Random) -> int:
    """Do the same after the hour at which the machine has noted the newest entry."""
    queries.note_head()
    return cut(connection, chance)


def lose_entries(connection: Connection, chance: random.Random) -> int:
    """Do the same and leave the details, as whoever deletes from one table does."""
    number = chance.randint(1, ENTRIES)
    connection.execute(text("DELETE FROM audit_entry WHERE id >= :id"), {"id": number})
    _set_head(connection, number - 1, _facts(connection, number - 1)[1] if number > 1 else audit_chain.GENESIS)
    return number


def _set_head(connection: Connection, entries: int, newest: str) -> None:
    values = {"entries": entries, "hash": newest}
    connection.execute(text("UPDATE audit_head SET entries = :entries, hash = :hash"), values)


def _key() -> bytes:
    known = witness.find()
    assert known is not None
    return known.key


TAMPERS = (
    edit,
    edit_detail,
    forget_detail,
    delete,
    close_ranks,
    truncate,
    lose_entries,
    cut_what_was_seen,
    insert,
    swap,
    rewrite_tail,
)


class First(random.Random):
    """Always the first entry."""

    def randint(self, a: int, b: int) -> int:
        return a


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


def test_control_with_the_key_a_rewritten_tail_is_a_whole_chain(chain: Connection) -> None:
    rewrite_tail(chain, random.Random(1), key=_key())
    assert first_bad() is None


def test_control_what_nobody_remembers_can_be_cut(chain: Connection) -> None:
    cut(chain, random.Random(1))
    assert first_bad() is None


def test_whole_chain_rewritten_as_one_from_before_the_key_is_named(chain: Connection) -> None:
    assert rewrite_tail(chain, First()) == first_bad() == 1


def test_cut_log_stays_known_as_cut_when_it_grows_again(chain: Connection) -> None:
    assert queries.note_head()
    number = cut(chain, random.Random(1))
    db.session.expire_all()
    for _turn in range(ENTRIES):
        record()
    db.session.flush()
    assert not queries.note_head()
    assert number < ENTRIES == first_bad()


def test_entries_from_before_the_key_stand_and_cannot_be_rewritten(chain: Connection, settings: Settings) -> None:
    rewrite_tail(chain, First())  # The whole log as an older portal has written it …
    (settings.keys / "audit.key").unlink()
    operations.begin_keying()
    record()
    db.session.flush()
    assert first_bad() is None
    assert rewrite_tail(chain, random.Random(2)) < first_bad() == ENTRIES  # … and after it was noted with the key.


def test_after_a_lost_key_the_links_are_checked_and_all_that_follows(chain: Connection, settings: Settings) -> None:
    (settings.keys / "audit.key").unlink()
    operations.begin_keying()
    record()
    db.session.flush()
    assert first_bad() is None
    known = witness.find()
    assert known is not None
    assert (known.begun.number, known.is_second) == (ENTRIES, True)
    chain.execute(text("UPDATE audit_entry SET previous_hash = :hash WHERE id = 7"), {"hash": "f" * 64})
    assert first_bad() == 7


@pytest.mark.databases("sqlite")  # PostgreSQL keeps no text in a column of moments.
def test_row_that_cannot_be_read_is_named(chain: Connection) -> None:
    chain.execute(text("UPDATE audit_entry SET at = 'yesterday' WHERE id = 9"))
    assert first_bad() == 9


def test_missing_head_is_named(chain: Connection) -> None:
    chain.execute(text("DELETE FROM audit_head"))
    assert first_bad() == ENTRIES + 1


def test_detail_is_erased_by_an_entry_and_counted(app: Flask) -> None:
    record(1)
    record(2)
    operations.erase_detail(1, "asked for by a participant", actor=Operator(), now=NOW)
    db.session.commit()
    assert queries.check_chain() == queries.ChainCheck(entries=3, first_bad=None, erased=1)
    for number in (1, 3, 99):  # Erased already, itself the word of an erasure, not there.
        with raises_refusal("nothing_to_erase"):
            operations.erase_detail(number, "again", actor=Operator(), now=NOW)


def test_forged_entry_behind_the_last_is_named(chain: Connection) -> None:
    class Last(random.Random):
        def randint(self, a: int, b: int) -> int:
            return b

    assert insert(chain, Last()) == ENTRIES + 1
    assert first_bad() == ENTRIES + 1


def test_changed_head_is_named(chain: Connection) -> None:
    chain.execute(text("UPDATE audit_head SET hash = :hash"), {"hash": "f" * 64})
    assert first_bad() == ENTRIES
    _set_head(chain, 5, _facts(chain, 5)[1])
    assert first_bad() == 6


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'nobody'",
        "UPDATE audit_entry SET id = 7 WHERE id = 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 1",
        "UPDATE audit_detail SET salt = 'x'",
        "DELETE FROM audit_detail",
    ],
)
def test_database_refuses_to_change_the_log(app: Flask, statement: str) -> None:
    record()
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only|by an entry only"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert queries.check_chain() == queries.ChainCheck(entries=1, first_bad=None)


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("table", ["audit_entry CASCADE", "audit_detail"])
def test_database_refuses_to_truncate_the_log(app: Flask, table: str) -> None:
    record()
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only|by an entry only"):
        db.session.execute(text(f"TRUNCATE {table}"))


@pytest.mark.databases("sqlite")
def test_database_refuses_to_replace_a_row_of_the_log(app: Flask) -> None:
    record()
    db.session.commit()
    columns = "id, at, actor, event, subject, commitment, previous_hash, hash"
    replacing = f"INSERT OR REPLACE INTO audit_entry ({columns}) SELECT id, at, 'x', event, subject, commitment, "
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(replacing + "previous_hash, hash FROM audit_entry"))

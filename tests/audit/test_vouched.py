"""The log vouches for books, movements of copies, releases and files: whoever changes one behind its back is found.

The attacks are those of whoever can write to the database and to nothing else, past all triggers.
"""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url, select

from portal.access.policy import Operator
from portal.attendance import operations as attendance_operations
from portal.audit import operations
from portal.audit.models import AuditEntry
from portal.certificates import operations as certificate_operations
from portal.closing import corrections
from portal.closing import operations as closing_operations
from portal.closing.corrections import Act
from portal.config import Settings
from portal.materials import operations as material_operations
from portal.platform import keys, storage
from portal.platform.db import db
from portal.registration.models import Registration
from portal.reports import operations as report_operations
from portal.reports.models import ReleasePart
from portal.stock import operations as stock
from portal.stock import queries as stock_queries
from portal.stock.models import Cause, Step
from portal.stock.rules import Reason
from portal.trainings.models import Training
from tests import factories
from tests.closing.arranged import complete, make_over
from tests.factories import NOW

OPERATOR = Operator()


@dataclass(frozen=True)
class Books:
    """A finalized training with everything in it that counts, a release and a file."""

    code: str
    path: Path


def verdict(app: Flask, *words: str) -> dict[str, Any]:
    """Return what the command says; its exit code says the same."""
    db.session.remove()
    done = app.test_cli_runner().invoke(args=["verify-audit", "--json", *words])
    answer = json.loads(done.stdout)
    assert done.exit_code == (0 if answer["intact"] else 1), done.output
    return answer


def attack(settings: Settings, *statements: str) -> None:
    """Write to the database as its administrator can: no trigger and no foreign key stands in the way."""
    db.session.remove()
    if settings.database_url.startswith("sqlite"):
        with sqlite3.connect(make_url(settings.database_url).database or "") as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, statement
        connection.close()
        return
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement


def entry_of(event: str) -> int:
    """Return the number of the latest entry of a kind."""
    query = select(AuditEntry.id).where(AuditEntry.event == event).order_by(AuditEntry.id.desc())
    return db.session.scalars(query.limit(1)).one()


@pytest.fixture
def kept(app: Flask) -> Books:
    training = make_over()
    first = complete(training, "Асанов", is_certified=False)
    complete(training, "Бекова")
    factories.make_questions(training.course)
    factories.make_sheet(first)
    manual = factories.make_material()
    office, here = material_operations.take_office(training.region), material_operations.take_training(training)
    for start, end in ((material_operations.take_source(), office), (office, here)):
        reason = Reason.RECEIVED if end is office else Reason.MOVED
        stock.move([Step(manual, start, end, 30)], Cause(reason, training.starts_on), actor=OPERATOR, now=NOW)
    certificate = factories.make_certificate(first, state="pending")
    certificate_operations.complete(certificate.id, b"%PDF a certificate", actor=OPERATOR, now=NOW)
    closing_operations.finalize(training, actor=OPERATOR, now=NOW)
    release = report_operations.prepare(training.ends_on, 5)
    report_operations.publish(release, actor=OPERATOR, now=NOW)
    db.session.commit()
    document = db.session.scalars(select(storage.Document).order_by(storage.Document.id.desc())).first()
    assert document is not None
    return Books(training.code, storage._path(document.sha256))


def test_what_stands_is_intact_and_counted(app: Flask, kept: Books) -> None:
    found = verdict(app)
    assert (found["intact"], found["first_bad"], found["faults"]) == (True, None, [])
    assert (found["books"], found["movements"], found["releases"], found["keyed_after"]) == (1, 2, 1, 0)
    assert found["files"] >= 1


BOOKS = {
    "marks": "UPDATE attendance_mark SET state = 'late', minutes = 5",
    "marks once more": "INSERT INTO attendance_mark SELECT id + 1000, 'forged', training_session_id, registration_id, "
    "'absent', minutes, reason, {true}, marked_at, received_at, marked_by, device FROM attendance_mark WHERE id = "
    "(SELECT min(id) FROM attendance_mark)",
    "registrations": "UPDATE registration SET region_code = 'KG-O'",
    "registrations gone": "UPDATE registration SET training_id = training_id + 1 WHERE id = (SELECT max(id) FROM "
    "registration)",
    "decisions": "UPDATE registration_decision SET decided_by = 'account 9'",
    "sheets": "UPDATE assessment_sheet SET points = 0",
    "movements": "UPDATE stock_movement SET moved_on = '2026-08-01'",
    "sessions": "UPDATE training_session SET local_date = '2026-09-02'",
}


@pytest.mark.parametrize("name", BOOKS)
def test_changed_books_of_a_finalized_training_are_named(
    app: Flask, settings: Settings, kept: Books, name: str
) -> None:
    is_sqlite = settings.database_url.startswith("sqlite")
    attack(settings, BOOKS[name].replace("{true}", "1" if is_sqlite else "true"))
    found = verdict(app)
    assert not found["intact"]
    assert found["first_bad"] == entry_of("closing.books_kept")
    assert f"training {kept.code}" in [fault["subject"] for fault in found["faults"]]
    assert name.split()[0] in found["faults"][0]["problem"]


def test_control_books_that_were_never_kept_are_not_known(app: Flask, settings: Settings) -> None:
    training = make_over()
    complete(training)
    training.state = "finalized"  # As an older portal has left it.
    db.session.commit()
    assert [fault["entry"] for fault in verdict(app)["faults"]] == [None]
    assert closing_operations.keep_missing(actor=OPERATOR, now=NOW) == 1
    assert closing_operations.keep_missing(actor=OPERATOR, now=NOW) == 0
    db.session.commit()
    assert verdict(app)["intact"]


def test_finalized_training_that_is_open_again_is_named(app: Flask, settings: Settings, kept: Books) -> None:
    attack(settings, "UPDATE training SET state = 'held'")
    assert verdict(app)["first_bad"] == entry_of("closing.books_kept")


def test_correction_tells_the_log_anew(app: Flask, settings: Settings, kept: Books) -> None:
    training = db.session.scalars(select(Training)).one()
    registration = db.session.scalars(select(Registration).order_by(Registration.id)).first()
    assert registration is not None
    session = training.sessions[0]
    wish = attendance_operations.MarkInput("a-key", "late", minutes=60)
    act = Act("a letter of the academy", training.corrections)
    corrections.correct_mark(registration, session, wish, act=act, actor=OPERATOR, now=NOW)
    db.session.commit()
    assert verdict(app)["intact"]
    attack(settings, "DELETE FROM attendance_mark WHERE id = (SELECT max(id) FROM attendance_mark)")
    assert verdict(app)["first_bad"] == entry_of("closing.books_kept")


def test_copies_that_come_back_after_the_lock_are_no_fault(app: Flask, settings: Settings, kept: Books) -> None:
    training = db.session.scalars(select(Training)).one()
    here, office = material_operations.take_training(training), material_operations.take_office(training.region)
    manual = stock_queries.list_balances(places=[here.id])[0].material
    stock.move([Step(manual, here, office, 3)], Cause(Reason.MOVED, training.ends_on), actor=OPERATOR, now=NOW)
    db.session.commit()
    assert verdict(app)["intact"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_movement SET quantity = quantity + 500",
        "UPDATE stock_movement SET recorded_by = 'account 9'",
        "DELETE FROM stock_movement WHERE id = (SELECT max(id) FROM stock_movement)",
        "UPDATE stock_movement SET batch = 'forged'",
    ],
)
def test_changed_movement_of_copies_is_named(app: Flask, settings: Settings, kept: Books, statement: str) -> None:
    attack(settings, statement)
    found = verdict(app)
    assert not found["intact"]
    assert {fault["subject"].split()[0] for fault in found["faults"]} >= {"stock"}


def forge_release(*, with_hashes: bool) -> list[str]:
    """Return what changes what a release says, perhaps with both hashes in the database made to fit."""
    part = db.session.scalars(select(ReleasePart).order_by(ReleasePart.id)).first()
    assert part is not None
    changed = part.content.replace('"k":5', '"k":3', 1)
    assert changed != part.content
    statements = [f"UPDATE release_part SET content = '{changed.replace(chr(39), chr(39) * 2)}' WHERE id = {part.id}"]
    if with_hashes:
        digest = hashlib.sha256(changed.encode()).hexdigest()
        statements.append(f"UPDATE release_part SET sha256 = '{digest}' WHERE id = {part.id}")
        statements.append(f"UPDATE release SET sha256 = '{'0' * 64}'")
    return statements


@pytest.mark.parametrize("with_hashes", [False, True], ids=["text", "text and hashes"])
def test_changed_release_is_named(app: Flask, settings: Settings, kept: Books, with_hashes: bool) -> None:
    attack(settings, *forge_release(with_hashes=with_hashes))
    found = verdict(app)
    assert found["first_bad"] == entry_of("reports.released")
    assert [fault["subject"] for fault in found["faults"]] == ["release 1"]


@pytest.mark.parametrize(
    "statement", ["UPDATE release SET people = people + 1", "UPDATE release SET number = 2", "DELETE FROM release"]
)
def test_release_that_is_another_one_is_named(app: Flask, settings: Settings, kept: Books, statement: str) -> None:
    attack(settings, statement)
    assert verdict(app)["first_bad"] == entry_of("reports.released")


def test_one_bit_of_a_file_is_named(app: Flask, kept: Books) -> None:
    content = kept.path.read_bytes()
    kept.path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    found = verdict(app)
    assert found["first_bad"] == entry_of("certificates.issued")
    kept.path.write_bytes(content)
    assert verdict(app)["intact"]
    kept.path.unlink()
    assert verdict(app)["first_bad"] == entry_of("certificates.issued")


def test_file_that_was_exchanged_with_its_row_is_named(app: Flask, settings: Settings, kept: Books) -> None:
    forged = storage.put(b"%PDF forged", kind="certificate", filename="a.pdf", media_type="application/pdf", now=NOW)
    changed, old = forged.sha256, kept.path.name
    db.session.rollback()
    attack(settings, f"UPDATE document SET sha256 = '{changed}', size = 11 WHERE sha256 = '{old}'")
    assert verdict(app)["first_bad"] == entry_of("certificates.issued")


@pytest.mark.parametrize(
    ("statements", "number"),
    [
        (["DELETE FROM audit_entry WHERE id = 2"], 2),
        (["DELETE FROM audit_entry WHERE id > 2"], 3),
        (["DELETE FROM audit_entry WHERE id > 2", "UPDATE audit_head SET entries = 2"], 2),  # Of another hash.
        (["DELETE FROM audit_head"], None),
        (["DELETE FROM audit_detail"], 1),
    ],
)
def test_missing_rows_have_a_verdict_with_a_number(
    app: Flask, settings: Settings, kept: Books, statements: list[str], number: int | None
) -> None:
    attack(settings, *statements)
    found = verdict(app)
    assert found["first_bad"] == (number or found["entries"] + 1)


def test_log_that_cannot_be_read_has_a_verdict_too(app: Flask, settings: Settings, kept: Books) -> None:
    attack_schema = "ALTER TABLE audit_entry RENAME TO something_else"
    db.session.remove()
    with db.engine.begin() as connection:
        connection.exec_driver_sql(attack_schema)
    try:
        found = verdict(app)
        assert (found["intact"], found["entries"]) == (False, None)
        assert found["error"]
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE something_else RENAME TO audit_entry")


def test_missing_key_has_a_verdict_too(app: Flask, settings: Settings, kept: Books) -> None:
    keys.remember(settings, now=NOW)
    db.session.commit()
    key = settings.keys / "audit.key"
    content = key.read_bytes()
    key.unlink()
    found = verdict(app)
    assert (found["intact"], "audit.key" in found["error"]) == (False, True)
    with pytest.raises(keys.KeysDiffer):
        operations.begin_keying()
    db.session.rollback()
    key.write_bytes(content)
    assert verdict(app)["intact"]


def test_head_that_a_mail_has_told_must_stand(app: Flask, kept: Books) -> None:
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id).limit(1)).one()
    told = f"{entry.id} {entry.hash[:12]}"
    assert verdict(app, "--head", told)["head"]["entry"] == entry.id
    assert verdict(app, "--head", "1 " + "0" * 12)["intact"] is False


def test_detail_is_erased_by_the_command_and_counted(app: Flask, kept: Books) -> None:
    number = entry_of("certificates.issued")
    db.session.remove()
    done = app.test_cli_runner().invoke(args=["erase-audit-detail", str(number), "--reason", "asked for", "--json"])
    assert json.loads(done.stdout) == {"erased": number}
    found = verdict(app)
    assert (found["intact"], found["erased"]) == (True, 1)
    evidence = entry_of("closing.books_kept")
    db.session.remove()
    refused = app.test_cli_runner().invoke(args=["erase-audit-detail", str(evidence), "--reason", "x", "--json"])
    assert refused.exit_code == 1

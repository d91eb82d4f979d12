"""What the portal says of itself is true: a probe is told whether pages can be served and the worker keeps up."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from portal.access.policy import Operator
from portal.config import Settings
from portal.platform import clock, health, jobs, mail, storage
from portal.platform.db import db, transaction
from portal.platform.health import Heartbeat
from portal.platform.jobs import Job
from portal.platform.mail import MailFault
from portal.signing import operations as signing_operations
from tests import applications

pytestmark = pytest.mark.databases("sqlite")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def well(app: Flask, settings: Settings) -> Flask:
    """Return an installation with keys, a document and a worker that lives."""
    with transaction():
        signing_operations.settle_keys(settings, actor=Operator(), now=clock.now())
        storage.put(b"x", kind="test", filename="x", media_type="text/plain", now=clock.now())
    health.beat(health.WORKER, clock.now())
    return app


def ask(app: Flask) -> tuple[int, str, list[str]]:
    """Return status, word, and what is not well."""
    db.session.rollback()
    answer = app.test_client().get("/readyz")
    checks = answer.json["checks"]
    assert checks.keys() == {*health.VITAL, *health.BEHIND}
    return answer.status_code, answer.json["status"], [name for name, is_ok in checks.items() if not is_ok]


def test_portal_that_is_well_says_so(well: Flask) -> None:
    assert ask(well) == (200, "ok", [])
    assert ask(well) == (200, "ok", [])


def lose_the_keys(_app: Flask, settings: Settings) -> None:
    shutil.rmtree(settings.keys)


def exchange_a_key(_app: Flask, settings: Settings) -> None:
    (settings.keys / "vault.aes256").write_bytes(bytes(32))


def unmount_the_documents(_app: Flask, settings: Settings) -> None:
    shutil.rmtree(settings.documents_url)
    Path(settings.documents_url).mkdir()


def lose_the_documents(_app: Flask, settings: Settings) -> None:
    shutil.rmtree(settings.documents_url)


def migrate_no_further(_app: Flask, _settings: Settings) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001_people'"))


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (lose_the_keys, "keys"),
        (exchange_a_key, "keys"),
        (unmount_the_documents, "documents"),
        (migrate_no_further, "migrations"),
    ],
)
def test_what_no_page_can_do_without_is_missed(
    well: Flask, settings: Settings, fault: Callable[[Flask, Settings], None], name: str
) -> None:
    fault(well, settings)
    assert ask(well) == (503, "unavailable", [name])
    assert well.test_client().get("/healthz").json == {"status": "ok"}


def test_database_without_tables_is_alive_and_not_ready(settings: Settings, tmp_path: Path) -> None:
    app = applications.make(applications.settings(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'portal.db'}"))
    with app.app_context():
        status, word, missed = ask(app)
        assert (status, word) == (503, "unavailable")
        assert {"migrations", "writes", "documents"} <= set(missed)
        assert app.test_client().get("/healthz").status_code == 200
        db.engine.dispose()


def test_database_that_takes_no_row_is_not_ready(well: Flask, settings: Settings) -> None:
    with closing(sqlite3.connect(settings.data / "portal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert ask(well) == (503, "unavailable", ["writes"])
        assert well.test_client().get("/healthz").status_code == 200
        other.execute("ROLLBACK")
    assert ask(well) == (200, "ok", [])


def test_row_that_was_written_a_moment_ago_is_proof_enough(well: Flask) -> None:
    ask(well)
    written = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == health.WEB))
    ask(well)
    assert db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == health.WEB)) == written
    with transaction():
        db.session.execute(update(Heartbeat).where(Heartbeat.name == health.WEB).values(at=written - MINUTE))
    ask(well)
    assert db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == health.WEB)) >= written


def enqueue(*, age: timedelta, state: str = "queued") -> int:
    with transaction():
        job = jobs.enqueue("tests.health", subject=state, requested_by="operator", now=clock.now(), is_offered=False)
        job.state, job.seen_at = state, clock.now() - age
        return job.id


def test_worker_that_is_silent_or_never_was_is_missed(well: Flask) -> None:
    health.beat(health.WORKER, clock.now() - 4 * MINUTE)
    assert ask(well) == (200, "degraded", ["worker"])
    with transaction():
        db.session.execute(text("DELETE FROM heartbeat"))
    assert ask(well) == (200, "degraded", ["worker"])


def test_queue_that_is_not_drained_is_missed(well: Flask) -> None:
    enqueue(age=2 * MINUTE)
    assert ask(well) == (200, "ok", [])
    with transaction():
        db.session.execute(update(Job).values(seen_at=clock.now() - 4 * MINUTE))
    assert ask(well) == (200, "degraded", ["queue"])
    enqueue(age=MINUTE, state="running")
    assert ask(well) == (200, "ok", []), "What waits behind a job that is at work is well."


@pytest.mark.parametrize(
    ("values", "is_well"),
    [
        ({"due": -14 * MINUTE}, True),
        ({"due": -16 * MINUTE}, False),
        ({"due": 60 * MINUTE, "tries": 3, "fault": MailFault.UNREACHABLE.value}, False),
        ({"due": MINUTE, "tries": 2, "fault": MailFault.UNREACHABLE.value}, True),
        ({"due": -60 * MINUTE, "state": "sent"}, True),
    ],
)
def test_mail_that_does_not_leave_is_missed(well: Flask, values: dict[str, Any], is_well: bool) -> None:
    with transaction():
        queued = mail.queue(mail.Message("aida@portal.example", "Subject", "Text"), now=clock.now())
        queued.due_at = clock.now() + values.pop("due")
        for name, value in values.items():
            setattr(queued, name, value)
    assert ask(well) == (200, "ok", []) if is_well else (200, "degraded", ["mail"])


def test_answer_names_nobody_and_no_place(well: Flask, settings: Settings) -> None:
    lose_the_keys(well, settings)
    text_of_it = well.test_client().get("/readyz").text
    assert str(settings.data) not in text_of_it
    assert "sqlite" not in text_of_it

"""The command that looks whether an installation is well."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.access.policy import Operator
from portal.audit import operations as audit
from portal.backups import operations
from portal.config import Settings
from portal.platform import clock, folders, health, mail, storage
from portal.platform.db import db, transaction
from portal.platform.mail import Message
from portal.signing import keys
from portal.signing import operations as signing_operations
from tests import applications, pkcs12

DAY = timedelta(days=1)
YEAR = 365 * DAY


def ask(app: Flask) -> tuple[int, dict[str, dict[str, Any]]]:
    answer = app.test_cli_runner().invoke(args=["doctor", "--json"])
    return answer.exit_code, {check["name"]: check for check in json.loads(answer.stdout)["checks"]}


def test_fresh_installation_is_well(app: Flask, settings: Settings) -> None:
    announce(settings, valid=YEAR)
    folders.close(settings.data)
    health.beat(health.WORKER, clock.now())
    code, checks = ask(app)
    assert [name for name, check in checks.items() if not check["ok"]] == []
    assert code == 0
    first = ["database", "migrations", "writes", "disk", "documents", "keys", "worker", "queue", "mail"]
    assert list(checks) == [*first, "pango", "jail", "fonts", "backup", "folder", "proxies", "clock", "seal"]


def test_what_others_on_the_machine_can_read_is_named(app: Flask, settings: Settings) -> None:
    (settings.data / "mail").mkdir(mode=0o755, exist_ok=True)
    (settings.data / "mail").chmod(0o755)
    checks = ask(app)[1]
    assert not checks["folder"]["ok"]
    assert "mail" in checks["folder"]["detail"]


def test_public_address_without_a_word_on_its_proxies_is_named(app: Flask, settings: Settings) -> None:
    assert ask(app)[1]["proxies"]["ok"]
    app.config["PORTAL_SETTINGS"] = applications.changed(settings, base_url="https://okuu.example")
    assert not ask(app)[1]["proxies"]["ok"]
    app.config["PORTAL_SETTINGS"] = applications.changed(settings, base_url="https://okuu.example", trusted_proxies=1)
    assert ask(app)[1]["proxies"]["ok"]


def test_key_that_others_can_read_is_named(app: Flask, settings: Settings) -> None:
    (settings.data / "keys").mkdir(exist_ok=True)
    key = settings.data / "keys" / "secret"
    key.write_text("x")
    key.chmod(0o644)
    code, checks = ask(app)
    assert code == 1
    assert not checks["keys"]["ok"]
    assert "secret" in checks["keys"]["detail"]
    assert checks["seal"] == {"name": "seal", "ok": False, "detail": "there is no key yet, `prepare` makes one"}


@pytest.mark.parametrize(("valid", "words"), [(59 * DAY, "ends within 60 days"), (-DAY, "ended")])
def test_key_of_the_seal_is_told_before_it_ends(app: Flask, settings: Settings, valid: timedelta, words: str) -> None:
    announce(settings, valid=valid)
    code, checks = ask(app)
    assert (code, checks["seal"]["ok"]) == (1, False)
    assert checks["seal"]["detail"].startswith(words)
    assert "CN=General Prosecutor" in checks["seal"]["detail"]


def test_mails_of_which_nobody_knows_are_counted(app: Flask) -> None:
    mail.queue(
        Message("cholpon@example.org", "s", "t", topic="training OSH-2026-01"), now=clock.now()
    ).state = "unclear"
    db.session.commit()
    assert ask(app)[1]["mail"]["detail"] == "sent by file as Okuu <portal@127.0.0.1>, 1 unclear"


def test_damaged_document_is_found_in_the_sample(app: Flask, settings: Settings) -> None:
    with transaction():
        for text in ("whole", "changed"):
            values = {"kind": "test", "filename": "Асанова.pdf", "media_type": "text/plain", "now": clock.now()}
            document = storage.put(text.encode(), **values)
    assert ask(app)[1]["documents"]["ok"]
    (Path(settings.documents_url) / document.sha256[:2] / document.sha256).write_bytes(b"CHANGED")
    found = ask(app)[1]["documents"]
    assert (found["ok"], f"number {document.id}" in found["detail"]) == (False, True)
    assert "Асанова" not in found["detail"]


def back_up(settings: Settings, *, age: timedelta) -> Path:
    """Make a backup that is this old."""
    db.session.rollback()
    return operations.make(settings, settings.backups, with_keys=False, now=clock.now() - age).folder


def test_backup_that_is_late_or_not_whole_is_named(app: Flask, settings: Settings) -> None:
    with transaction():
        audit.record("trainings.course_added", "course x", actor=Operator(), now=clock.now() - 3 * DAY)
    assert not ask(app)[1]["backup"]["ok"], "None in the two days that the portal is in use."
    back_up(settings, age=2 * DAY + timedelta(hours=1))
    found = ask(app)[1]["backup"]
    assert (found["ok"], "49 hours old" in found["detail"]) == (False, True)
    with transaction():
        content = b"a document that goes"
        lost = storage.put(content, kind="test", filename="x", media_type="text/plain", now=clock.now())
    (Path(settings.documents_url) / lost.sha256[:2] / lost.sha256).unlink()
    back_up(settings, age=timedelta(hours=2))
    found = ask(app)[1]["backup"]
    assert (found["ok"], lost.sha256 in found["detail"]) == (False, True)
    with transaction():
        storage.put(content, kind="test", filename="x", media_type="text/plain", now=clock.now())
    back_up(settings, age=timedelta(hours=1))
    found = ask(app)[1]["backup"]
    assert (found["ok"], "1 hours old" in found["detail"], "same disk" in found["detail"]) == (True, True, True)


def announce(settings: Settings, *, valid: timedelta) -> None:
    """Seal with a key whose certificate is valid so long."""
    key, now = pkcs12.rsa_key(), clock.now()
    used = keys.SealKey(key, pkcs12.certificate(key, now=now, last=valid), ())
    with transaction():
        keys.replace(settings.keys, used, now=now)
        signing_operations.take_into_use(used, actor=Operator(), now=now)


def test_damaged_file_of_the_database_is_named(app: Flask, settings: Settings) -> None:
    assert ask(app)[1]["database"]["detail"] == "sqlite, whole"
    db.session.remove()
    db.engine.dispose()
    path = settings.data / "portal.db"
    content = path.read_bytes()
    path.write_bytes(content[: -8 * 4096] + b"x" * 8 * 4096)
    assert not ask(app)[1]["database"]["ok"]

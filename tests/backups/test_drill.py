"""The drill: a portal that is written to is copied, and becomes a portal again on an empty machine."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.app import create_app
from portal.audit import operations as audit
from portal.audit import queries as chain
from portal.backups import operations as backups
from portal.catalog.models import Course
from portal.certificates.models import Certificate
from portal.config import Settings
from portal.platform import clock, storage, tokens
from portal.platform.db import db, reading, transaction
from portal.platform.keys import KeysDiffer
from tests import applications, factories, postgres
from tests.certificates.arranged import certificates_of, issue_for_real, make_ready
from tests.contract.test_file_length import ROOT
from tests.factories import make_course
from tests.parallel import running

pytestmark = pytest.mark.databases("sqlite", "postgresql")
WRITERS = 3


@pytest.fixture
def used(settings: Settings) -> Iterator[tuple[Flask, bytes]]:
    """Return an installation after its first start, with keys of its own and a sealed certificate."""
    app = applications.make(applications.changed(settings, secret_key=""))
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["prepare"]).exit_code == 0
        training = factories.make_training()
        make_ready(training, "Асанова", "Чолпон")
        issue_for_real(training)
        content = storage.open_bytes(certificates_of(training)[0].document)
        db.session.commit()
        yield app, content
        db.session.remove()
        db.engine.dispose()


def write(app: Flask, mark: str) -> None:
    """Write rows, entries of the log and documents until somebody ends this process."""
    with app.app_context():
        while True:
            with transaction():
                make_course(tokens.random_code(10), title_en="x" * 300)
                content = tokens.random_token().encode() * 500
                storage.put(content, kind="drill", filename="x", media_type="text/plain", now=clock.now())
                audit.record("trainings.course_added", f"course {Path(mark).name}", actor=Operator(), now=clock.now())
            Path(mark).touch()


def courses() -> int:
    with reading() as connection:
        return connection.execute(select(func.count()).select_from(Course)).scalar_one()


def restore(backup: Path, data: Path, *words: str, url: str = "") -> tuple[int, dict[str, Any]]:
    """Restore as an operator does on another machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_URL"))}
    environment = {**kept, "PORTAL_DATA": str(data), "PYTHONPATH": str(ROOT), "DATABASE_URL": url}
    command = [sys.executable, "-P", "-m", "portal.backups.restore", str(backup), "--json", *words]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("{"), done
    return done.returncode, json.loads(done.stdout)


def empty_database(database: str, worker_id: str, name: str) -> str:
    return "" if database == "sqlite" else postgres.create_database(f"{name}_{worker_id}")


def test_restored_portal_is_the_copied_one(
    used: tuple[Flask, bytes], database: str, tmp_path: Path, worker_id: str
) -> None:
    app, certificate = used
    settings = app.config["PORTAL_SETTINGS"]
    marks = [tmp_path / f"writer-{turn}" for turn in range(WRITERS)]
    with ExitStack() as stack:
        writers = [stack.enter_context(running(settings, write, str(mark))) for mark in marks]
        for writer, mark in zip(writers, marks, strict=True):
            writer.wait_until(mark.exists)
        done = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "copies"), "--json"])
        copied_until = courses()
        writers[0].wait_until(lambda: courses() > copied_until)
    made = json.loads(done.stdout)
    backup, keys = Path(made["backup"]), Path(made["keys"])
    assert (done.exit_code, made["damaged"], keys.parent) == (0, [], backup.parent)
    assert not {path.name for path in backup.rglob("*")} & {path.name for path in keys.iterdir()}
    assert {path.stat().st_mode & 0o077 for path in (backup, keys, *keys.iterdir())} == {0}
    manifest = backups.read_manifest(backup)
    assert 0 < manifest.rows["course"] <= copied_until < courses()

    url = empty_database(database, worker_id, "restored")
    data = tmp_path / "another machine"
    code, answer = restore(backup, data, "--keys", str(keys), url=url)
    assert (code, answer["entries"], answer["missing_keys"]) == (0, manifest.entries, [])
    place = {"data": data, "documents_url": str(data / "documents"), "jobs_url": f"sqlite:///{data / 'jobs.db'}"}
    database_url = url.replace("postgresql:", "postgresql+psycopg:") or f"sqlite:///{data / 'portal.db'}"
    restored = create_app(applications.changed(settings, **place, database_url=database_url))
    with restored.app_context():
        found = chain.check_chain()
        assert (found.entries, found.first_bad) == (manifest.entries, None)
        assert courses() == manifest.rows["course"]
        documents = db.session.scalars(select(storage.Document)).all()
        assert len(documents) == manifest.rows["document"]
        assert all(storage.open_bytes(one) for one in documents)
        [issued] = db.session.scalars(select(Certificate)).all()
        assert storage.open_bytes(issued.document) == certificate
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def copied(used: tuple[Flask, bytes], tmp_path: Path) -> tuple[Path, Path]:
    """Return a backup and its keys."""
    app, _certificate = used
    made = json.loads(app.test_cli_runner().invoke(args=["backup", str(tmp_path / "copies"), "--json"]).stdout)
    return Path(made["backup"]), Path(made["keys"])


def change_a_byte(backup: Path) -> None:
    path = next(path for path in sorted(backup.glob("documents/*/*")))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def lose_a_file(backup: Path) -> None:
    next(backup.glob("documents/*/*")).unlink()


def tear_the_database(backup: Path) -> None:
    path = next(backup.glob("portal.*"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose_the_manifest(backup: Path) -> None:
    (backup / "manifest.json").unlink()


@pytest.mark.slow
@pytest.mark.parametrize("damage", [change_a_byte, lose_a_file, tear_the_database, lose_the_manifest])
@pytest.mark.databases("sqlite")
def test_backup_that_is_not_whole_is_refused_before_anything_is_written(
    copied: tuple[Path, Path], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    backup, keys = copied
    damage(backup)
    code, answer = restore(backup, tmp_path / "machine", "--keys", str(keys))
    assert (code, list(answer)) == (1, ["error"])
    assert list((tmp_path / "machine").iterdir()) == []


@pytest.mark.databases("sqlite")
def test_backup_restores_over_nothing_and_without_its_keys_does_not_start(
    copied: tuple[Path, Path], tmp_path: Path
) -> None:
    backup, keys = copied
    machine = tmp_path / "machine"
    code, answer = restore(backup, machine)
    assert (code, "vault.aes256" in answer["missing_keys"]) == (0, True)
    assert sorted(path.name for path in machine.iterdir()) == ["documents", "portal.db"]
    before = (machine / "portal.db").read_bytes()
    assert restore(backup, machine)[0] == 1
    assert (machine / "portal.db").read_bytes() == before
    environ = {"PORTAL_DATA": str(machine)}
    with pytest.raises(KeysDiffer, match="vault.aes256"):
        create_app(Settings.from_environment(environ))
    shutil.copytree(keys, machine / "keys")
    create_app(Settings.from_environment(environ))


@pytest.mark.databases("sqlite")
def test_keys_of_another_portal_are_refused(copied: tuple[Path, Path], tmp_path: Path) -> None:
    backup, keys = copied
    (keys / "vault.aes256").write_bytes(bytes(32))
    code, answer = restore(backup, tmp_path / "machine", "--keys", str(keys))
    assert (code, "vault.aes256" in answer["error"]) == (1, True)


@pytest.mark.databases("sqlite")
def test_control_files_copied_one_after_the_other_are_no_database(used: tuple[Flask, bytes], tmp_path: Path) -> None:
    """What a slow copy of the folder does: the log goes into the file while the file is being read."""
    app, _certificate = used
    source, target = app.config["PORTAL_SETTINGS"].data / "portal.db", tmp_path / "portal.db"
    half = source.stat().st_size // 2
    with source.open("rb") as file, target.open("wb") as copy:
        copy.write(file.read(half))
        for turn in range(500):
            with transaction():
                make_course(f"C{turn}", title_en="x" * 300)
        with closing(sqlite3.connect(source)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfileobj(file, copy)
    shutil.copyfile(f"{source}-wal", f"{target}-wal")
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() != ("ok",)

"""What a backup holds, which are kept, and what a killed or damaged one leaves."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.backups import jobs as backup_jobs
from portal.backups import operations
from portal.backups.engines import NotPossible
from portal.config import Settings
from portal.platform import clock, jobs, storage
from portal.platform.db import db, transaction
from portal.platform.jobs import Job
from tests import applications
from tests.factories import NOW
from tests.parallel import die_at, dies

pytestmark = pytest.mark.databases("sqlite")
DAY = timedelta(days=1)


def put(text: str) -> storage.Document:
    with transaction():
        content = text.encode()
        return storage.put(content, kind="test", filename="x.txt", media_type="text/plain", now=NOW)


def make(settings: Settings, now=NOW) -> operations.Made:
    db.session.rollback()
    return operations.make(settings, settings.backups, with_keys=False, now=now)


def test_second_backup_shares_the_documents_of_the_first(app: Flask, settings: Settings) -> None:
    put("old")
    first = make(settings)
    put("new")
    second = make(settings, NOW + DAY)
    documents = list(second.folder.rglob("documents/*/*"))
    assert sorted(path.stat().st_nlink for path in documents) == [1, 2]
    assert len(first.manifest.files) == 2
    assert len(second.manifest.files) == 3
    store = Path(settings.documents_url)
    assert not {path.stat().st_ino for path in documents} & {path.stat().st_ino for path in store.rglob("*")}


@pytest.mark.parametrize("fault", ["changed", "missing"])
def test_damaged_document_is_named_and_the_rest_is_copied(app: Flask, settings: Settings, fault: str) -> None:
    whole, digest = put("whole").sha256, put("damaged").sha256
    path = Path(settings.documents_url) / digest[:2] / digest
    path.unlink() if fault == "missing" else path.write_bytes(b"changed")
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=["backup", "--json"])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["damaged"], answer["keys"]) == (1, [digest], None)
    assert (Path(answer["backup"]) / "documents" / whole[:2] / whole).read_bytes() == b"whole"


def test_mails_that_are_files_are_copied(app: Flask, settings: Settings) -> None:
    (settings.data / "mail").mkdir()
    (settings.data / "mail" / "000001-x.eml").write_bytes(b"mail")
    (settings.data / "mail" / ".000002-x.eml").write_bytes(b"half a mail")
    made = make(settings)
    assert [path.name for path in (made.folder / "mail").iterdir()] == ["000001-x.eml"]


def test_newest_stay_and_others_things_are_left_alone(app: Flask, settings: Settings) -> None:
    made = [make(settings, NOW + DAY * day).folder for day in range(4)]
    made[0].with_name(f"{made[0].name}-keys").mkdir()
    for other in ("portal-by-hand", ".part-old", ".part-new"):
        (settings.backups / other).mkdir()
    long_ago = (NOW - 2 * DAY).timestamp()
    os.utime(settings.backups / ".part-old", (long_ago, long_ago))
    os.utime(settings.backups / ".part-new", (NOW.timestamp(), NOW.timestamp()))
    assert operations.thin_out(settings.backups, 2, NOW) == [one.name for one in made[:2]]
    left = {".part-new", "portal-by-hand", *(one.name for one in made[2:])}
    assert {path.name for path in settings.backups.iterdir()} == left


def make_until_killed(app: Flask, place: str) -> None:
    with app.app_context():
        settings = app.config["PORTAL_SETTINGS"]
        die_at("os.rename" if place == "name" else "open", lambda arguments: place in str(arguments[0]))
        operations.make(settings, settings.backups, with_keys=False, now=NOW)


@pytest.mark.parametrize("place", ["manifest.json", "portal-2026"])
def test_killed_backup_has_no_name(app: Flask, settings: Settings, place: str) -> None:
    put("content")
    db.session.rollback()
    dies(settings, make_until_killed, place)
    assert operations.names(settings.backups) == []
    assert make(settings, NOW + timedelta(seconds=1)).manifest.damaged == ()


def test_two_in_one_second_do_not_mix(app: Flask, settings: Settings) -> None:
    make(settings)
    with pytest.raises(NotPossible):
        make(settings)
    assert len(list(settings.backups.iterdir())) == 1


def test_worker_makes_one_a_day_and_keeps_as_many_as_wanted(app: Flask, settings: Settings, run_jobs) -> None:
    now = clock.now()
    for day in range(1, 9):
        make(settings, now - day * DAY)
    backup_jobs.queue_due(now)
    backup_jobs.queue_due(now)
    assert run_jobs() == 1
    names = operations.names(settings.backups)
    assert len(names) == settings.backups_kept == 7
    assert operations.read_manifest(settings.backups / names[-1]).made_at >= now.isoformat(timespec="seconds")
    backup_jobs.queue_due(now)
    assert run_jobs() == 0
    assert db.session.scalars(select(Job.state)).all() == ["done"]


def test_none_is_made_where_none_is_wanted(settings: Settings) -> None:
    app = applications.make(applications.changed(settings, backups_kept=0))
    with app.app_context():
        backup_jobs.queue_due(clock.now())
        assert db.session.scalars(select(jobs.Job)).all() == []
        db.session.remove()
        db.engine.dispose()

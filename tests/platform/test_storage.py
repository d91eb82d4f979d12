"""A stored file is whole or not there, and one that has changed is never handed out."""

import hashlib
import os
import resource
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.config import Settings
from portal.platform import storage
from portal.platform.db import db
from portal.platform.storage import Damaged, Document
from tests.factories import NOW, make_document
from tests.parallel import die_at, dies, in_processes

CONTENT = b"%PDF-1.7 " + b"certificate " * 1000


def files(settings: Settings) -> list[Path]:
    """Return the stored files under their final names."""
    return [path for path in Path(settings.documents_url).rglob("*") if path.is_file() and ".part-" not in path.name]


def test_bytes_come_back(app: Flask) -> None:
    document = make_document(CONTENT)
    assert storage.open_bytes(document) == CONTENT
    assert document.size == len(CONTENT)


def test_equal_bytes_are_stored_once(app: Flask, settings: Settings) -> None:
    assert make_document(CONTENT).id != make_document(CONTENT).id
    assert len(files(settings)) == 1


def test_what_can_be_made_again_has_one_row(app: Flask) -> None:
    named = {"kind": "certificates_zip", "media_type": "application/zip", "now": NOW}
    first = storage.put_once(CONTENT, filename="OSH.zip", **named)
    assert storage.put_once(CONTENT, filename="OSH.zip", **named).id == first.id
    assert storage.put_once(CONTENT, filename="ISK.zip", **named).id != first.id
    assert storage.put_once(CONTENT + b"!", filename="OSH.zip", **named).id != first.id


def test_sweep_removes_what_a_killed_process_left_and_nothing_else(app: Flask, settings: Settings) -> None:
    document = make_document(CONTENT)
    folder = files(settings)[0].parent
    abandoned, fresh = folder / ".part-old", folder / ".part-new"
    for part, age in ((abandoned, timedelta(days=2)), (fresh, timedelta(hours=1)), (files(settings)[0], timedelta(9))):
        part.touch()
        os.utime(part, ((NOW - age).timestamp(),) * 2)
    assert storage.sweep(NOW) == 1
    assert (abandoned.exists(), fresh.exists()) == (False, True)
    assert storage.open_bytes(document) == CONTENT


def age(path: Path, days: int) -> None:
    os.utime(path, ((NOW - timedelta(days=days)).timestamp(),) * 2)


def sweep_for_a_day() -> int:
    db.session.rollback()
    return sum(storage.sweep(NOW.replace(hour=hour)) for hour in range(24))


def test_file_without_a_row_goes_after_a_day(app: Flask, settings: Settings) -> None:
    kept = make_document(CONTENT)
    db.session.commit()
    make_document(b"of a batch that was killed")
    make_document(b"of a batch that is at work")
    db.session.rollback()
    paths = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in files(settings)}
    young = paths[hashlib.sha256(b"of a batch that is at work").hexdigest()]
    for path in paths.values():
        age(path, 0 if path == young else 2)
    assert sweep_for_a_day() == 1
    assert set(files(settings)) == {young, paths[kept.sha256]}
    assert storage.open_bytes(kept) == CONTENT


def test_bytes_that_are_stored_again_before_the_sweep_stay(app: Flask, settings: Settings) -> None:
    make_document(CONTENT)
    db.session.rollback()
    [path] = files(settings)
    age(path, 2)
    make_document(CONTENT)  # Its row is not committed yet.
    assert not storage._is_removed(path, (NOW - timedelta(days=1)).timestamp())
    assert path.read_bytes() == CONTENT
    db.session.rollback()
    age(path, 2)
    assert storage._is_removed(path, (NOW - timedelta(days=1)).timestamp())


def test_folder_of_another_database_is_left_alone(app: Flask, settings: Settings) -> None:
    for turn in range(24):  # In one folder, so that the sweep meets them at one hour.
        path = Path(settings.documents_url) / "00" / f"00{turn:062x}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        age(path, 2)
    assert sweep_for_a_day() == 0
    assert len(files(settings)) == 24


def test_rolled_back_document_leaves_no_row(app: Flask) -> None:
    make_document(CONTENT)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0
    assert storage.open_bytes(make_document(CONTENT)) == CONTENT


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(CONTENT[:-1]),
        lambda path: path.write_bytes(CONTENT[:-1] + b"!"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
    ],
    ids=["shorter", "changed", "empty", "missing"],
)
def test_damaged_file_is_refused_and_healed_by_the_next_put(
    app: Flask, settings: Settings, damage: Callable[[Path], None]
) -> None:
    document = make_document(CONTENT)
    [path] = files(settings)
    damage(path)
    with pytest.raises(Damaged):
        storage.open_bytes(document)
    make_document(CONTENT)
    assert storage.open_bytes(document) == CONTENT


def store(app: Flask) -> None:
    with app.app_context():
        make_document(CONTENT)
        db.session.commit()


def store_dying_before_the_rename(app: Flask) -> None:
    die_at("os.rename")
    store(app)


def store_dying_before_the_row(app: Flask) -> None:
    with app.app_context():
        make_document(CONTENT)
        os.kill(os.getpid(), signal.SIGKILL)


def test_killed_before_the_rename_there_is_no_file(app: Flask, settings: Settings) -> None:
    dies(settings, store_dying_before_the_rename)
    assert files(settings) == []
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0
    assert storage.open_bytes(make_document(CONTENT)) == CONTENT


def test_killed_before_the_row_the_whole_file_is_there(app: Flask, settings: Settings) -> None:
    dies(settings, store_dying_before_the_row)
    assert [path.read_bytes() for path in files(settings)] == [CONTENT]
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0


def store_on_a_full_disk(app: Flask) -> str:
    """Store more than the operating system lets a file hold."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    with app.app_context():
        try:
            storage.open_bytes(make_document(CONTENT))
        except storage.DiskFull:
            return "full"
    return ""


def test_full_disk_leaves_nothing(app: Flask, settings: Settings) -> None:
    assert in_processes(settings, store_on_a_full_disk, [()]) == ["full"]
    assert [path for path in Path(settings.documents_url).rglob("*") if path.is_file()] == []


def test_parallel_puts_of_equal_bytes_agree(app: Flask, settings: Settings) -> None:
    in_processes(settings, store, [()] * 4)
    assert [path.read_bytes() for path in files(settings)] == [CONTENT]
    assert db.session.scalar(select(func.count()).select_from(Document)) == 4


def test_name_of_a_file_is_its_hash_only(app: Flask, settings: Settings) -> None:
    make_document(CONTENT, filename="../../etc/passwd")
    [path] = files(settings)
    assert path.parent.parent == Path(settings.documents_url)
    assert len(path.name) == 64


def test_empty_file_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="empty"):
        make_document(b"")

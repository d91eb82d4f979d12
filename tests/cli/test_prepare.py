"""Machines that start together bring one database up to date one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from portal.config import Settings
from portal.platform import db as database
from tests import applications, postgres
from tests.parallel import in_processes

pytestmark = pytest.mark.databases("sqlite", "postgresql")


@pytest.fixture
def unborn(database: str, tmp_path: Path, worker_id: str) -> Settings:
    """Return the settings of an installation that was never started."""
    url = f"sqlite:///{tmp_path / 'portal' / 'portal.db'}"
    if database == "postgresql":
        url = postgres.create_database(f"starts_{worker_id}")
    return applications.settings(tmp_path / "portal", url)


@contextmanager
def nobody_waits(_name: str) -> Iterator[None]:
    yield


def start(app: Flask, is_alone: bool) -> int:
    """Prepare, as each machine does at its start; return the exit code."""
    if not is_alone:
        database._lock_of_all = nobody_waits
    with app.app_context():
        return app.test_cli_runner().invoke(args=["prepare", "--json"]).exit_code


def test_two_that_start_together_do_not_meet(unborn: Settings) -> None:
    assert in_processes(unborn, start, [(True,)] * 2) == [0, 0]


@pytest.mark.databases("postgresql")  # On SQLite the lock of a migration keeps them apart, most of the time.
def test_control_without_the_lock_they_meet(unborn: Settings) -> None:
    assert in_processes(unborn, start, [(False,)] * 2) != [0, 0]


def count(app: Flask, path: str, is_alone: bool) -> None:
    """Add 100 to the number in a file, one by one."""
    if not is_alone:
        database._lock_of_all = nobody_waits
    with app.app_context():
        for _turn in range(100):
            with database.alone("count"), database.alone("count"):  # Who is in may ask again.
                number = int(Path(path).read_text() or 0)
                Path(path).write_text(str(number + 1))


@pytest.mark.parametrize("is_alone", [True, False], ids=["", "control: without the lock"])
def test_only_one_process_is_in(unborn: Settings, tmp_path: Path, is_alone: bool) -> None:
    path = tmp_path / "number"
    path.write_text("0")
    try:
        in_processes(unborn, count, [(str(path), is_alone)] * 4)
    except ValueError:  # Half a number was read.
        assert not is_alone
    assert (path.read_text() == "400") is is_alone

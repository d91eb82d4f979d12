"""A command answers in JSON whatever happens, and says in a sentence what a person can do about it."""

import errno
import json
import sqlite3
from typing import Any

import click
import pytest
from flask import Flask

from portal.cli.output import command
from portal.platform.db import db, transaction
from tests.factories import make_course

pytestmark = pytest.mark.databases("sqlite")


def run(app: Flask, work: Any, *words: str) -> Any:
    return app.test_cli_runner().invoke(cli=command("tried")(work), args=[*words])


def fill_the_database() -> dict[str, Any]:
    """Write more than the database has room for, as on a full disk."""
    driver: Any = db.session.connection().connection.dbapi_connection
    pages = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count={pages}")
    try:
        for _turn in range(2_000):
            make_course(title_en="x" * 300)
        return {}
    finally:
        driver.execute("PRAGMA max_page_count=1073741823")


def fill_the_disk() -> dict[str, Any]:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("work", [fill_the_database, fill_the_disk])
def test_full_disk_is_said_in_a_sentence(app: Flask, work: Any) -> None:
    done = run(app, work, "--json")
    assert (done.exit_code, list(json.loads(done.stdout))) == (1, ["error"])
    assert "disk of the portal is full" in json.loads(done.stdout)["error"]
    plain = run(app, work)
    assert plain.exit_code == 1
    assert isinstance(plain.exception, SystemExit)
    assert "Traceback" not in plain.output


def test_fault_is_json_and_its_trace_is_beside_it(app: Flask) -> None:
    def work() -> dict[str, Any]:
        make_course("LEFT-BEHIND")
        raise sqlite3.DatabaseError("a name that nobody may read")

    done = run(app, work, "--json")
    assert (done.exit_code, list(json.loads(done.stdout))) == (1, ["error"])
    assert "nobody may read" not in done.stdout
    with transaction():
        assert not db.session.new
    assert isinstance(run(app, work).exception, sqlite3.DatabaseError)


def test_wrong_use_stays_wrong_use(app: Flask) -> None:
    def work() -> dict[str, Any]:
        raise click.UsageError("Give either.")

    assert run(app, work, "--json").exit_code == 2

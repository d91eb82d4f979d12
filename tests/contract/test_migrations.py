"""The migrations make what the models describe, from nothing and back, and keep the rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from portal.access.policy import Operator
from portal.audit import operations as audit
from portal.config import ROOT
from portal.platform.db import Base, db
from portal.stock.models import MovedNumbers, StockMovement
from tests import applications, databases, postgres
from tests.conftest import SQLITE
from tests.factories import NOW
from tests.world import make_world

APPEND_ONLY = ("audit_entry", "attendance_mark", "moved_numbers", "release", "release_part", "stock_movement")
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def empty(database: str, tmp_path: Path, worker_id: str) -> Iterator[Flask]:
    """Return an application on a database without tables, which this test may change as it likes."""
    folder = tmp_path / "portal"
    url = f"sqlite:///{folder / 'portal.db'}"
    if database != SQLITE:
        url = postgres.create_database(f"migrations_{worker_id}")
    app = applications.make(applications.settings(folder, url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences() -> list[Any]:
    """Return what the models say otherwise than the database."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def revisions() -> list[str]:
    """Return all revisions, the newest first."""
    script = ScriptDirectory(str(ROOT / "migrations"))
    return [revision.revision for revision in script.walk_revisions()]


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def rows() -> Rows:
    """Return every row as the database holds it."""
    with db.engine.connect() as connection:
        names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
        selects = {name: text(f'SELECT * FROM "{name}"') for name in names}
        return {name: [dict(row._mapping) for row in connection.execute(select)] for name, select in selects.items()}


def common(one: Rows, other: Rows) -> tuple[Rows, Rows]:
    """Return both states limited to the tables and columns that both have."""
    names = [name for name in one.keys() & other.keys() if one[name] or other[name]]
    columns = {name: set(_first(one[name], other[name])) & set(_first(other[name], one[name])) for name in names}
    return _only(one, columns), _only(other, columns)


def _first(rows_of_table: list[dict[str, Any]], instead: list[dict[str, Any]]) -> dict[str, Any]:
    return (rows_of_table or instead)[0]


def _only(state: Rows, columns: dict[str, set[str]]) -> Rows:
    return {
        name: sorted(({column: row[column] for column in sorted(wanted)} for row in state[name]), key=repr)
        for name, wanted in columns.items()
    }


def refuses_changes(table: str) -> bool:
    """Tell whether the database refuses to change and to delete rows of a table."""
    key = Base.metadata.tables[table].primary_key.columns.values()[0].name
    for statement in (f"UPDATE {table} SET {key} = {key}", f"DELETE FROM {table}"):
        try:
            with db.engine.begin() as connection:
                connection.execute(text(statement))
        except Exception as refusal:
            if "append-only" not in str(refusal):
                raise
        else:
            return False
    return True


def test_migrations_make_what_the_models_describe(empty: Flask) -> None:
    assert tables() == set()
    upgrade()
    assert tables() == set(Base.metadata.tables)
    assert differences() == []


def test_difference_would_be_seen(empty: Flask) -> None:
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE venue ADD COLUMN unknown VARCHAR(10)"))
    assert [difference[0] for difference in differences()] == ["remove_column"]


def test_there_is_one_line_of_revisions() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        assert revision.doc, f"{revision.revision} does not say why."
        assert Path(revision.path).stem == revision.revision


def test_everything_goes_away_and_comes_back(empty: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert tables() == set()
    upgrade()
    assert differences() == []


@pytest.fixture
def used(empty: Flask) -> Iterator[Flask]:
    """Return an application whose database has rows in every table that the world fills."""
    upgrade()
    databases.load_reference()
    make_world(2)
    movement = db.session.scalars(select(StockMovement)).first()
    assert movement is not None
    db.session.add(MovedNumbers(movement_id=movement.id, first=1, last=movement.quantity))
    audit.record("accounts.signed_in", "account 1", actor=Operator(), now=NOW)
    db.session.commit()
    db.session.remove()
    yield empty


@pytest.mark.slow
def test_each_step_down_and_up_keeps_the_rows(used: Flask) -> None:
    before = rows()
    assert sum(map(len, before.values())) > 100
    for revision in revisions()[:-1]:
        downgrade(revision="-1")
        lower = rows()
        assert_same(lower, before, f"{revision} loses rows on its way down.")
        upgrade(revision=revision)
        assert_same(rows(), lower, f"{revision} loses rows on its way up.")
        downgrade(revision="-1")
    upgrade()
    assert differences() == []


def assert_same(one: Rows, other: Rows, message: str) -> None:
    """Compare what both states have: a step may add or take away whole tables and columns only."""
    first, second = common(one, other)
    assert first == second, message


@pytest.mark.slow
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_tables_stay_so_after_every_step(used: Flask, table: str) -> None:
    assert refuses_changes(table)
    for _revision in revisions():
        downgrade(revision="-1")
        if table not in tables():
            break
        if rows()[table]:
            assert refuses_changes(table)
    upgrade()

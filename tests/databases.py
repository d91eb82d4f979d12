"""Fresh databases quickly: migrated and filled once a session, then put back to that state for each test."""

import shutil
from pathlib import Path
from typing import Any

import psycopg
from flask_migrate import upgrade
from huey import SqliteHuey
from psycopg import sql
from sqlalchemy import delete, update

from portal.access.policy import Operator
from portal.app import create_app
from portal.audit.chain import GENESIS
from portal.audit.models import AuditDetail, AuditEntry, AuditHead
from portal.catalog import operations as catalog
from portal.config import Settings
from portal.evaluation import operations as evaluation_operations
from portal.people import files as people
from portal.platform.db import db
from tests import applications
from tests.factories import NOW

_KEPT = "kept"  # The schema beside `public` that remembers the rows of the beginning.


def prepare(settings: Settings) -> None:
    """Migrate an empty database and load regions and institutions."""
    app = create_app(settings)
    applications.leave_writing_to_the_system(app)
    with app.app_context():
        upgrade()
        load_reference()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def load_reference() -> None:
    """Add what an installation begins with; the log begins empty, so that tests count its entries from 1."""
    people.load_reference(actor=Operator(), now=NOW)
    catalog.load_donors(actor=Operator(), now=NOW)
    evaluation_operations.load_first_form(actor=Operator(), now=NOW)
    _empty_the_log()


def _empty_the_log() -> None:
    db.session.flush()
    connection = db.session.connection()
    triggers: list[tuple[str, str]] = []
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'"
        triggers = [(name, statement) for name, statement in connection.exec_driver_sql(query)]
        for name, _statement in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    db.session.execute(delete(AuditDetail))
    db.session.execute(delete(AuditEntry))
    db.session.execute(update(AuditHead).values(entries=0, hash=GENESIS))
    for _name, statement in triggers:
        connection.exec_driver_sql(statement)


def make_queue(folder: Path) -> Path:
    """Make the file of an empty queue, and return it."""
    path = folder / "jobs.db"
    SqliteHuey("portal", filename=str(path), fsync=False).storage.close()
    return path


def copy_sqlite(template: Path, folder: Path) -> str:
    """Copy the template file and return the copy's URL."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, folder / "portal.db")
    return f"sqlite:///{folder / 'portal.db'}"


def keep_postgresql(url: str) -> None:
    """Remember the present rows of every table."""
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_KEPT)))
        for table in _tables(connection):
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone():
                connection.execute(
                    sql.SQL("CREATE TABLE {} AS TABLE {}").format(
                        sql.Identifier(_KEPT, table), sql.Identifier("public", table)
                    )
                )


def restore_postgresql(url: str) -> None:
    """Put every table back to the remembered rows (a copy of the database takes 0.3 s, this 0.02 s)."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("SET session_replication_role = replica")  # No triggers: the audit log is append-only.
        kept = set(_tables(connection, _KEPT))
        for table in _tables(connection):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("public", table)))
            if table in kept:
                connection.execute(
                    sql.SQL("INSERT INTO {} TABLE {}").format(
                        sql.Identifier("public", table), sql.Identifier(_KEPT, table)
                    )
                )


def _tables(connection: psycopg.Connection[Any], schema: str = "public") -> list[str]:
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", (schema,))
    return [name for (name,) in rows]

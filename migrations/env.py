"""Run migrations on the application's own database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, alone, db

# Every table must be known before the models are compared with the database; the application imports them all.
target_metadata = Base.metadata


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column type as what it is in the database, so that migrations need none of our code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


@contextmanager
def free_to_rebuild(connection: Connection) -> Iterator[None]:
    """Let SQLite drop and rename the tables that others refer to, and check all references when everything is done.

    A change of a column is a new table with the old name. The setting has no effect inside a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    yield
    connection.commit()
    broken = driver.execute("PRAGMA foreign_key_check").fetchall()
    driver.execute("PRAGMA foreign_keys=ON")
    if broken:
        raise RuntimeError(f"Rows refer to rows that are not there: {broken[:5]}")


def run() -> None:
    """Upgrade or downgrade, one transaction for each migration; of machines that start together one does it."""
    with alone("prepare"), db.engine.connect() as connection, free_to_rebuild(connection):
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_item=render_item,
            render_as_batch=True,
            transaction_per_migration=True,
            compare_type=True,
            include_name=lambda name, kind, _parents: not (kind == "table" and name.startswith("huey_")),
            include_object=current_app.config.get("PORTAL_MIGRATION_FILTER"),
        )
        with context.begin_transaction():
            context.run_migrations()


run()

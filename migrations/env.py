"""Run migrations on the application's own database."""

from typing import Any

from alembic import context
from flask import current_app

from portal.platform.db import Base, UTCDateTime, db

# Every table must be known before the models are compared with the database; the application imports them all.
target_metadata = Base.metadata


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column type as what it is in the database, so that migrations need none of our code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Upgrade or downgrade, one transaction for each migration."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_item=render_item,
            render_as_batch=True,
            transaction_per_migration=True,
            compare_type=True,
            include_object=current_app.config.get("PORTAL_MIGRATION_FILTER"),
        )
        with context.begin_transaction():
            context.run_migrations()


run()

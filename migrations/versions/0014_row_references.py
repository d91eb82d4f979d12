"""Find what refers to a row, a registration or a person by index: each removal looked through whole tables for it."""

import sqlalchemy as sa
from alembic import op


revision = "0014_row_references"
down_revision = "0013_account_keys"
branch_labels = None
depends_on = None

REFERENCES = (
    ("nomination_row", "person_id"),
    ("nomination_row", "registration_id"),
    ("registration", "replaces_id"),
    ("person", "merged_into_id"),
)


def upgrade() -> None:
    for table, column in REFERENCES:
        is_set = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            op.f(f"ix_{table}_{column}"), table, [column], sqlite_where=is_set, postgresql_where=is_set
        )


def downgrade() -> None:
    for table, column in reversed(REFERENCES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)

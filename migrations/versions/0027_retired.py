"""Keep when a course or venue was retired: it is offered nowhere new and stays on the trainings that have it."""

import sqlalchemy as sa
from alembic import op

import portal.platform.columns


revision = "0027_retired"
down_revision = "0026_handed_in_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("course", "venue"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("retired_at", portal.platform.columns.UTCDateTime(), nullable=True))


def downgrade() -> None:
    for table in ("venue", "course"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("retired_at")

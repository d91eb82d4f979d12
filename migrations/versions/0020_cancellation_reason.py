"""Keep why a training was cancelled beside who cancelled it."""

import sqlalchemy as sa
from alembic import op


revision = "0020_cancellation_reason"
down_revision = "0019_calendar_feed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancellation_reason", sa.String(length=500), nullable=False, server_default=""))
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.alter_column("cancellation_reason", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_column("cancellation_reason")

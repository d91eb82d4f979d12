"""Answer the public form with a receipt of its own, never with the reference of a registration."""

import sqlalchemy as sa
from alembic import op


revision = "0044_join_receipts"
down_revision = "0043_seal_digest"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("receipt", sa.String(length=8), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_join_request_receipt"), ["receipt"], unique=False)
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.alter_column("receipt", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_join_request_receipt"))
        batch_op.drop_column("receipt")

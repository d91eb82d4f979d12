"""Let places of stock be renamed by two people safely, and be closed."""

import sqlalchemy as sa
from alembic import op


revision = "0038_place_names"
down_revision = "0037_handover_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stock_place", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("stock_place", schema=None) as batch_op:
        batch_op.alter_column("version", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("stock_place", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.drop_column("closed_on")

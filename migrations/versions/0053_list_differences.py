"""Keep what a second list of a training says otherwise, row by row, and whom it does not name any more."""

import sqlalchemy as sa
from alembic import op


revision = "0053_list_differences"
down_revision = "0052_former_places"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changes", sa.JSON(), nullable=True))
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gone", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.alter_column("gone", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.drop_column("gone")
    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.drop_column("changes")

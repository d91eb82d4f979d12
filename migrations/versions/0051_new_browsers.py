"""Keep in which browsers a slip was used for the first time, so that its owner can be told."""

import sqlalchemy as sa
from alembic import op


revision = "0051_new_browsers"
down_revision = "0050_sealed_ballots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("participant_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("new_browser", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("participant_session", schema=None) as batch_op:
        batch_op.drop_column("new_browser")

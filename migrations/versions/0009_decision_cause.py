"""Say why a registration moved in words that can be counted and translated, apart from what somebody wrote."""

import sqlalchemy as sa
from alembic import op


revision = "0009_decision_cause"
down_revision = "0008_certificates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("registration_decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(length=24), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("shortage", sa.JSON(), nullable=True))
    with op.batch_alter_table("registration_decision", schema=None) as batch_op:
        batch_op.alter_column("cause", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("registration_decision", schema=None) as batch_op:
        batch_op.drop_column("shortage")
        batch_op.drop_column("cause")

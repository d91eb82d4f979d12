"""Remember which certificates were numbered while the clock was ahead, so that they stop no later ones."""

import sqlalchemy as sa
from alembic import op


revision = "0056_misdated_certificates"
down_revision = "0055_left_revoked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("misdated_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_column("misdated_at")

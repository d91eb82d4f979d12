"""Keep beside each stored file which key sealed it, so that rotation leaves old documents with theirs."""

import sqlalchemy as sa
from alembic import op


revision = "0033_sealed_by"
down_revision = "0032_payment_rates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_by", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.alter_column("sealed_by", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_column("sealed_by")

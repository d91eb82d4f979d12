"""Keep what each seal signs, so that a changed file is known by its seal where its facts were hit."""

import sqlalchemy as sa
from alembic import op


revision = "0043_seal_digest"
down_revision = "0042_end_holders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seal_digest", sa.String(length=64), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_document_seal_digest"), ["seal_digest"], unique=False)
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.alter_column("seal_digest", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_seal_digest"))
        batch_op.drop_column("seal_digest")

"""Let a training say which kinds of certificates it issues, and number those of facilitators."""

import sqlalchemy as sa
from alembic import op


revision = "0034_certificate_kinds"
down_revision = "0033_sealed_by"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("certificate_kinds", sa.JSON(), nullable=False, server_default=sa.text("'[\"completion\"]'"))
        )
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.alter_column("certificate_kinds", server_default=None)
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_certificate_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_certificate_kind"), "kind IN ('attendance', 'completion', 'facilitator')")


def downgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_certificate_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_certificate_kind"), "kind IN ('attendance', 'completion')")
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_column("certificate_kinds")

"""Keep what a list means where it says nothing, whom a row means, and what a known person learned from it."""

import sqlalchemy as sa
from alembic import op


revision = "0011_nomination_choices"
down_revision = "0010_one_waiting_job"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.add_column(sa.Column("institution_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("region_code", sa.String(length=6), nullable=True))
        batch_op.add_column(sa.Column("is_read", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.create_foreign_key(
            batch_op.f("fk_nomination_list_institution_id"), "institution", ["institution_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_nomination_list_region_code"), "region", ["region_code"], ["code"]
        )
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.alter_column("is_read", server_default=None)
    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.add_column(sa.Column("choice", sa.String(length=22), nullable=True))
        batch_op.add_column(sa.Column("effects", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.drop_column("effects")
        batch_op.drop_column("choice")
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_nomination_list_region_code"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_nomination_list_institution_id"), type_="foreignkey")
        batch_op.drop_column("is_read")
        batch_op.drop_column("region_code")
        batch_op.drop_column("institution_id")

"""Say of a nomination list which institution handed it in."""

import sqlalchemy as sa
from alembic import op


revision = "0026_handed_in_lists"
down_revision = "0025_handover_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sender_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_nomination_list_sender_id"), "institution", ["sender_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_nomination_list_sender_id"), type_="foreignkey")
        batch_op.drop_column("sender_id")

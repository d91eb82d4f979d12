"""Keep, if somebody wants it, who in an institution has which copies of an act; names are erased after five years."""

import sqlalchemy as sa
from alembic import op

revision = "0042_end_holders"
down_revision = "0041_numbered_copies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "end_holder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("post", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.String(length=2000), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_end_holder_quantity")),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_end_holder_handover_id_handover")),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_end_holder_material_id_material")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_end_holder")),
        sa.UniqueConstraint(
            "handover_id", "material_id", "order", name=op.f("uq_end_holder_handover_id_material_id_order")
        ),
    )
    with op.batch_alter_table("end_holder") as batch_op:
        batch_op.create_index(batch_op.f("ix_end_holder_material_id"), ["material_id"], unique=False)


def downgrade() -> None:
    op.drop_table("end_holder")

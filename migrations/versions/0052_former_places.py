"""Keep when and where a training was to be before it moved, so that those who were told only that are known."""

import sqlalchemy as sa
from alembic import op

revision = "0052_former_places"
down_revision = "0051_new_browsers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_former_place_training_id_training")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_former_place_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_place")),
    )
    with op.batch_alter_table("former_place") as batch_op:
        batch_op.create_index(batch_op.f("ix_former_place_training_id_until"), ["training_id", "until"], unique=False)


def downgrade() -> None:
    op.drop_table("former_place")

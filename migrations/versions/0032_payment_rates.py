"""Keep what a training pays for its days."""

import sqlalchemy as sa
from alembic import op


revision = "0032_payment_rates"
down_revision = "0031_reference"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_rates",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("day_rate", sa.Integer(), nullable=False),
        sa.Column("day_share", sa.Integer(), nullable=False),
        sa.Column("travel", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("pays_residents", sa.Boolean(), nullable=False),
        sa.Column("day_minimum", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("day_rate >= 0 AND travel >= 0", name=op.f("ck_payment_rates_sums")),
        sa.CheckConstraint("day_share BETWEEN 0 AND 100", name=op.f("ck_payment_rates_day_share")),
        sa.CheckConstraint("day_minimum BETWEEN 1 AND 100", name=op.f("ck_payment_rates_day_minimum")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_payment_rates_training_id")),
        sa.PrimaryKeyConstraint("training_id", name=op.f("pk_payment_rates")),
    )


def downgrade() -> None:
    op.drop_table("payment_rates")

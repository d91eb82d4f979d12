"""Keep each day that a training has had, so that calendars which were given it are told when it goes."""

import sqlalchemy as sa
from alembic import op


revision = "0047_training_days"
down_revision = "0046_installation_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "training_day",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_training_day_training_id")),
        sa.PrimaryKeyConstraint("training_id", "day", name=op.f("pk_training_day")),
    )
    op.execute(
        "INSERT INTO training_day (training_id, day, starts_at, ends_at)"
        " SELECT training_id, local_date, min(starts_at), max(ends_at) FROM training_session"
        " GROUP BY training_id, local_date"
    )


def downgrade() -> None:
    op.drop_table("training_day")

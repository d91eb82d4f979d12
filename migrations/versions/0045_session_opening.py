"""Keep by whose word, and why, a session took marks ahead of its hour."""

import sqlalchemy as sa
from alembic import op

revision = "0045_session_opening"
down_revision = "0044_join_receipts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_opening",
        sa.Column("training_session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["training_session_id"],
            ["training_session.id"],
            name=op.f("fk_session_opening_training_session_id_training_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("training_session_id", "starts_at", name=op.f("pk_session_opening")),
    )


def downgrade() -> None:
    op.drop_table("session_opening")

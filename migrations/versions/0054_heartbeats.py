"""Let the parts of the portal show that they live and can write: what a health check reads."""

import sqlalchemy as sa
from alembic import op


revision = "0054_heartbeats"
down_revision = "0053_list_differences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )


def downgrade() -> None:
    op.drop_table("heartbeat")

"""Let a job of one name and subject wait only once, also when two people ask for it in the same moment."""

import sqlalchemy as sa
from alembic import op


revision = "0010_one_waiting_job"
down_revision = "0009_decision_cause"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_waiting = sa.text("state IN ('queued', 'running')")
    op.create_index(
        "uq_job_waiting",
        "job",
        ["name", "subject"],
        unique=True,
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )


def downgrade() -> None:
    op.drop_index("uq_job_waiting", table_name="job")

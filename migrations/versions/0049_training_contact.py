"""Keep whom the mails of a training name as their contact."""

import sqlalchemy as sa
from alembic import op


revision = "0049_training_contact"
down_revision = "0048_audit_details"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contact_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_training_contact_id"), "account", ["contact_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_training_contact_id"), type_="foreignkey")
        batch_op.drop_column("contact_id")

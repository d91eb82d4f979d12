"""Let evaluation forms wait sealed until the end: a ballot holds one, where it was leave to hand one in."""

import sqlalchemy as sa
from alembic import op


revision = "0050_sealed_ballots"
down_revision = "0049_training_contact"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("evaluation_ballot")
    op.create_table(
        "evaluation_ballot",
        sa.Column("key", sa.String(length=22), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_evaluation_ballot_training_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_evaluation_ballot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("evaluation_ballot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_ballot_training_id"), ["training_id"], unique=False)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM evaluation_ballot")):
        raise RuntimeError("Sealed forms wait for the end of their evaluations. Close these first, or they are lost.")
    op.drop_table("evaluation_ballot")
    op.create_table(
        "evaluation_ballot",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_evaluation_ballot_training_id")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_evaluation_ballot")),
        sqlite_with_rowid=False,
    )

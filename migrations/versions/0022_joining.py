"""Let people register by a training's public link, say who has withdrawn, and keep what an act on many has done."""

import sqlalchemy as sa
from alembic import op


revision = "0022_joining"
down_revision = "0021_evaluations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("registration_decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("said_by", sa.String(length=11), nullable=False, server_default=""))
        batch_op.create_check_constraint(
            batch_op.f("ck_registration_decision_said_by"), "said_by IN ('', 'participant', 'institution')"
        )
    with op.batch_alter_table("registration_decision", schema=None) as batch_op:
        batch_op.alter_column("said_by", server_default=None)
    op.create_table(
        "join_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=22), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_join_link_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_join_link_secret_hash")),
    )
    op.create_index(op.f("ix_join_link_training_id_ended_at"), "join_link", ["training_id", "ended_at"])
    op.create_table(
        "join_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("possible", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_join_request_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
    )
    op.create_index(op.f("ix_join_request_registration_id"), "join_request", ["registration_id"])
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_bulk_act_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
        sa.UniqueConstraint("reference", name=op.f("uq_bulk_act_reference")),
    )
    op.create_index(op.f("ix_bulk_act_training_id"), "bulk_act", ["training_id"])


def downgrade() -> None:
    op.drop_table("bulk_act")
    op.drop_table("join_request")
    op.drop_table("join_link")
    with op.batch_alter_table("registration_decision", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_registration_decision_said_by"), type_="check")
        batch_op.drop_column("said_by")

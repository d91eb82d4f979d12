"""Let a coordinator give a link to whoever marks attendance at the venue, for one training and some of its days."""

import sqlalchemy as sa
from alembic import op


revision = "0024_venue_helpers"
down_revision = "0023_materials"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "venue_helper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=10), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_venue_helper_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_helper")),
        sa.UniqueConstraint("reference", name=op.f("uq_venue_helper_reference")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_venue_helper_secret_hash")),
    )
    op.create_index(op.f("ix_venue_helper_training_id_id"), "venue_helper", ["training_id", "id"])
    op.create_table(
        "venue_helper_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_helper_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["venue_helper_id"], ["venue_helper.id"], name=op.f("fk_venue_helper_session_venue_helper_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_helper_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_venue_helper_session_token_hash")),
    )
    op.create_index(op.f("ix_venue_helper_session_venue_helper_id"), "venue_helper_session", ["venue_helper_id"])


def downgrade() -> None:
    op.drop_table("venue_helper_session")
    op.drop_table("venue_helper")

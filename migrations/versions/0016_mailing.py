"""Keep in which language a person is written to, the seed of a personal link, and what was passed on by hand."""

import sqlalchemy as sa
from alembic import op


revision = "0016_mailing"
down_revision = "0015_directory"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=2), nullable=False, server_default=""))
        batch_op.create_check_constraint(batch_op.f("ck_person_language"), "language IN ('', 'ky', 'ru', 'en')")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.alter_column("language", server_default=None)
    with op.batch_alter_table("participant_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seed", sa.String(length=22), nullable=True))
    op.create_table(
        "passed_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_passed_text_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passed_text")),
    )
    with op.batch_alter_table("passed_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passed_text_registration_id_kind"), ["registration_id", "kind"])
    op.create_table(
        "mail_switch",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_mail_switch_training_id")),
        sa.PrimaryKeyConstraint("training_id", "kind", name=op.f("pk_mail_switch")),
    )


def downgrade() -> None:
    op.drop_table("mail_switch")
    op.drop_table("passed_text")
    with op.batch_alter_table("participant_key", schema=None) as batch_op:
        batch_op.drop_column("seed")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_person_language"), type_="check")
        batch_op.drop_column("language")

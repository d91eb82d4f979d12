"""Number what is corrected in a training after it was finalized, append-only by triggers."""

import sqlalchemy as sa
from alembic import op


revision = "0030_corrections"
down_revision = "0029_shortfall_reasons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrections", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.alter_column("corrections", server_default=None)
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "kind IN ('mark', 'shortfall', 'facts', 'certificate_issued', 'certificate_reissued',"
            " 'certificate_revoked')",
            name=op.f("ck_correction_kind"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_correction_number")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_correction_registration_id")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_correction_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("training_id", "number", name=op.f("uq_correction_training_id_number")),
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_corrected_at"), ["corrected_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_correction_registration_id"), ["registration_id"], unique=False)
    _append_only("correction")


def downgrade() -> None:
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correction_registration_id"))
        batch_op.drop_index(batch_op.f("ix_correction_corrected_at"))

    op.drop_table("correction")
    _drop_function("correction")
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_column("corrections")


def _append_only(table: str) -> None:
    """Refuse to change or remove a row, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    for act in ("UPDATE OR DELETE", "TRUNCATE"):
        each = "STATEMENT" if act == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.split()[0].lower()} BEFORE {act} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {table}_append_only()"
        )


def _drop_function(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {table}_append_only()")

"""Keep why people did not reach the minimum attendance, append-only by triggers."""

import sqlalchemy as sa
from alembic import op


revision = "0029_shortfall_reasons"
down_revision = "0028_releases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shortfall_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "kind IN ('administrative', 'cancellation', 'documents_incomplete', 'no_show', 'prerequisites_unmet',"
            " 'other')",
            name=op.f("ck_shortfall_reason_kind"),
        ),
        sa.CheckConstraint(
            "cause IN ('', 'personal_emergency', 'illness_or_death', 'work_related', 'unknown')",
            name=op.f("ck_shortfall_reason_cause"),
        ),
        sa.CheckConstraint(
            "(kind IN ('cancellation', 'no_show')) = (cause <> '')", name=op.f("ck_shortfall_reason_kind_has_cause")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_shortfall_reason_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortfall_reason")),
    )
    with op.batch_alter_table("shortfall_reason", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shortfall_reason_registration_id"), ["registration_id"], unique=False)
    _append_only("shortfall_reason")


def downgrade() -> None:
    with op.batch_alter_table("shortfall_reason", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shortfall_reason_registration_id"))

    op.drop_table("shortfall_reason")
    _drop_function("shortfall_reason")


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

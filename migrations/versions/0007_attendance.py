"""Attendance marks, append-only by triggers."""

import sqlalchemy as sa
from alembic import op


revision = "0007_attendance"
down_revision = "0006_registration"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark_id", sa.String(length=64), nullable=False),
        sa.Column("training_session_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("is_decision", sa.Boolean(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.String(length=80), nullable=False),
        sa.Column("device", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "state IN ('present', 'late', 'excused', 'absent', 'cleared')", name=op.f("ck_attendance_mark_state")
        ),
        sa.CheckConstraint("minutes IS NULL OR minutes >= 0", name=op.f("ck_attendance_mark_minutes")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_attendance_mark_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["training_session_id"], ["training_session.id"], name=op.f("fk_attendance_mark_training_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_mark")),
        sa.UniqueConstraint("mark_id", name=op.f("uq_attendance_mark_mark_id")),
    )
    with op.batch_alter_table("attendance_mark", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attendance_mark_registration_id_training_session_id"),
            ["registration_id", "training_session_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_attendance_mark_training_session_id"), ["training_session_id"], unique=False
        )
    _append_only("attendance_mark")


def downgrade() -> None:
    with op.batch_alter_table("attendance_mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_mark_training_session_id"))
        batch_op.drop_index(batch_op.f("ix_attendance_mark_registration_id_training_session_id"))

    op.drop_table("attendance_mark")
    _drop_function("attendance_mark")


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

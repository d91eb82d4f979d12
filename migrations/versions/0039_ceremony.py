"""Keep what was issued ahead for a ceremony, where people sit, and what became of each paper, append-only by triggers."""

import sqlalchemy as sa
from alembic import op


revision = "0039_ceremony"
down_revision = "0038_place_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_for_ceremony", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.alter_column("is_for_ceremony", server_default=None)
    op.create_table(
        "certificate_ceremony",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("print_order", sa.String(length=11), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "print_order IN ('name', 'institution', 'seat')", name=op.f("ck_certificate_ceremony_print_order")
        ),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_certificate_ceremony_training_id")),
        sa.PrimaryKeyConstraint("training_id", name=op.f("pk_certificate_ceremony")),
    )
    op.create_table(
        "ceremony_seat",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 9999", name=op.f("ck_ceremony_seat_number")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_ceremony_seat_registration_id")
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_ceremony_seat")),
    )
    op.create_table(
        "certificate_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark_id", sa.String(length=64), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=11), nullable=False),
        sa.Column("recipient", sa.String(length=9), nullable=False),
        sa.Column("received_by", sa.String(length=120), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "state IN ('handed_over', 'unclaimed', 'void', 'cleared')", name=op.f("ck_certificate_mark_state")
        ),
        sa.CheckConstraint(
            "recipient IN ('', 'self', 'on_behalf', 'sent')", name=op.f("ck_certificate_mark_recipient")
        ),
        sa.CheckConstraint(
            "(state = 'handed_over') = (recipient <> '')", name=op.f("ck_certificate_mark_handed_to")
        ),
        sa.CheckConstraint(
            "recipient <> 'on_behalf' OR received_by <> ''", name=op.f("ck_certificate_mark_received_by")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_mark_certificate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_mark")),
        sa.UniqueConstraint("mark_id", name=op.f("uq_certificate_mark_mark_id")),
    )
    op.create_index(op.f("ix_certificate_mark_certificate_id_id"), "certificate_mark", ["certificate_id", "id"])
    _append_only("certificate_mark")


def downgrade() -> None:
    op.drop_table("certificate_mark")
    _drop_function("certificate_mark")
    op.drop_table("ceremony_seat")
    op.drop_table("certificate_ceremony")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_column("is_for_ceremony")


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

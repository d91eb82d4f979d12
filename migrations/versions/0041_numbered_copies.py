"""Number the copies of a title: which ones each movement carried, append-only as the movement is, and which an act names.

Ranges and no row for each copy: a print run of a thousand is one row, and what an act says in a word stays a word.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041_numbered_copies"
down_revision = "0040_certificate_templates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("material") as batch_op:
        batch_op.add_column(sa.Column("is_numbered", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("material") as batch_op:
        batch_op.alter_column("is_numbered", server_default=None)
    with op.batch_alter_table("handover_item") as batch_op:
        batch_op.add_column(sa.Column("numbers", sa.String(length=2000), nullable=False, server_default=""))
    with op.batch_alter_table("handover_item") as batch_op:
        batch_op.alter_column("numbers", server_default=None)
    op.create_table(
        "moved_numbers",
        sa.Column("movement_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("first >= 1 AND last >= first", name=op.f("ck_moved_numbers_range")),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["stock_movement.id"], name=op.f("fk_moved_numbers_movement_id_stock_movement")
        ),
        sa.PrimaryKeyConstraint("movement_id", "first", name=op.f("pk_moved_numbers")),
    )
    _append_only("moved_numbers")


def downgrade() -> None:
    op.drop_table("moved_numbers")
    _drop_function("moved_numbers")
    with op.batch_alter_table("handover_item") as batch_op:
        batch_op.drop_column("numbers")
    with op.batch_alter_table("material") as batch_op:
        batch_op.drop_column("is_numbered")


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

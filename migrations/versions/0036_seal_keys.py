"""Remember every certificate whose key has sealed documents, append-only: old seals stay known after a rotation."""

import sqlalchemy as sa
from alembic import op


revision = "0036_seal_keys"
down_revision = "0035_revocations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seal_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("certificates", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("installed_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_key")),
    )
    with op.batch_alter_table("seal_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seal_key_fingerprint"), ["fingerprint"], unique=False)
    _append_only("seal_key")


def downgrade() -> None:
    with op.batch_alter_table("seal_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seal_key_fingerprint"))

    op.drop_table("seal_key")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION seal_key_append_only()")


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

"""Let a certificate be revoked by two: one account asks, another decides; both are append-only by triggers."""

import sqlalchemy as sa
from alembic import op


revision = "0035_revocations"
down_revision = "0034_certificate_kinds"
branch_labels = None
depends_on = None

_CLASSES = "'issued_in_error', 'rule_not_met', 'false_data', 'authority', 'other'"
_TABLES = ("revocation_request", "revocation_decision")


def upgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoke_class", sa.String(length=16), nullable=False, server_default=""))
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.alter_column("revoke_class", server_default=None)
        batch_op.create_check_constraint(
            batch_op.f("ck_certificate_revoke_class"), f"revoke_class IN ('', {_CLASSES}, 'not_handed_over')"
        )
    op.create_table(
        "revocation_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("revoke_class", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(f"revoke_class IN ({_CLASSES})", name=op.f("ck_revocation_request_revoke_class")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_revocation_request_certificate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_revocation_request_reference")),
    )
    op.create_index(op.f("ix_revocation_request_certificate_id"), "revocation_request", ["certificate_id"])
    op.create_table(
        "revocation_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=9), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('confirmed', 'refused', 'withdrawn')", name=op.f("ck_revocation_decision_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["revocation_request.id"], name=op.f("fk_revocation_decision_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_decision")),
        sa.UniqueConstraint("request_id", name=op.f("uq_revocation_decision_request_id")),
    )
    for table in _TABLES:
        _append_only(table)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
        _drop_function(table)
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_certificate_revoke_class"), type_="check")
        batch_op.drop_column("revoke_class")


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

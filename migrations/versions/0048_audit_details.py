"""Let details of the audit log go only after an entry says so, and change never."""

from alembic import op


revision = "0048_audit_details"
down_revision = "0047_training_days"
branch_labels = None
depends_on = None

_IS_ERASED = (
    "EXISTS (SELECT 1 FROM audit_entry WHERE event = 'audit.detail_erased' AND subject = 'entry ' || OLD.entry_id)"
)
_REFUSAL = "audit_detail is erased by an entry only"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        raising = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        op.execute(f"CREATE TRIGGER audit_detail_no_update BEFORE UPDATE ON audit_detail {raising}")
        op.execute(f"CREATE TRIGGER audit_detail_no_delete BEFORE DELETE ON audit_detail WHEN NOT {_IS_ERASED} {raising}")
        return
    op.execute(
        "CREATE FUNCTION audit_detail_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {_IS_ERASED} THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for act, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER audit_detail_no_{act.lower()} BEFORE {act} ON audit_detail "
            f"FOR EACH {each} EXECUTE FUNCTION audit_detail_kept()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_detail_no_update")
        op.execute("DROP TRIGGER audit_detail_no_delete")
        return
    for act in ("update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER audit_detail_no_{act} ON audit_detail")
    op.execute("DROP FUNCTION audit_detail_kept()")

"""Let an act's copies leave in parts, be signed for by somebody else, and each act be corrected once."""

import sqlalchemy as sa
from alembic import op


revision = "0037_handover_parts"
down_revision = "0036_seal_keys"
branch_labels = None
depends_on = None

_STANDING = sa.text("corrects_id IS NOT NULL AND state <> 'void'")
_TEXTS = {
    "proxy_kind": 8,
    "proxy_name": 200,
    "proxy_position_ky": 200,
    "proxy_position_ru": 200,
    "proxy_position_en": 200,
    "proxy_number": 60,
}


def upgrade() -> None:
    with op.batch_alter_table("handover", schema=None) as batch_op:
        for name, length in _TEXTS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("proxy_date", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("in_parts", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("handover", schema=None) as batch_op:
        for name in (*_TEXTS, "in_parts"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_check_constraint(
            batch_op.f("ck_handover_proxy_kind"), "proxy_kind IN ('', 'attorney', 'letter')"
        )
        batch_op.create_check_constraint(batch_op.f("ck_handover_proxy"), "(proxy_kind = '') = (proxy_name = '')")
    # Of several acts that were to set the same one right, the newest goes on doing so.
    op.execute(
        "UPDATE handover SET corrects_id = NULL WHERE corrects_id IS NOT NULL AND state <> 'void' AND EXISTS ("
        "SELECT 1 FROM handover AS other WHERE other.corrects_id = handover.corrects_id "
        "AND other.state <> 'void' AND other.id > handover.id)"
    )
    op.create_index(
        "uq_handover_corrects_id",
        "handover",
        ["corrects_id"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_table(
        "handover_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=22), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("paper", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name=op.f("ck_handover_delivery_void")),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_delivery_handover_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_delivery")),
        sa.UniqueConstraint("batch", name=op.f("uq_handover_delivery_batch")),
        sa.UniqueConstraint("handover_id", "serial", name=op.f("uq_handover_delivery_handover_id_serial")),
    )
    op.create_table(
        "handover_ending",
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("reason_ky", sa.String(length=500), nullable=False),
        sa.Column("reason_ru", sa.String(length=500), nullable=False),
        sa.Column("reason_en", sa.String(length=500), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_ending_handover_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_handover_ending_document_id")),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_handover_ending")),
    )
    with op.batch_alter_table("receipt_signature", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_by", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("receipt_signature", schema=None) as batch_op:
        batch_op.alter_column("signed_by", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("receipt_signature", schema=None) as batch_op:
        batch_op.drop_column("signed_by")
    op.drop_table("handover_ending")
    op.drop_table("handover_delivery")
    op.drop_index("uq_handover_corrects_id", table_name="handover")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_handover_proxy"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_handover_proxy_kind"), type_="check")
        for name in (*_TEXTS, "proxy_date", "in_parts"):
            batch_op.drop_column(name)

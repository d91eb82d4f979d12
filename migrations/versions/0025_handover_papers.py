"""Keep the words of hand-over acts in three languages, who gets how much of an act, and scans of receipt lists."""

import sqlalchemy as sa
from alembic import op


revision = "0025_handover_papers"
down_revision = "0024_venue_helpers"
branch_labels = None
depends_on = None

_TEXTS = {
    "giving_position": 200,
    "giving_authority": 200,
    "receiving_position": 200,
    "receiving_authority": 200,
    "place": 200,
    "basis": 500,
    "purpose": 1000,
    "discrepancies": 1000,
}
_LANGUAGES = ("ky", "ru", "en")


def upgrade() -> None:
    with op.batch_alter_table("handover", schema=None) as batch_op:
        for name, length in _TEXTS.items():
            for language in _LANGUAGES:
                batch_op.add_column(
                    sa.Column(f"{name}_{language}", sa.String(length=length), nullable=False, server_default="")
                )
    op.execute("UPDATE handover SET " + ", ".join(f"{name}_ru = {name}" for name in _TEXTS))
    with op.batch_alter_table("handover", schema=None) as batch_op:
        for name in _TEXTS:
            batch_op.drop_column(name)
            for language in _LANGUAGES:
                batch_op.alter_column(f"{name}_{language}", server_default=None)
    op.create_table(
        "handover_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_handover_share_quantity")),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_share_handover_id")),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_handover_share_material_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_share")),
        sa.UniqueConstraint("handover_id", "order", name=op.f("uq_handover_share_handover_id_order")),
    )
    op.create_index(op.f("ix_handover_share_material_id"), "handover_share", ["material_id"])
    op.create_table(
        "receipt_scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_receipt_scan_training_id")),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_receipt_scan_material_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_receipt_scan_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_scan")),
        sa.UniqueConstraint("reference", name=op.f("uq_receipt_scan_reference")),
    )
    op.create_index(op.f("ix_receipt_scan_training_id_material_id"), "receipt_scan", ["training_id", "material_id"])
    op.create_index(op.f("ix_receipt_scan_material_id"), "receipt_scan", ["material_id"])


def downgrade() -> None:
    op.drop_table("receipt_scan")
    op.drop_table("handover_share")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        for name, length in _TEXTS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.execute("UPDATE handover SET " + ", ".join(f"{name} = {name}_ru" for name in _TEXTS))
    with op.batch_alter_table("handover", schema=None) as batch_op:
        for name in _TEXTS:
            batch_op.alter_column(name, server_default=None)
            for language in _LANGUAGES:
                batch_op.drop_column(f"{name}_{language}")

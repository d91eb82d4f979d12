"""Keep titles, the places of their copies, movements of stock that are append-only, and hand-over acts with their lines."""

import sqlalchemy as sa
from alembic import op


revision = "0023_materials"
down_revision = "0022_joining"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover_counter",
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_handover_counter")),
    )
    op.create_table(
        "material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("title_ky", sa.String(length=300), nullable=False),
        sa.Column("title_ru", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=5), nullable=False),
        sa.Column("isbn", sa.String(length=17), nullable=False),
        sa.Column("owner_institution_id", sa.Integer(), nullable=True),
        sa.Column("unit_value", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search_text", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("language IN ('ky', 'ru', 'ky-ru', 'en')", name=op.f("ck_material_language")),
        sa.CheckConstraint("unit IN ('copy', 'set', 'piece')", name=op.f("ck_material_unit")),
        sa.CheckConstraint("unit_value >= 0", name=op.f("ck_material_unit_value")),
        sa.ForeignKeyConstraint(
            ["owner_institution_id"], ["institution.id"], name=op.f("fk_material_owner_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("identity", name=op.f("uq_material_identity")),
        sa.UniqueConstraint("reference", name=op.f("uq_material_reference")),
    )
    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_material_language"), ["language"], unique=False)

    op.create_table(
        "stock_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name_ky", sa.String(length=200), nullable=False),
        sa.Column("name_ru", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("training_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'institution') = (institution_id IS NOT NULL)", name=op.f("ck_stock_place_institution")
        ),
        sa.CheckConstraint("(kind = 'venue') = (venue_id IS NOT NULL)", name=op.f("ck_stock_place_venue")),
        sa.CheckConstraint(
            "(kind IN ('training', 'participants')) = (training_id IS NOT NULL)", name=op.f("ck_stock_place_training")
        ),
        sa.CheckConstraint(
            "kind IN ('source', 'institution') OR region_code IS NOT NULL", name=op.f("ck_stock_place_region")
        ),
        sa.CheckConstraint(
            "kind IN ('source', 'office', 'venue', 'training', 'institution', 'participants', 'damaged', 'lost')",
            name=op.f("ck_stock_place_kind"),
        ),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_stock_place_institution_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_stock_place_region_code")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_stock_place_training_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_stock_place_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_place")),
        sa.UniqueConstraint("key", name=op.f("uq_stock_place_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_stock_place_reference")),
    )
    with op.batch_alter_table("stock_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_place_region_code_kind"), ["region_code", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_place_training_id"), ["training_id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=True),
        sa.Column("series", sa.String(length=10), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=True),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("from_place_id", sa.Integer(), nullable=False),
        sa.Column("giving_institution_id", sa.Integer(), nullable=False),
        sa.Column("giving_name", sa.String(length=200), nullable=False),
        sa.Column("giving_position", sa.String(length=200), nullable=False),
        sa.Column("giving_authority", sa.String(length=200), nullable=False),
        sa.Column("receiving_institution_id", sa.Integer(), nullable=False),
        sa.Column("receiving_name", sa.String(length=200), nullable=False),
        sa.Column("receiving_position", sa.String(length=200), nullable=False),
        sa.Column("receiving_authority", sa.String(length=200), nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("purpose", sa.String(length=1000), nullable=False),
        sa.Column("transfer", sa.String(length=9), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("with_english", sa.Boolean(), nullable=False),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("discrepancies", sa.String(length=1000), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("scan_document_id", sa.Integer(), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", name=op.f("ck_handover_void")),
        sa.CheckConstraint("state <> 'signed' OR signed_on IS NOT NULL", name=op.f("ck_handover_signed")),
        sa.CheckConstraint("state IN ('draft', 'printed', 'signed', 'void')", name=op.f("ck_handover_state")),
        sa.CheckConstraint("state IN ('draft', 'void') OR number IS NOT NULL", name=op.f("ck_handover_number")),
        sa.CheckConstraint("state IN ('draft', 'void') OR printed_at IS NOT NULL", name=op.f("ck_handover_printed")),
        sa.CheckConstraint("transfer IN ('custody', 'ownership')", name=op.f("ck_handover_transfer")),
        sa.CheckConstraint("copies BETWEEN 1 AND 9", name=op.f("ck_handover_copies")),
        sa.ForeignKeyConstraint(["corrects_id"], ["handover.id"], name=op.f("fk_handover_corrects_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_handover_document_id")),
        sa.ForeignKeyConstraint(["from_place_id"], ["stock_place.id"], name=op.f("fk_handover_from_place_id")),
        sa.ForeignKeyConstraint(
            ["giving_institution_id"], ["institution.id"], name=op.f("fk_handover_giving_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["receiving_institution_id"], ["institution.id"], name=op.f("fk_handover_receiving_institution_id")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_handover_region_code")),
        sa.ForeignKeyConstraint(["scan_document_id"], ["document.id"], name=op.f("fk_handover_scan_document_id")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_handover_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("number", name=op.f("uq_handover_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_handover_reference")),
        sa.UniqueConstraint("series", "year", "serial", name=op.f("uq_handover_series_year_serial")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_handover_receiving_institution_id"), ["receiving_institution_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_handover_region_code_handed_on"), ["region_code", "handed_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_handover_training_id"), ["training_id"], unique=False)

    op.create_table(
        "receipt_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("copy_number", sa.String(length=20), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_receipt_signature_quantity")),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_receipt_signature_material_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_receipt_signature_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_signature")),
        sa.UniqueConstraint(
            "registration_id", "material_id", name=op.f("uq_receipt_signature_registration_id_material_id")
        ),
    )
    with op.batch_alter_table("receipt_signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_signature_material_id"), ["material_id"], unique=False)

    op.create_table(
        "stock_balance",
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_stock_balance_quantity")),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_stock_balance_material_id")),
        sa.ForeignKeyConstraint(["place_id"], ["stock_place.id"], name=op.f("fk_stock_balance_place_id")),
        sa.PrimaryKeyConstraint("material_id", "place_id", name=op.f("pk_stock_balance")),
    )
    with op.batch_alter_table("stock_balance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_balance_place_id"), ["place_id"], unique=False)

    op.create_table(
        "handover_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_value", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("condition", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_handover_item_quantity")),
        sa.CheckConstraint("unit_value >= 0", name=op.f("ck_handover_item_unit_value")),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_item_handover_id")),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_handover_item_material_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_item")),
        sa.UniqueConstraint("handover_id", "order", name=op.f("uq_handover_item_handover_id_order")),
    )
    with op.batch_alter_table("handover_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_item_material_id"), ["material_id"], unique=False)

    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("batch", sa.String(length=22), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("from_place_id", sa.Integer(), nullable=False),
        sa.Column("to_place_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=11), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "reason IN ('received', 'moved', 'handed_over', 'given', 'returned', 'damaged', 'lost', 'stocktake')",
            name=op.f("ck_stock_movement_reason"),
        ),
        sa.CheckConstraint("from_place_id <> to_place_id", name=op.f("ck_stock_movement_places")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_movement_quantity")),
        sa.ForeignKeyConstraint(["from_place_id"], ["stock_place.id"], name=op.f("fk_stock_movement_from_place_id")),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_stock_movement_handover_id")),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_stock_movement_material_id")),
        sa.ForeignKeyConstraint(["to_place_id"], ["stock_place.id"], name=op.f("fk_stock_movement_to_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint("reference", name=op.f("uq_stock_movement_reference")),
    )
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_movement_batch"), ["batch"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_movement_from_place_id"), ["from_place_id"], unique=False)
        batch_op.create_index(
            "ix_stock_movement_handover_id",
            ["handover_id"],
            unique=False,
            sqlite_where=sa.text("handover_id IS NOT NULL"),
            postgresql_where=sa.text("handover_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_stock_movement_material_id_from_place_id"), ["material_id", "from_place_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_stock_movement_material_id_to_place_id"), ["material_id", "to_place_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_stock_movement_to_place_id"), ["to_place_id"], unique=False)

    _append_only("stock_movement")


def downgrade() -> None:
    for table in (
        "stock_movement",
        "stock_balance",
        "receipt_signature",
        "handover_item",
        "handover",
        "stock_place",
        "material",
        "handover_counter",
    ):
        op.drop_table(table)
    _drop_function("stock_movement")


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

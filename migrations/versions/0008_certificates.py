"""Certificates and their counters."""

import sqlalchemy as sa
from alembic import op


revision = "0008_certificates"
down_revision = "0007_attendance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_counter",
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_certificate_counter")),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=80), nullable=False),
        sa.Column("revoke_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("(state = 'issued') = (document_id IS NOT NULL)", name=op.f("ck_certificate_file")),
        sa.CheckConstraint("kind IN ('attendance', 'completion')", name=op.f("ck_certificate_kind")),
        sa.CheckConstraint("state IN ('pending', 'issued', 'failed')", name=op.f("ck_certificate_state")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_certificate_document_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_certificate_registration_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["certificate.id"], name=op.f("fk_certificate_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
        sa.UniqueConstraint("registration_id", "revision", name=op.f("uq_certificate_registration_id_revision")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_certificate_replaces_id")),
        sa.UniqueConstraint("series", "year", "serial", name=op.f("uq_certificate_series_year_serial")),
        sa.UniqueConstraint("token", name=op.f("uq_certificate_token")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_registration_id"), ["registration_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_registration_id"))

    op.drop_table("certificate")
    op.drop_table("certificate_counter")

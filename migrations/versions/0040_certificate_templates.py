"""Keep how certificates look and what they say, by course and project, and the logos of a project."""

import sqlalchemy as sa
from alembic import op


revision = "0040_certificate_templates"
down_revision = "0039_ceremony"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("signatories", sa.Integer(), nullable=False),
        sa.Column("logos_at", sa.String(length=5), nullable=False),
        sa.Column("completion_ky", sa.String(length=120), nullable=False),
        sa.Column("completion_ru", sa.String(length=120), nullable=False),
        sa.Column("completion_en", sa.String(length=120), nullable=False),
        sa.Column("attendance_ky", sa.String(length=120), nullable=False),
        sa.Column("attendance_ru", sa.String(length=120), nullable=False),
        sa.Column("attendance_en", sa.String(length=120), nullable=False),
        sa.Column("facilitator_ky", sa.String(length=120), nullable=False),
        sa.Column("facilitator_ru", sa.String(length=120), nullable=False),
        sa.Column("facilitator_en", sa.String(length=120), nullable=False),
        sa.Column("line_ky", sa.String(length=120), nullable=False),
        sa.Column("line_ru", sa.String(length=120), nullable=False),
        sa.Column("line_en", sa.String(length=120), nullable=False),
        sa.Column("acknowledgement_ky", sa.String(length=500), nullable=False),
        sa.Column("acknowledgement_ru", sa.String(length=500), nullable=False),
        sa.Column("acknowledgement_en", sa.String(length=500), nullable=False),
        sa.Column("disclaimer_ky", sa.String(length=300), nullable=False),
        sa.Column("disclaimer_ru", sa.String(length=300), nullable=False),
        sa.Column("disclaimer_en", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "course_id IS NOT NULL OR project_id IS NOT NULL", name=op.f("ck_certificate_template_scope")
        ),
        sa.CheckConstraint("signatories BETWEEN 0 AND 3", name=op.f("ck_certificate_template_signatories")),
        sa.CheckConstraint("logos_at IN ('top', 'sides', 'none')", name=op.f("ck_certificate_template_logos_at")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_certificate_template_course_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_certificate_template_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_template")),
        sa.UniqueConstraint("course_id", "project_id", name=op.f("uq_certificate_template_course_id_project_id")),
    )
    with op.batch_alter_table("certificate_template", schema=None) as batch_op:
        for name, other in (("course", "project"), ("project", "course")):
            alone = sa.text(f"{other}_id IS NULL")
            batch_op.create_index(
                f"uq_certificate_template_{name}",
                [f"{name}_id"],
                unique=True,
                sqlite_where=alone,
                postgresql_where=alone,
            )
    op.create_table(
        "certificate_logo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("alt_ky", sa.String(length=120), nullable=False),
        sa.Column("alt_ru", sa.String(length=120), nullable=False),
        sa.Column("alt_en", sa.String(length=120), nullable=False),
        sa.CheckConstraint('"order" BETWEEN 0 AND 5', name=op.f("ck_certificate_logo_order")),
        sa.CheckConstraint("width > 0", name=op.f("ck_certificate_logo_width")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_certificate_logo_document_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_certificate_logo_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_logo")),
        sa.UniqueConstraint("project_id", "order", name=op.f("uq_certificate_logo_project_id_order")),
    )


def downgrade() -> None:
    op.drop_table("certificate_logo")
    with op.batch_alter_table("certificate_template", schema=None) as batch_op:
        for name in ("course", "project"):
            batch_op.drop_index(f"uq_certificate_template_{name}")
    op.drop_table("certificate_template")

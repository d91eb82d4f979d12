"""Courses, projects, donors, venues, trainings with sessions and allotments."""

import sqlalchemy as sa
from alembic import op


revision = "0005_trainings"
down_revision = "0004_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title_ky", sa.String(length=300), nullable=False),
        sa.Column("title_ru", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("code", name=op.f("uq_course_code")),
    )
    op.create_table(
        "donor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_ky", sa.String(length=200), nullable=False),
        sa.Column("name_ru", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donor")),
        sa.UniqueConstraint("code", name=op.f("uq_donor_code")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title_ky", sa.String(length=300), nullable=False),
        sa.Column("title_ru", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("is_vetting_required", sa.Boolean(), nullable=False),
        sa.Column("certificate_series", sa.String(length=10), nullable=False),
        sa.Column("organizers_ky", sa.String(length=500), nullable=False),
        sa.Column("organizers_ru", sa.String(length=500), nullable=False),
        sa.Column("organizers_en", sa.String(length=500), nullable=False),
        sa.Column("acknowledgement_ky", sa.String(length=500), nullable=False),
        sa.Column("acknowledgement_ru", sa.String(length=500), nullable=False),
        sa.Column("acknowledgement_en", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
    )
    op.create_table(
        "training_counter",
        sa.Column("prefix", sa.String(length=3), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_training_counter")),
    )
    op.create_table(
        "project_donor",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["donor_id"], ["donor.id"], name=op.f("fk_project_donor_donor_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_donor_project_id")),
        sa.PrimaryKeyConstraint("project_id", "donor_id", name=op.f("pk_project_donor")),
    )
    op.create_table(
        "signatory",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("name_ky", sa.String(length=120), nullable=False),
        sa.Column("name_ru", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("post_ky", sa.String(length=200), nullable=False),
        sa.Column("post_ru", sa.String(length=200), nullable=False),
        sa.Column("post_en", sa.String(length=200), nullable=False),
        sa.CheckConstraint('"order" BETWEEN 1 AND 3', name=op.f("ck_signatory_order")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_signatory_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatory")),
        sa.UniqueConstraint("project_id", "order", name=op.f("uq_signatory_project_id_order")),
    )
    op.create_table(
        "venue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("name_ky", sa.String(length=200), nullable=False),
        sa.Column("name_ru", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_venue_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
    )
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("title_ky", sa.String(length=300), nullable=False),
        sa.Column("title_ru", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("minimum_attendance", sa.Integer(), nullable=False),
        sa.Column("is_assessment_required", sa.Boolean(), nullable=False),
        sa.Column("is_vetting_required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=22), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'pending_approval', 'approved', 'held', 'finalized', 'cancelled_by_organizer', 'cancelled_by_host')",
            name=op.f("ck_training_state"),
        ),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_training_capacity")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_training_dates")),
        sa.CheckConstraint("minimum_attendance BETWEEN 0 AND 100", name=op.f("ck_training_minimum_attendance")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_training_course_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_training_project_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_training_region_code")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_training_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sa.UniqueConstraint("code", name=op.f("uq_training_code")),
    )
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_training_region_code_starts_on"), ["region_code", "starts_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_training_starts_on_id"), ["starts_on", "id"], unique=False)

    op.create_table(
        "allotment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("region_code", sa.String(length=6), nullable=True),
        sa.Column("role", sa.String(length=12), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_allotment_seats")),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_allotment_institution_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_allotment_region_code")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_allotment_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotment")),
    )
    with op.batch_alter_table("allotment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allotment_training_id"), ["training_id"], unique=False)

    op.create_table(
        "training_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("title_ky", sa.String(length=300), nullable=False),
        sa.Column("title_ru", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_training_session_times")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_training_session_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
        sa.UniqueConstraint("reference", name=op.f("uq_training_session_reference")),
    )
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_training_session_training_id_starts_at"), ["training_id", "starts_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_session_training_id_starts_at"))

    op.drop_table("training_session")
    with op.batch_alter_table("allotment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allotment_training_id"))

    op.drop_table("allotment")
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_starts_on_id"))
        batch_op.drop_index(batch_op.f("ix_training_region_code_starts_on"))

    op.drop_table("training")
    op.drop_table("venue")
    op.drop_table("signatory")
    op.drop_table("project_donor")
    op.drop_table("training_counter")
    op.drop_table("project")
    op.drop_table("donor")
    op.drop_table("course")

"""Tests before and after a training: question banks, tests and sheets."""

import sqlalchemy as sa
from alembic import op


revision = "0017_assessments"
down_revision = "0016_mailing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _bank()
    _tests()


def _bank() -> None:
    op.create_table(
        "assessment_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("used_in", sa.String(length=4), nullable=False),
        sa.Column("twin_id", sa.Integer(), nullable=True),
        sa.Column("topic_ky", sa.String(length=120), nullable=False),
        sa.Column("topic_ru", sa.String(length=120), nullable=False),
        sa.Column("topic_en", sa.String(length=120), nullable=False),
        sa.Column("text_ky", sa.String(length=600), nullable=False),
        sa.Column("text_ru", sa.String(length=600), nullable=False),
        sa.Column("text_en", sa.String(length=600), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('single', 'multiple', 'true_false')", name=op.f("ck_assessment_question_kind")),
        sa.CheckConstraint("used_in IN ('both', 'pre', 'post')", name=op.f("ck_assessment_question_used_in")),
        sa.CheckConstraint("twin_id IS NULL OR used_in = 'post'", name=op.f("ck_assessment_question_twin")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_assessment_question_course_id")),
        sa.ForeignKeyConstraint(["twin_id"], ["assessment_question.id"], name=op.f("fk_assessment_question_twin_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_question")),
        sa.UniqueConstraint("reference", name=op.f("uq_assessment_question_reference")),
        sa.UniqueConstraint("twin_id", name=op.f("uq_assessment_question_twin_id")),
    )
    op.create_index(op.f("ix_assessment_question_course_id_order"), "assessment_question", ["course_id", "order"])
    op.create_table(
        "assessment_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text_ky", sa.String(length=300), nullable=False),
        sa.Column("text_ru", sa.String(length=300), nullable=False),
        sa.Column("text_en", sa.String(length=300), nullable=False),
        sa.Column("is_correct", sa.Boolean(), nullable=False),
        sa.CheckConstraint("place BETWEEN 0 AND 5", name=op.f("ck_assessment_option_place")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["assessment_question.id"], name=op.f("fk_assessment_option_question_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_option")),
        sa.UniqueConstraint("question_id", "place", name=op.f("uq_assessment_option_question_id_place")),
    )


def _tests() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("moment", sa.String(length=4), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("moment IN ('pre', 'post')", name=op.f("ck_assessment_moment")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_assessment_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("training_id", "moment", name=op.f("uq_assessment_training_id_moment")),
    )
    op.create_table(
        "assessment_item",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_item_assessment_id")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["assessment_question.id"], name=op.f("fk_assessment_item_question_id")
        ),
        sa.PrimaryKeyConstraint("assessment_id", "position", name=op.f("pk_assessment_item")),
        sa.UniqueConstraint("assessment_id", "question_id", name=op.f("uq_assessment_item_assessment_id_question_id")),
    )
    op.create_index(op.f("ix_assessment_item_question_id"), "assessment_item", ["question_id"])
    op.create_table(
        "assessment_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("letters", sa.String(length=600), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("maximum", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=5), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("source IN ('phone', 'paper')", name=op.f("ck_assessment_sheet_source")),
        sa.CheckConstraint("points BETWEEN 0 AND maximum", name=op.f("ck_assessment_sheet_points")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_sheet_assessment_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_assessment_sheet_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_sheet")),
        sa.UniqueConstraint(
            "assessment_id",
            "registration_id",
            "revision",
            name=op.f("uq_assessment_sheet_assessment_id_registration_id_revision"),
        ),
    )
    op.create_index(op.f("ix_assessment_sheet_registration_id"), "assessment_sheet", ["registration_id"])


def downgrade() -> None:
    for table in ("assessment_sheet", "assessment_item", "assessment", "assessment_option", "assessment_question"):
        op.drop_table(table)

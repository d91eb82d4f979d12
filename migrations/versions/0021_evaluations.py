"""Evaluations: questions in versions, and answers in tables whose rows keep no order of arrival."""

import sqlalchemy as sa
from alembic import op


revision = "0021_evaluations"
down_revision = "0020_cancellation_reason"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_evaluation_form_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_form")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_evaluation_form_course_id_number")),
    )
    op.create_table(
        "evaluation_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("text_ky", sa.String(length=300), nullable=False),
        sa.Column("text_ru", sa.String(length=300), nullable=False),
        sa.Column("text_en", sa.String(length=300), nullable=False),
        sa.Column("low_ky", sa.String(length=60), nullable=False),
        sa.Column("low_ru", sa.String(length=60), nullable=False),
        sa.Column("low_en", sa.String(length=60), nullable=False),
        sa.Column("high_ky", sa.String(length=60), nullable=False),
        sa.Column("high_ru", sa.String(length=60), nullable=False),
        sa.Column("high_en", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('scale', 'yes_no', 'open')", name=op.f("ck_evaluation_question_kind")),
        sa.ForeignKeyConstraint(["form_id"], ["evaluation_form.id"], name=op.f("fk_evaluation_question_form_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_question")),
        sa.UniqueConstraint("form_id", "place", name=op.f("uq_evaluation_question_form_id_place")),
        sa.UniqueConstraint("form_id", "topic", name=op.f("uq_evaluation_question_form_id_topic")),
    )
    op.create_table(
        "evaluation",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forms", sa.Integer(), nullable=False),
        sa.Column("paper_forms", sa.Integer(), nullable=False),
        sa.CheckConstraint("forms >= paper_forms AND paper_forms >= 0", name=op.f("ck_evaluation_forms")),
        sa.ForeignKeyConstraint(["form_id"], ["evaluation_form.id"], name=op.f("fk_evaluation_form_id")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_evaluation_training_id")),
        sa.PrimaryKeyConstraint("training_id", name=op.f("pk_evaluation")),
    )
    op.create_table(
        "evaluation_answer",
        sa.Column("key", sa.String(length=22), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint("(rating IS NULL) <> (words IS NULL)", name=op.f("ck_evaluation_answer_content")),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name=op.f("ck_evaluation_answer_rating")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["evaluation_question.id"], name=op.f("fk_evaluation_answer_question_id")
        ),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_evaluation_answer_training_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_evaluation_answer")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("evaluation_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_answer_training_id"), ["training_id"], unique=False)

    op.create_table(
        "evaluation_ballot",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_evaluation_ballot_training_id")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_evaluation_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evaluation_turnout",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_evaluation_turnout_registration_id")
        ),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_evaluation_turnout_training_id")),
        sa.PrimaryKeyConstraint("training_id", "registration_id", name=op.f("pk_evaluation_turnout")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("evaluation_turnout")
    op.drop_table("evaluation_ballot")
    with op.batch_alter_table("evaluation_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evaluation_answer_training_id"))

    op.drop_table("evaluation_answer")
    op.drop_table("evaluation")
    op.drop_table("evaluation_question")
    op.drop_table("evaluation_form")

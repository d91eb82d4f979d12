"""Registrations, nomination lists and the keys of participants."""

import sqlalchemy as sa
from alembic import op


revision = "0006_registration"
down_revision = "0005_trainings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nomination_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("header_row", sa.Integer(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('staged', 'committed', 'undone', 'discarded')", name=op.f("ck_nomination_list_state")
        ),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_nomination_list_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_list")),
        sa.UniqueConstraint("reference", name=op.f("uq_nomination_list_reference")),
    )
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nomination_list_training_id_id"), ["training_id", "id"], unique=False)

    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=10), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("region_code", sa.String(length=6), nullable=True),
        sa.Column("post", sa.String(length=200), nullable=False),
        sa.Column("rank", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('participant', 'alternate', 'facilitator', 'guest')", name=op.f("ck_registration_role")
        ),
        sa.CheckConstraint(
            "state IN ('nominated', 'invited', 'confirmed', 'waitlisted', 'declined', 'withdrawn', 'substituted')",
            name=op.f("ck_registration_state"),
        ),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_registration_institution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registration_person_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_registration_region_code")),
        sa.ForeignKeyConstraint(["replaces_id"], ["registration.id"], name=op.f("fk_registration_replaces_id")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_registration_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("reference", name=op.f("uq_registration_reference")),
        sa.UniqueConstraint("training_id", "person_id", name=op.f("uq_registration_training_id_person_id")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_registration_training_id_state_order"), ["training_id", "state", "order"], unique=False
        )

    op.create_table(
        "nomination_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("is_warned", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("is_person_created", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('header', 'ignored', 'new', 'known', 'duplicate', 'bad')", name=op.f("ck_nomination_row_kind")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["nomination_list.id"], name=op.f("fk_nomination_row_list_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_nomination_row_person_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_nomination_row_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_row")),
        sa.UniqueConstraint("list_id", "number", name=op.f("uq_nomination_row_list_id_number")),
    )
    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_nomination_row_list_id_kind_number"), ["list_id", "kind", "number"], unique=False
        )

    op.create_table(
        "participant_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("secret_hash", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('link', 'pin')", name=op.f("ck_participant_key_kind")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_participant_key_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_participant_key_secret_hash")),
    )
    with op.batch_alter_table("participant_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_participant_key_registration_id_kind"), ["registration_id", "kind"], unique=False
        )

    op.create_table(
        "participant_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_participant_session_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_participant_session_token_hash")),
    )
    with op.batch_alter_table("participant_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participant_session_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "registration_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_registration_decision_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_decision")),
        sa.UniqueConstraint(
            "registration_id", "sequence", name=op.f("uq_registration_decision_registration_id_sequence")
        ),
    )


def downgrade() -> None:
    op.drop_table("registration_decision")
    with op.batch_alter_table("participant_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_session_registration_id"))

    op.drop_table("participant_session")
    with op.batch_alter_table("participant_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_key_registration_id_kind"))

    op.drop_table("participant_key")
    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nomination_row_list_id_kind_number"))

    op.drop_table("nomination_row")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_training_id_state_order"))
        batch_op.drop_index(batch_op.f("ix_registration_person_id"))

    op.drop_table("registration")
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nomination_list_training_id_id"))

    op.drop_table("nomination_list")

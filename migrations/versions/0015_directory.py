"""Let courses, projects, donors and venues be edited and found, and let a training say what it is for and for whom.

Versions tell two editors of one record apart; the folded text serves the search, which SQLite cannot fold itself.
"""

import sqlalchemy as sa
from alembic import op


revision = "0015_directory"
down_revision = "0014_row_references"
branch_labels = None
depends_on = None

_NAMES = ("name_ky", "name_ru", "name_en")
_TITLES = ("title_ky", "title_ru", "title_en")
_SEARCHED = {
    "donor": ("code", *_NAMES),
    "project": ("code", *_TITLES),
    "course": ("code", *_TITLES),
    "venue": _NAMES,
}
_LANGUAGES = ("ky", "ru", "en")
_FOLDS = str.maketrans("ңөүё", "ноуе")


def upgrade() -> None:
    for table in _SEARCHED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
            batch_op.add_column(sa.Column("search_text", sa.String(length=1000), nullable=False, server_default=""))
            for column in _further(table):
                batch_op.add_column(column)
        _fold(table)
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in ("version", "search_text", *(c.name for c in _further(table) if not c.nullable)):
                batch_op.alter_column(name, server_default=None)
    op.create_table(
        "training_host",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_training_host_institution_id")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_training_host_training_id")),
        sa.PrimaryKeyConstraint("training_id", "institution_id", name=op.f("pk_training_host")),
    )
    with op.batch_alter_table("training", schema=None) as batch_op:
        for column in _of_training():
            batch_op.add_column(column)
        batch_op.create_check_constraint("minimum_grade", "minimum_grade BETWEEN 0 AND 100")
        batch_op.create_check_constraint(
            "deadlines", "nominations_due_days >= names_due_days AND names_due_days >= 0"
        )
    with op.batch_alter_table("training", schema=None) as batch_op:
        for column in _of_training():
            if not column.nullable:
                batch_op.alter_column(column.name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_training_deadlines"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_training_minimum_grade"), type_="check")
        for column in reversed(_of_training()):
            batch_op.drop_column(column.name)
    op.drop_table("training_host")
    for table in reversed(_SEARCHED):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in reversed(_further(table)):
                batch_op.drop_column(column.name)
            batch_op.drop_column("search_text")
            batch_op.drop_column("version")


def _further(table: str) -> list[sa.Column]:
    if table == "course":
        return _texts("objectives", 2000)
    if table == "venue":
        return [
            *_texts("address", 300),
            sa.Column("hall_capacity", sa.Integer(), nullable=True),
            sa.Column("contact", sa.String(length=200), nullable=False, server_default=""),
            sa.Column("contact_phone", sa.String(length=20), nullable=False, server_default=""),
        ]
    return []


def _of_training() -> list[sa.Column]:
    return [
        sa.Column("minimum_grade", sa.Integer(), nullable=True),
        sa.Column("people_planned", sa.Integer(), nullable=True),
        sa.Column("nominations_due_days", sa.Integer(), nullable=False, server_default="14"),
        sa.Column("names_due_days", sa.Integer(), nullable=False, server_default="7"),
        sa.Column("working_language", sa.String(length=5), nullable=False, server_default=""),
        sa.Column("has_interpreter", sa.Boolean(), nullable=False, server_default=sa.false()),
        *_texts("objectives", 2000),
        *_texts("profile", 2000),
        sa.Column("comments", sa.String(length=2000), nullable=False, server_default=""),
    ]


def _texts(name: str, length: int) -> list[sa.Column]:
    return [
        sa.Column(f"{name}_{language}", sa.String(length=length), nullable=False, server_default="")
        for language in _LANGUAGES
    ]


def _fold(name: str) -> None:
    columns = ["id", "search_text", *_SEARCHED[name]]
    table = sa.table(name, *map(sa.column, columns))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).mappings().all():
        text = " ".join(" ".join(row[column] or "" for column in _SEARCHED[name]).split())
        folded = text.casefold().translate(_FOLDS)[:1000]
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(search_text=folded))

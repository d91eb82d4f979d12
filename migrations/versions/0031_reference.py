"""Let administrators keep institutions, ranks, posts and crisis centers: versions, search, and tables for the new lists."""

import sqlalchemy as sa
from alembic import op


revision = "0031_reference"
down_revision = "0030_corrections"
branch_labels = None
depends_on = None

_LANGUAGES = ("ky", "ru", "en")
_FOLDS = str.maketrans("ңөүёғқұҳ", "ноуегкух")


def upgrade() -> None:
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("search_text", sa.String(length=1000), nullable=False, server_default=""))
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.alter_column("version", server_default=None)
        batch_op.alter_column("search_text", server_default=None)
    _fold_institutions()
    groups = ", ".join(f"'{group}'" for group in ("junior", "middle", "senior", "prosecutors", "civilian"))
    _title_table(
        "rank",
        sa.Column("rank_group", sa.String(length=12), nullable=False),
        sa.CheckConstraint(f"rank_group IN ({groups})", name=op.f("ck_rank_rank_group")),
    )
    _title_table("post")
    op.create_table(
        "referral_center",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("name", 200),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        *_texts("address", 300),
        sa.Column("phones", sa.JSON(), nullable=False),
        *_texts("hours", 200),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("accepts", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        *_texts("note", 500),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.String(length=80), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_referral_center_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_center")),
    )


def downgrade() -> None:
    op.drop_table("referral_center")
    op.drop_table("post")
    op.drop_table("rank")
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.drop_column("search_text")
        batch_op.drop_column("version")


def _title_table(name: str, *more: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        *_texts("title", 120),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.String(length=1000), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f(f"fk_{name}_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("code", name=op.f(f"uq_{name}_code")),
    )


def _texts(name: str, length: int) -> list[sa.Column]:
    return [sa.Column(f"{name}_{language}", sa.String(length=length), nullable=False) for language in _LANGUAGES]


def _fold_institutions() -> None:
    names = [f"name_{language}" for language in _LANGUAGES]
    columns = [sa.column(name) for name in ("id", "code", "search_text", *names)]
    table = sa.table("institution", *columns, sa.column("aliases", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).mappings().all():
        text = " ".join([row["code"], *(row[name] for name in names), *(row["aliases"] or [])])
        folded = " ".join(text.split()).casefold().translate(_FOLDS)[:1000]
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(search_text=folded))

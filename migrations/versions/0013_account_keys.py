"""Keep what proves who signs in (mailed links, second factor, recovery codes), and find accounts by name."""

import sqlalchemy as sa
from alembic import op


revision = "0013_account_keys"
down_revision = "0012_mails"
branch_labels = None
depends_on = None

_FOLDS = str.maketrans("ңөүёғқұҳ", "ноуегкух")


def upgrade() -> None:
    _widen_accounts()
    op.create_table(
        "account_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('invitation', 'password')", name=op.f("ck_account_link_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_link_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_link_token_hash")),
    )
    with op.batch_alter_table("account_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_link_account_id_kind"), ["account_id", "kind"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False)


def _widen_accounts() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("search_text", sa.String(length=460), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.alter_column("search_text", server_default=None)
        batch_op.alter_column("version", server_default=None)
    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    account = sa.table("account", sa.column("id"), sa.column("name"), sa.column("email"), sa.column("search_text"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(account.c.id, account.c.name, account.c.email)).all():
        text = f"{row.name.casefold().translate(_FOLDS)} {row.email.casefold()}"
        connection.execute(account.update().where(account.c.id == row.id).values(search_text=text))
    session = sa.table("account_session", sa.column("created_at"), sa.column("verified_at"))
    connection.execute(session.update().values(verified_at=session.c.created_at))
    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.alter_column("device", server_default=None)
        batch_op.alter_column("verified_at", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_table("account_link")
    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.drop_column("verified_at")
        batch_op.drop_column("device")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.drop_column("second_factor_at")
        batch_op.drop_column("search_text")

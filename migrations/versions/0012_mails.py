"""Tell of each mail for whom it is, in which language, what goes with it and why it failed; queue it once for a key."""

import sqlalchemy as sa
from alembic import op


revision = "0012_mails"
down_revision = "0011_nomination_choices"
branch_labels = None
depends_on = None

_TEXTS = {
    "kind": 20,
    "topic": 80,
    "about": 80,
    "reply_to": 254,
    "language": 2,
    "link_path": 40,
    "link_seed": 22,
    "fault": 12,
    "answer": 300,
}
_BEFORE = "state IN ('queued', 'sending', 'sent', 'failed')"
_AFTER = "state IN ('queued', 'claimed', 'sending', 'sent', 'failed', 'unclear')"


def upgrade() -> None:
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_outbox_mail_state"), type_="check")
        batch_op.add_column(sa.Column("key", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("attachments", sa.JSON(), nullable=False, server_default="[]"))
        for name, length in _TEXTS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        for name in ("attachments", *_TEXTS):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_check_constraint(batch_op.f("ck_outbox_mail_state"), _AFTER)
        batch_op.create_unique_constraint(batch_op.f("uq_outbox_mail_key"), ["key"])
        batch_op.create_index(batch_op.f("ix_outbox_mail_topic_kind"), ["topic", "kind"], unique=False)


def downgrade() -> None:
    op.execute("UPDATE outbox_mail SET state = 'queued' WHERE state = 'claimed'")
    op.execute("UPDATE outbox_mail SET state = 'sending' WHERE state = 'unclear'")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_topic_kind"))
        batch_op.drop_constraint(batch_op.f("uq_outbox_mail_key"), type_="unique")
        batch_op.drop_constraint(batch_op.f("ck_outbox_mail_state"), type_="check")
        for name in ("key", "expires_at", "attachments", *_TEXTS):
            batch_op.drop_column(name)
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_check_constraint(batch_op.f("ck_outbox_mail_state"), _BEFORE)

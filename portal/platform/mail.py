"""Mails as rows: queued in the operation's transaction, once per key. `portal.platform.smtp` sends them."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, String, Text, func, select, update
from sqlalchemy.orm import Mapped, defer, mapped_column

from portal.platform import queues, tokens
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, db, upsert
from portal.platform.texts import N_, Labelled

# Where the personal link will stand in a text; the link itself is written when the mail leaves.
LINK = "[[link]]"
SEND = "send_mail"  # What the worker does with the outbox, by the clock and when a mail is queued.
SUBJECT = 300


class MailState(StrEnum):
    """Where a mail is: waiting, taken by a sender, being handed over, or at one of its three ends."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCLEAR = "unclear"


class MailFault(Labelled):
    """Why a mail was not sent, or not yet."""

    REFUSED = "refused", N_("The mail server refused this address: %(answer)s")
    UNREACHABLE = "unreachable", N_("The mail server could not be reached: %(answer)s")
    ADDRESS = "address", N_("A mail cannot be addressed like this.")
    TOO_LATE = "too_late", N_("It could not leave before the training began.")


@dataclass(frozen=True)
class Attachment:
    """A text that goes with a mail as a file; `media_type` may have parameters."""

    filename: str
    media_type: str
    content: str


@dataclass(frozen=True)
class Message:
    """A mail to one recipient.

    `text` may hold LINK, which becomes the personal link of `link_path` and `link_seed` (`portal.platform.links`).
    `kind`, `topic` and `about` say for whom it is kept ("reminder", "training OSH-2026-01", "registration 7XK2M9QP");
    of one `key` only one mail is ever queued; after `expires_at` it is of no use and is not sent.
    """

    recipient: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
    language: str = ""
    link_path: str = ""
    link_seed: str = ""
    kind: str = ""
    topic: str = ""
    about: str = ""
    key: str | None = None
    expires_at: datetime | None = None


class OutboxMail(Base):
    """A queued mail: queued → claimed → sending → sent; failed when refused, unclear when nobody knows if it left."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'claimed', 'sending', 'sent', 'failed', 'unclear')", name="state"),
        Index(None, "state", "due_at"),
        Index(None, "topic", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="")
    topic: Mapped[str] = mapped_column(String(80), default="")
    about: Mapped[str] = mapped_column(String(80), default="")
    recipient: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    language: Mapped[str] = mapped_column(String(2), default="")
    subject: Mapped[str] = mapped_column(String(SUBJECT))
    text: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    link_path: Mapped[str] = mapped_column(String(40), default="")
    link_seed: Mapped[str] = mapped_column(String(22), default="")
    state: Mapped[str] = mapped_column(String(8), default=MailState.QUEUED.value)
    fault: Mapped[str] = mapped_column(String(12), default="")
    answer: Mapped[str] = mapped_column(String(300), default="")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def queue(message: Message, *, now: datetime) -> OutboxMail | None:
    """Add a mail to the outbox, in the transaction of the act that it reports; None if its key was used before.

    :raises ValueError: if an address is not one plain address, or the subject more than one line.
    """
    if "\n" in message.subject or "\r" in message.subject:
        raise ValueError("The subject of a mail is one line.")
    for address in filter(None, (message.recipient or " ", message.reply_to)):
        if not is_address(address):
            raise ValueError("The recipient of a mail is one plain address.")
    values = {
        **{name: value for name, value in vars(message).items() if name != "attachments"},
        "subject": message.subject[:SUBJECT],
        "attachments": [asdict(attachment) for attachment in message.attachments],
        "message_id": tokens.random_token(),
        "due_at": now,
        "created_at": now,
    }
    queues.wake(SEND)
    if message.key is None:
        mail = OutboxMail(**values)
        db.session.add(mail)
        return mail
    statement = upsert(OutboxMail).values(**values).on_conflict_do_nothing().returning(OutboxMail.id)
    mail_id = db.session.scalars(statement).one_or_none()
    return None if mail_id is None else db.session.get_one(OutboxMail, mail_id)


def list_used(keys: Collection[str]) -> set[str]:
    """Return those of the keys under which a mail was queued."""
    return set(db.session.scalars(select(OutboxMail.key).where(OutboxMail.key.in_(keys))))


def list_about(topic: str) -> list[OutboxMail]:
    """Return the mails about one thing in the order of their queueing, without what they say."""
    query = select(OutboxMail).options(defer(OutboxMail.text), defer(OutboxMail.attachments))
    return list(db.session.scalars(query.where(OutboxMail.topic == topic).order_by(OutboxMail.id)))


def redirect(about: Collection[str], before: str, after: str) -> list[OutboxMail]:
    """Address anew what was queued about some things to one address and has not left; without a new one it never does.

    Return these mails. A sender that has claimed one finds, before it hands it over, that it is not its own any more.
    """
    waits = OutboxMail.state.in_([MailState.QUEUED.value, MailState.CLAIMED.value])
    values = {"recipient": after, "state": MailState.QUEUED.value}
    if not is_address(after):
        values = {"state": MailState.FAILED.value, "fault": MailFault.ADDRESS.value}
    changed = update(OutboxMail).where(waits, *_to(about, before)).values(**values).returning(OutboxMail.id)
    mail_ids = db.session.scalars(changed).all()
    query = select(OutboxMail).where(OutboxMail.id.in_(mail_ids)).order_by(OutboxMail.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def list_seeds_sent(about: Collection[str], recipient: str) -> set[str]:
    """Return the seeds of the personal links that were, or may have been, mailed to an address."""
    left = OutboxMail.state.in_([MailState.SENDING.value, MailState.SENT.value, MailState.UNCLEAR.value])
    query = select(OutboxMail.link_seed).where(left, OutboxMail.link_seed != "", *_to(about, recipient))
    return set(db.session.scalars(query))


def _to(about: Collection[str], recipient: str) -> tuple[ColumnElement[bool], ...]:
    return OutboxMail.about.in_(about), func.lower(OutboxMail.recipient) == recipient.lower()


def is_address(address: str) -> bool:
    return address.count("@") == 1 and not any(sign.isspace() or sign in ',;<>"' for sign in address)

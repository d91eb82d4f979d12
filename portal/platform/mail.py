"""Mail as rows: queued in the act's own transaction, sent by the worker, retried, never twice."""

import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import CheckConstraint, Index, String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform import tokens
from portal.platform.db import Base, UTCDateTime, db, transaction

log = structlog.get_logger(__name__)
_RETRIES = (1, 5, 15, 60, 240, 720)
_CLAIM = timedelta(minutes=5)


@dataclass(frozen=True)
class Message:
    """A mail to one recipient."""

    recipient: str
    subject: str
    text: str


class OutboxMail(Base):
    """A queued mail: queued → sending → sent, or failed after the last retry."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed')", name="state"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def queue(message: Message, *, now: datetime) -> OutboxMail:
    """Add a mail to the outbox, in the transaction of the act that it reports.

    :raises ValueError: if the recipient is not one plain address, or the subject more than one line.
    """
    if "\n" in message.subject or "\r" in message.subject:
        raise ValueError("The subject of a mail is one line.")
    _check_address(message.recipient)
    mail = OutboxMail(
        message_id=tokens.random_token(),
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        due_at=now,
        created_at=now,
    )
    db.session.add(mail)
    return mail


def send_due(mail_url: str, data: Path, sender: str, now: datetime) -> int:
    """Send what is due, each mail in its own transaction; return how many were sent.

    A mail is claimed before it is handed over. If the process dies in between, the claim is not taken back by
    itself: a mail that may have left is not sent a second time.
    """
    sent = 0
    due = select(OutboxMail.id).where(OutboxMail.state == "queued", OutboxMail.due_at <= now).order_by(OutboxMail.id)
    for mail_id in db.session.scalars(due.limit(200)).all():
        db.session.rollback()
        if not _claim(mail_id, now):
            continue
        mail = db.session.get_one(OutboxMail, mail_id)
        try:
            _deliver(mail, mail_url, data, sender, now)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            with transaction():
                _retry_later(mail, error, now)
            continue
        with transaction():
            mail.state, mail.sent_at = "sent", now
        sent += 1
    return sent


def _check_address(recipient: str) -> None:
    if any(character.isspace() or character in ',;<>"' for character in recipient) or recipient.count("@") != 1:
        raise ValueError("The recipient of a mail is one plain address.")


def _claim(mail_id: int, now: datetime) -> bool:
    with transaction():
        claimed = db.session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail_id, OutboxMail.state == "queued")
            .values(state="sending", tries=OutboxMail.tries + 1, due_at=now + _CLAIM)
        )
    return claimed.rowcount == 1


def _retry_later(mail: OutboxMail, error: Exception, now: datetime) -> None:
    log.warning("mail_refused", mail=mail.id, tries=mail.tries, error=type(error).__name__)
    if mail.tries > len(_RETRIES):
        mail.state = "failed"
        return
    mail.state, mail.due_at = "queued", now + timedelta(minutes=_RETRIES[mail.tries - 1])


def _deliver(mail: OutboxMail, mail_url: str, data: Path, sender: str, now: datetime) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, mail.recipient, mail.subject
    letter["Date"], letter["Message-ID"] = format_datetime(now), f"<{mail.message_id}@{sender.rpartition('@')[2]}>"
    letter.set_content(mail.text)
    address = urlsplit(mail_url)
    if address.scheme == "file":
        folder = data / "mail"
        folder.mkdir(exist_ok=True)
        (folder / f"{mail.id:06d}-{mail.message_id}.eml").write_bytes(letter.as_bytes())
        return
    server_class = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    with server_class(address.hostname or "localhost", address.port or 0, timeout=30) as server:
        if address.username:
            if address.scheme == "smtp":
                server.starttls()
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(letter)

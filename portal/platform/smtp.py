"""Send the outbox: each mail at most once after its hand-over began, repeatedly until then.

A mail is claimed, offered (sender, recipient), and only then handed over: the moment in between is committed. Whoever
dies before it leaves a claim that ends by itself, and the mail is offered again. Whoever dies after it, or loses the
server's answer to the text, leaves a mail of which nobody knows whether it left: it is shown as unclear and is not
sent again unless a person says so.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select, update

from portal.platform import carriers, links
from portal.platform.carriers import AnswerLost, Carrier, Refused, Unreachable
from portal.platform.db import change_rows, db, transaction
from portal.platform.mail import LINK, MailFault, MailState, OutboxMail

log = structlog.get_logger(__name__)
RETRIES = (1, 5, 15, 60, 240, 720)  # Minutes; a server that is away for a night finds its mails waiting.
CLAIM = timedelta(minutes=5)
_AT_ONCE = 200
_LONGEST_WORD = 75  # RFC 2047 (2)


class _Wire(EmailPolicy):
    """Write letters in ASCII, and other letters in headers so that every mail program reads the spaces between words.

    Before Python 3.13 the library folds between two encoded words and puts the space there, where RFC 2047 (6.2) has
    readers drop it.
    """

    def fold(self, name: str, value: Any) -> str:
        if str(value).isascii():
            folded: str = super().fold(name, value)
            return folded
        if hasattr(value, "addresses"):
            encoded = ", ".join(f"{self._words(name, a.display_name)} <{a.addr_spec}>" for a in value.addresses)
        else:
            encoded = self._words(name, str(value))
        return f"{name}: {encoded}{self.linesep}"

    def _words(self, name: str, text: str) -> str:
        return Header(text, "utf-8", header_name=name, maxlinelen=_LONGEST_WORD).encode(linesep=self.linesep)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")


_ON_THE_WIRE = _Wire(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class Run:
    """One round of the worker; claims are counted from the real moment, so that a long round does not outlive them.

    `sender` is an address with or without a name before it: "Okuu <portal@example.org>".
    """

    sender: str
    now: datetime
    started: float = field(default_factory=time.monotonic)

    @property
    def address(self) -> str:
        return parseaddr(self.sender)[1]

    @property
    def claim_ends_at(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.started) + CLAIM


def send_due(mail_url: str, data: Path, sender: str, now: datetime) -> int:
    """Send what is due and return how many were sent; a server that is away ends the run."""
    run = Run(sender, now)
    _settle_left_behind(now)
    due = select(OutboxMail.id).where(OutboxMail.state == MailState.QUEUED.value, OutboxMail.due_at <= now)
    mail_ids = db.session.scalars(due.order_by(OutboxMail.due_at, OutboxMail.id).limit(_AT_ONCE)).all()
    db.session.rollback()
    sent = 0
    with carriers.carrier(mail_url, data) as carrier:
        for mail_id in mail_ids:
            try:
                sent += _send(mail_id, carrier, run)
            except Unreachable:
                break
    return sent


def _send(mail_id: int, carrier: Carrier, run: Run) -> bool:
    """Send one mail; it waits, and `Unreachable` goes on, if the server takes nothing."""
    tries = _claim(mail_id, run)
    if tries is None:
        return False
    mail = db.session.get_one(OutboxMail, mail_id)
    letter, name, recipient = _letter(mail, run), f"{mail.id:06d}-{mail.message_id}.eml", mail.recipient
    db.session.rollback()
    try:
        carrier.offer(run.address, recipient)
        if not _move(mail_id, tries, MailState.CLAIMED, MailState.SENDING, due_at=run.claim_ends_at):
            return False  # Somebody else took it, because this process was silent for too long.
        carrier.hand_over(letter, name)
    except Refused as refusal:
        _refused(mail_id, tries, MailFault.REFUSED, str(refusal), run.now, is_final=refusal.is_final)
    except ValueError as error:  # An address that cannot be written on a letter.
        _refused(mail_id, tries, MailFault.ADDRESS, str(error), run.now, is_final=True)
    except Unreachable as error:
        _refused(mail_id, tries, MailFault.UNREACHABLE, str(error), run.now, is_final=False)
        raise
    except AnswerLost as error:
        log.warning("mail_unclear", mail=mail_id)
        _move(mail_id, tries, MailState.SENDING, MailState.UNCLEAR, answer=str(error)[:300])
    else:
        _move(mail_id, tries, MailState.SENDING, MailState.SENT, sent_at=run.now, fault="", answer="")
        return True
    return False


def _settle_left_behind(now: datetime) -> None:
    """Offer again what a dead process had only claimed, show what it was handing over, drop what comes too late."""
    queued, claimed = OutboxMail.state == MailState.QUEUED.value, OutboxMail.state == MailState.CLAIMED.value
    sending = OutboxMail.state == MailState.SENDING.value
    too_late = {"state": MailState.FAILED.value, "fault": MailFault.TOO_LATE.value}
    with transaction():
        for which, values in (
            (claimed & (OutboxMail.due_at <= now), {"state": MailState.QUEUED.value}),
            (sending & (OutboxMail.due_at <= now), {"state": MailState.UNCLEAR.value}),
            (queued & (OutboxMail.expires_at <= now), too_late),
        ):
            db.session.execute(update(OutboxMail).where(which).values(**values))


def _claim(mail_id: int, run: Run) -> int | None:
    """Take a mail that waits and return which try this is, or None if it does not wait any more."""
    with transaction():
        waiting = update(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.state == MailState.QUEUED.value)
        taken = waiting.values(state=MailState.CLAIMED.value, tries=OutboxMail.tries + 1, due_at=run.claim_ends_at)
        return db.session.scalars(taken.returning(OutboxMail.tries)).one_or_none()


def _move(mail_id: int, tries: int, before: MailState, after: MailState, **values: object) -> bool:
    """Move a mail on, unless another try has taken it over."""
    with transaction():
        mine = (OutboxMail.id == mail_id, OutboxMail.state == before.value, OutboxMail.tries == tries)
        return change_rows(update(OutboxMail).where(*mine).values(state=after.value, **values)) == 1


def _refused(mail_id: int, tries: int, fault: MailFault, answer: str, now: datetime, *, is_final: bool) -> None:
    """Keep the mail for another try after a growing pause, or end it and say why."""
    log.warning("mail_refused", mail=mail_id, tries=tries, fault=fault.value)
    values: dict[str, object] = {"fault": fault.value, "answer": " ".join(answer.split())[:300]}
    if is_final or tries > len(RETRIES):
        after = MailState.FAILED
    else:
        after, values["due_at"] = MailState.QUEUED, now + timedelta(minutes=RETRIES[tries - 1])
    for before in (MailState.CLAIMED, MailState.SENDING):
        _move(mail_id, tries, before, after, **values)


def _letter(mail: OutboxMail, run: Run) -> EmailMessage:
    letter = EmailMessage(policy=_ON_THE_WIRE)
    letter["From"], letter["To"], letter["Subject"] = run.sender, mail.recipient, mail.subject
    if mail.reply_to:
        letter["Reply-To"] = mail.reply_to
    letter["Auto-Submitted"] = "auto-generated"
    letter["Date"] = format_datetime(run.now)
    letter["Message-ID"] = f"<{mail.message_id}@{run.address.rpartition('@')[2]}>"
    text = mail.text
    if mail.link_path:
        text = text.replace(LINK, links.address(mail.link_path, mail.link_seed))
    letter.set_content(text)
    for attachment in mail.attachments:
        kind, *parameters = attachment["media_type"].split(";")
        named = dict(parameter.strip().split("=", 1) for parameter in parameters)
        letter.add_attachment(
            attachment["content"],
            subtype=kind.partition("/")[2],
            filename=attachment["filename"],
            params=named,
        )
    if mail.language:
        letter["Content-Language"] = mail.language  # Setting the text before would have taken it away.
    return letter

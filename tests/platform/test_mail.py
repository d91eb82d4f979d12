"""A mail leaves after its act is committed, once, to one recipient, and again later only if the server refused it."""

import asyncio
import email
import email.policy
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from flask import Flask
from sqlalchemy import select

from portal.config import Settings
from portal.platform import mail
from portal.platform.db import db
from portal.platform.mail import Message, OutboxMail
from tests.factories import NOW
from tests.parallel import DEADLINE, dies, in_processes, killed

SENDER = "portal@localhost"


@dataclass
class Box:
    """What the server was given; `refusals` are its next answers."""

    url: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take a mail, or refuse it."""
        if self.refusals:
            return self.refusals.pop(0)
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 taken"


@contextmanager
def serving(box: Box) -> Iterator[Box]:
    """Run a mail server on a port that the operating system chooses."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0))
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE)
        loop.close()


@pytest.fixture
def box() -> Iterator[Box]:
    """Return the box of a mail server."""
    with serving(Box()) as box:
        yield box


def queue(
    recipient: str = "cholpon@example.org", subject: str = "Сертификат", text: str = "Саламатсызбы, Үсөн"
) -> None:
    mail.queue(Message(recipient=recipient, subject=subject, text=text), now=NOW)
    db.session.commit()


def send(settings: Settings, url: str, minutes: int = 0) -> int:
    return mail.send_due(url, settings.data, SENDER, NOW + timedelta(minutes=minutes))


def states() -> list[str]:
    found = list(db.session.scalars(select(OutboxMail.state).order_by(OutboxMail.id)))
    db.session.rollback()
    return found


def test_mail_is_sent_once(app: Flask, settings: Settings, box: Box) -> None:
    queue()
    assert [send(settings, box.url), send(settings, box.url)] == [1, 0]
    [letter] = box.letters
    assert (letter["To"], letter["From"], letter["Subject"]) == ("cholpon@example.org", SENDER, "Сертификат")
    assert letter.get_content().strip() == "Саламатсызбы, Үсөн"
    assert states() == ["sent"]


def test_mail_of_a_rolled_back_act_is_not_sent(app: Flask, settings: Settings, box: Box) -> None:
    mail.queue(Message("cholpon@example.org", "s", "t"), now=NOW)
    db.session.rollback()
    assert send(settings, box.url) == 0
    assert box.letters == []


def test_refused_mail_is_sent_when_it_is_due_again(app: Flask, settings: Settings, box: Box) -> None:
    queue()
    box.refusals = ["451 try later"]
    assert send(settings, box.url) == 0
    assert states() == ["queued"]
    assert send(settings, box.url) == 0
    assert send(settings, box.url, minutes=1) == 1
    assert len(box.letters) == 1
    assert states() == ["sent"]


def test_one_refused_mail_does_not_hold_back_the_others(app: Flask, settings: Settings, box: Box) -> None:
    queue("a@example.org")
    queue("b@example.org")
    box.refusals = ["550 no such person"]
    assert send(settings, box.url) == 1
    assert box.recipients == [["b@example.org"]]


def test_mail_that_is_always_refused_fails_in_the_end(app: Flask, settings: Settings, box: Box) -> None:
    queue()
    minutes = 0
    for pause in (1, 5, 15, 60, 240, 720, None):
        box.refusals = ["451 try later"]
        assert send(settings, box.url, minutes) == 0
        assert states() == ["queued" if pause else "failed"]
        minutes += pause or 0
    assert send(settings, box.url, minutes + 100_000) == 0
    assert box.refusals == []


def test_server_that_is_not_there_is_asked_again(app: Flask, settings: Settings) -> None:
    queue()
    assert send(settings, "smtp://127.0.0.1:1") == 0
    assert states() == ["queued"]


def test_message_id_stays_the_same_over_retries(app: Flask, settings: Settings, box: Box) -> None:
    queue()
    message_id = db.session.scalars(select(OutboxMail.message_id)).one()
    box.refusals = ["451 try later"]
    send(settings, box.url)
    send(settings, box.url, minutes=1)
    assert message_id in box.letters[0]["Message-ID"]


@pytest.mark.parametrize(
    ("recipient", "subject"),
    [
        ("cholpon@example.org\r\nBcc: all@example.org", "s"),
        ("cholpon@example.org, all@example.org", "s"),
        ("cholpon@example.org;all@example.org", "s"),
        ("Cholpon <cholpon@example.org>", "s"),
        ("cholpon", "s"),
        ("", "s"),
        ("cholpon@example.org", "s\r\nBcc: all@example.org"),
        ("cholpon@example.org", "s\nBcc: all@example.org"),
    ],
)
def test_mail_to_more_than_one_address_is_refused_when_it_is_queued(app: Flask, recipient: str, subject: str) -> None:
    with pytest.raises(ValueError, match="recipient|subject"):
        mail.queue(Message(recipient, subject, "t"), now=NOW)
    db.session.rollback()
    assert states() == []


def test_address_in_cyrillic_is_no_crash(app: Flask, settings: Settings, box: Box) -> None:
    queue("чолпон@example.org")
    queue("b@example.org")
    send(settings, box.url)
    assert box.recipients[-1] == ["b@example.org"]
    assert "sending" not in states()


def send_in_own_context(app: Flask, data: Any, url: str) -> int:
    with app.app_context():
        return mail.send_due(url, data, SENDER, NOW)


def test_parallel_senders_send_each_mail_once(app: Flask, settings: Settings, box: Box) -> None:
    for number in range(8):
        queue(f"person-{number}@example.org")
    sent = in_processes(settings, send_in_own_context, [(settings.data, box.url)] * 3)
    assert sum(sent) == 8
    assert sorted(box.recipients) == [[f"person-{number}@example.org"] for number in range(8)]


def queue_and_stop(app: Flask, reached: Callable[[], None]) -> None:
    with app.app_context():
        queue()
        reached()


def test_killed_after_the_act_the_mail_is_sent_later(app: Flask, settings: Settings, box: Box) -> None:
    with killed(settings, queue_and_stop):
        assert send(settings, box.url) == 1
    assert len(box.letters) == 1


class DiesAfterwards(Box):
    """A server that is left alone by its client once it has taken the mail."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        os.kill(int(self.letters[-1].get_content()), signal.SIGKILL)
        return answer


def queue_and_send(app: Flask, data: Any, url: str) -> None:
    with app.app_context():
        queue(text=str(os.getpid()))
        mail.send_due(url, data, SENDER, NOW)


def test_killed_after_the_server_took_it_the_mail_is_not_sent_again(app: Flask, settings: Settings) -> None:
    with serving(DiesAfterwards()) as box:
        dies(settings, queue_and_send, settings.data, box.url)
        assert send(settings, box.url, minutes=100_000) == 0
    assert len(box.letters) == 1
    assert states() == ["sending"]


def test_file_address_writes_each_mail_to_a_file(app: Flask, settings: Settings) -> None:
    queue()
    assert send(settings, "file:") == 1
    [path] = (settings.data / "mail").iterdir()
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert letter["To"] == "cholpon@example.org"

"""A mail leaves after its act is committed, once, to one recipient, and again later only if the server refused it."""

import email
import email.policy
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.config import Settings
from portal.platform import links, mail, smtp
from portal.platform.db import db
from portal.platform.mail import Message, OutboxMail
from tests.factories import NOW
from tests.mailserver import Box, serving
from tests.parallel import dies, in_processes, killed

SENDER = "portal@localhost"


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
    return smtp.send_due(url, settings.data, SENDER, NOW + timedelta(minutes=minutes))


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
        return smtp.send_due(url, data, SENDER, NOW)


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

    is_deadly = True

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if self.is_deadly:
            os.kill(int(self.letters[-1].get_content()), signal.SIGKILL)
        return answer


def queue_and_send(app: Flask, data: Any, url: str) -> None:
    with app.app_context():
        queue(text=str(os.getpid()))
        smtp.send_due(url, data, SENDER, NOW)


def test_killed_after_the_server_took_it_the_mail_is_not_sent_again(app: Flask, settings: Settings) -> None:
    with serving(DiesAfterwards()) as box:
        dies(settings, queue_and_send, settings.data, box.url)
        assert states() == ["sending"]
        assert send(settings, box.url, minutes=100_000) == 0
        assert len(box.letters) == 1
        assert states() == ["unclear"]
        # The control: whoever takes the claim back by itself sends the mail twice.
        db.session.execute(update(OutboxMail).values(state="queued", text=f"again, not to {os.getpid()}"))
        db.session.commit()
        box.is_deadly = False
        assert send(settings, box.url, minutes=100_000) == 1
    assert len(box.letters) == 2


class DiesBefore(Box):
    """A server that is left alone by its client as soon as it knows whom the mail is for."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("pid-"):
            os.kill(int(address.removeprefix("pid-").partition("@")[0]), signal.SIGKILL)
        return await super().handle_RCPT(server, session, envelope, address, options)


def queue_and_offer(app: Flask, data: Any, url: str) -> None:
    with app.app_context():
        queue(recipient=f"pid-{os.getpid()}@example.org")
        smtp.send_due(url, data, SENDER, NOW)


def test_killed_before_the_hand_over_the_mail_is_sent_later(app: Flask, settings: Settings) -> None:
    with serving(DiesBefore()) as box:
        dies(settings, queue_and_offer, settings.data, box.url)
        assert states() == ["claimed"]
    with serving(Box()) as box:
        assert send(settings, box.url, minutes=1) == 0
        assert send(settings, box.url, minutes=10) == 1
        assert send(settings, box.url, minutes=100_000) == 0
    assert len(box.letters) == 1


class Hangs(Box):
    """A server whose answer to the text never arrives."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        server.transport.abort()
        return answer


def test_lost_answer_leaves_the_mail_unclear_and_unsent(app: Flask, settings: Settings) -> None:
    queue("a@example.org")
    with serving(Hangs()) as box:
        assert send(settings, box.url) == 0
    assert (len(box.letters), states()) == (1, ["unclear"])
    with serving(Box()) as box:
        assert send(settings, box.url, minutes=100_000) == 0
    assert box.letters == []


def test_one_unknown_address_fails_alone_and_says_why(app: Flask, settings: Settings, box: Box) -> None:
    for name in "abc":
        queue(f"{name}@example.org")
    box.unknown = {"a@example.org": "550 no such person here", "b@example.org": "451 busy"}
    assert send(settings, box.url) == 1
    assert states() == ["failed", "queued", "sent"]
    failed = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).first()
    assert (failed.fault, failed.answer) == ("refused", "550 no such person here")
    db.session.rollback()
    box.unknown = {}
    assert send(settings, box.url, minutes=1) == 1
    assert box.recipients == [["c@example.org"], ["b@example.org"]]


def test_server_that_is_away_for_an_hour_gets_everything_once_it_is_back(app: Flask, settings: Settings) -> None:
    for number in range(5):
        queue(f"person-{number}@example.org")
    for minute in range(60):
        assert send(settings, "smtp://127.0.0.1:1", minutes=minute) == 0
    assert set(states()) == {"queued"}
    tries = db.session.scalars(select(OutboxMail.tries)).all()
    db.session.rollback()
    assert 5 <= sum(tries) <= 30, "One call a minute, and the pauses of each mail grow."
    with serving(Box()) as box:
        for minute in range(60, 120):
            send(settings, box.url, minutes=minute)
    assert sorted(box.recipients) == [[f"person-{number}@example.org"] for number in range(5)]
    assert set(states()) == {"sent"}


def test_mail_that_comes_too_late_is_not_sent(app: Flask, settings: Settings, box: Box) -> None:
    mail.queue(Message("a@example.org", "tomorrow", "t", expires_at=NOW + timedelta(hours=1)), now=NOW)
    db.session.commit()
    assert send(settings, box.url, minutes=60) == 0
    assert (box.letters, states()) == ([], ["failed"])


def keyed(key: str) -> Message:
    return Message("cholpon@example.org", "s", "t", key=key)


def queue_keyed(app: Flask, key: str) -> bool:
    with app.app_context():
        queued = mail.queue(keyed(key), now=NOW)
        db.session.commit()
        return queued is not None


def test_one_key_is_queued_once(app: Flask, settings: Settings) -> None:
    assert mail.queue(keyed("a"), now=NOW) is not None
    assert mail.queue(keyed("a"), now=NOW) is None
    assert mail.queue(keyed("b"), now=NOW) is not None
    db.session.commit()
    assert sum(in_processes(settings, queue_keyed, [("c",)] * 4)) == 1
    assert len(states()) == 3


def test_letter_carries_its_calendar_language_and_way_back(app: Flask, settings: Settings, box: Box) -> None:
    calendar = mail.Attachment("training.ics", "text/calendar; method=PUBLISH", "BEGIN:VCALENDAR\r\nX:Ысык-Көл\r\n")
    message = Message("a@example.org", "s", "t", (calendar,), reply_to="aida@example.org", language="ky")
    mail.queue(message, now=NOW)
    db.session.commit()
    assert send(settings, box.url) == 1
    [letter] = box.letters
    assert (letter["Reply-To"], letter["Content-Language"]) == ("aida@example.org", "ky")
    [part] = letter.iter_attachments()
    assert (part.get_content_type(), part.get_param("method"), part.get_filename()) == (
        "text/calendar",
        "PUBLISH",
        "training.ics",
    )
    assert part.get_content().splitlines() == calendar.content.splitlines()


def test_link_is_written_into_the_letter_and_stands_in_no_row(app: Flask, settings: Settings, box: Box) -> None:
    text = f"Your page:\n{mail.LINK}"
    mail.queue(Message("a@example.org", "s", text, link_path="/my#", link_seed="seed"), now=NOW)
    db.session.commit()
    secret = links.secret_of("seed")
    assert len(secret) == 22 and secret != links.secret_of("other")
    assert send(settings, box.url) == 1
    assert f"http://localhost/my#{secret}" in box.letters[0].get_content()
    row = db.session.execute(select(OutboxMail.__table__)).one()
    assert secret not in repr(tuple(row))


def test_file_address_writes_each_mail_to_a_file(app: Flask, settings: Settings) -> None:
    queue()
    assert send(settings, "file:") == 1
    [path] = (settings.data / "mail").iterdir()
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert letter["To"] == "cholpon@example.org"

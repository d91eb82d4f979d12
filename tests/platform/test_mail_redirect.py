"""A mail that waits goes to the corrected address, also when the server is being told of the old one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from portal.config import Settings
from portal.platform import mail, smtp
from portal.platform.db import db, transaction
from portal.platform.mail import Message, OutboxMail
from tests.factories import NOW
from tests.mailserver import Box, serving

pytestmark = pytest.mark.databases("sqlite")
OLD, NEW = "old@example.org", "new@example.org"
ABOUT = "registration 7XK2M9QP"


def redirect() -> None:
    mail.redirect([ABOUT], OLD, NEW)


def only_write_the_address() -> None:
    db.session.execute(update(OutboxMail).values(recipient=NEW))


@dataclass
class Correcting(Box):
    """A server in whose presence the address is corrected, after it was told of the old one."""

    app: Flask | None = None
    correct: Callable[[], None] | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.app is not None and self.correct is not None:
            correct, self.correct = self.correct, None
            with self.app.app_context(), transaction():
                correct()
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.mark.parametrize(
    ("correct", "recipients"),
    [(redirect, [[NEW]]), (only_write_the_address, [[OLD]])],
    ids=["redirected", "control"],
)
def test_mail_that_a_sender_has_claimed_goes_to_the_new_address(
    app: Flask, settings: Settings, correct: Callable[[], None], recipients: list[list[str]]
) -> None:
    mail.queue(Message(OLD, "words", "text", about=ABOUT), now=NOW)
    db.session.commit()
    with serving(Correcting(app=app, correct=correct)) as box:
        for minutes in (0, 10):
            smtp.send_due(box.url, settings.data, "portal@test.example", NOW + timedelta(minutes=minutes))
    assert box.recipients == recipients


def test_mail_without_a_new_address_is_not_sent(app: Flask, settings: Settings) -> None:
    queued = mail.queue(Message(OLD, "words", "text", about=ABOUT), now=NOW)
    mail.redirect([ABOUT], OLD, "")
    db.session.commit()
    with serving(Box()) as box:
        assert smtp.send_due(box.url, settings.data, "portal@test.example", NOW) == 0
    db.session.expire_all()
    assert queued is not None and (queued.state, queued.fault, box.letters) == ("failed", "address", [])

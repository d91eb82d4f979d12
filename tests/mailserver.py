"""A real mail server for tests, on a port of its own: what it was given, and what it shall answer."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.parallel import DEADLINE


@dataclass
class Box:
    """What the server was given; `refusals` are its next answers to a text, `unknown` its answers to recipients."""

    url: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Take a recipient, or refuse it."""
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 taken"

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

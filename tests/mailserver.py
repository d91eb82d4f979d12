"""A real mail server for tests, on a port of its own: what it was given, and what it shall answer.

With a certificate it speaks TLS, from the start or when asked to (STARTTLS).
"""

import asyncio
import email
import email.policy
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from tests.parallel import DEADLINE


@dataclass
class Box:
    """What the server was given; `refusals` are its next answers to a text, `unknown` its answers to recipients."""

    url: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    encrypted: list[bool] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Take a recipient, or refuse it."""
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 taken"

    def sign_in(self, _server: Any, _session: Any, _envelope: Any, _how: str, who: Any) -> AuthResult:
        """Take any name and password."""
        self.passwords.append(who.password)
        return AuthResult(success=True)

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        """Take a mail, or refuse it."""
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.refusals:
            return self.refusals.pop(0)
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 taken"


@contextmanager
def serving(box: Box, *, certificate: Path | None = None, from_the_start: bool = False) -> Iterator[Box]:
    """Run a mail server on a port that the operating system chooses; `certificate` is a PEM file with its key."""
    loop = asyncio.new_event_loop()
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
    asked = None if from_the_start else tls

    def protocol() -> SMTP:
        return SMTP(box, loop=loop, tls_context=asked, authenticator=box.sign_in, auth_require_tls=False)

    at_once = tls if from_the_start else None
    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=at_once))
    scheme = "smtps" if from_the_start else "smtp"
    box.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE)
        loop.close()

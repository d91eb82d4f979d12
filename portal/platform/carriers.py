"""Where mails go: a folder on this machine, or a mail server over an encrypted connection."""

import ipaddress
import os
import smtplib
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

_TIMEOUT = 20  # seconds
_TAKEN = (250, 251)
_CLOSING = 421
_FINAL = 500


class Refused(Exception):
    """The server answered no to this mail; `is_final` tells whether it will say so again."""

    def __init__(self, code: int, answer: bytes | str) -> None:
        words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        super().__init__(f"{code} {words}")
        self.is_final = code >= _FINAL


class Unreachable(Exception):
    """The server takes no mail at all now."""


class AnswerLost(Exception):
    """The text was given to the server, and its answer never came."""


def check(mail_url: str, data: Path) -> str:
    """Return what is wrong with where mails go, empty if a letter would be taken now; nothing is sent."""
    try:
        with carrier(mail_url, data) as found:
            found.reach()
    except Unreachable as error:
        return str(error)
    return ""


@contextmanager
def carrier(mail_url: str, data: Path) -> Iterator["Carrier"]:
    """Give what takes letters under this address, first who one is for, then what it says; close it at the end.

    It raises `Unreachable` if nothing is taken now, `Refused` if this letter is not, `AnswerLost` if nobody knows
    whether it was, ValueError if the address cannot be written in ASCII.
    """
    address = urlsplit(mail_url)
    kinds = {"file": Folder, "terminal": Terminal}
    found: Carrier = kinds[address.scheme](data / "mail") if address.scheme in kinds else Server(address)
    try:
        yield found
    finally:
        found.close()


class Folder:
    """Each mail a file, which any mail program opens; written twice, it is the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def reach(self) -> None:
        folder = self.folder if self.folder.exists() else self.folder.parent
        if not os.access(folder, os.W_OK):
            raise Unreachable(f"{folder} cannot be written")

    def offer(self, _sender: str, recipient: str) -> None:
        recipient.encode("ascii")

    def hand_over(self, letter: EmailMessage, name: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new = self.folder / f".{name}"
            new.write_bytes(letter.as_bytes())
            new.replace(self.folder / name)
        except OSError as error:
            raise Unreachable(str(error)) from error

    def close(self) -> None:
        """Leave nothing open."""


class Terminal(Folder):
    """For developers: the same, and each mail is shown where the worker runs."""

    def hand_over(self, letter: EmailMessage, name: str) -> None:
        super().hand_over(letter, name)
        body = letter.get_body(("plain",))
        text = body.get_content() if body else ""
        sys.stderr.write(f"\n--- mail to {letter['To']}: {letter['Subject']} ({self.folder / name})\n{text}---\n")


class Server:
    """A mail server, connected to with the first mail of a run and left with the last.

    Every connection that leaves this machine is encrypted, and the server's certificate must be good for its name:
    letters hold personal links and links to new passwords (`SSL_CERT_FILE` names an authority of one's own).
    """

    def __init__(self, address: SplitResult) -> None:
        self.address = address
        self._open: smtplib.SMTP | None = None

    def reach(self) -> None:
        """Connect, encrypt and sign in; a server whose certificate is not good, or that does not know us, is away."""
        try:
            self._connect()
        except (OSError, smtplib.SMTPException) as error:
            self._leave()
            raise Unreachable(str(error) or type(error).__name__) from error

    def offer(self, sender: str, recipient: str) -> None:
        """Say whom the next letter is for; a server that left between two letters is called once more."""
        recipient.encode("ascii")
        had_connection = self._open is not None
        try:
            self._envelope(sender, recipient)
        except Unreachable:
            if not had_connection:
                raise
            self._envelope(sender, recipient)

    def hand_over(self, letter: EmailMessage, _name: str) -> None:
        assert self._open is not None
        content = letter.as_bytes()
        try:
            code, answer = self._open.data(content)
        except smtplib.SMTPDataError as error:  # The server did not want to hear the text.
            self._leave()
            raise Refused(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            self._leave()
            raise AnswerLost(type(error).__name__) from error
        if code not in _TAKEN:
            raise Refused(code, answer)

    def close(self) -> None:
        if self._open is not None:
            try:
                self._open.quit()
            except (OSError, smtplib.SMTPException):
                self._leave()
            self._open = None

    def _envelope(self, sender: str, recipient: str) -> None:
        try:
            server = self._open or self._connect()
            code, answer = server.mail(sender)
            if code not in _TAKEN:
                self._leave()
                raise Unreachable(f"{code} {answer.decode(errors='replace')}")
            code, answer = server.rcpt(recipient)
            if code == _CLOSING:
                raise smtplib.SMTPServerDisconnected(f"{code} {answer.decode(errors='replace')}")
            if code not in _TAKEN:
                server.rset()
                raise Refused(code, answer)
        except (OSError, smtplib.SMTPException) as error:
            self._leave()
            raise Unreachable(str(error) or type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        host, port, trusted = self.address.hostname or "localhost", self.address.port or 0, ssl.create_default_context()
        if self.address.scheme == "smtps":
            self._open = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT, context=trusted)
        else:
            self._open = smtplib.SMTP(host, port, timeout=_TIMEOUT)
            self._open.ehlo_or_helo_if_needed()
            if self._open.has_extn("starttls"):
                self._open.starttls(context=trusted)
            elif not is_this_machine(host):
                raise smtplib.SMTPNotSupportedError(f"{host} does not offer STARTTLS")
        if self.address.username:
            self._open.login(unquote(self.address.username), unquote(self.address.password or ""))
        self._open.ehlo_or_helo_if_needed()
        return self._open

    def _leave(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None


Carrier = Folder | Server


def is_this_machine(host: str) -> bool:
    """Tell whether a connection to this host never leaves the machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

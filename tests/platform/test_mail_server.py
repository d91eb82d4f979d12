"""Letters leave the machine encrypted only, to a server whose certificate is good, and their headers arrive whole."""

import base64
import ipaddress
import quopri
import re
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask

from portal.config import Settings
from portal.platform import carriers, clock, mail, smtp
from portal.platform.db import db
from portal.platform.mail import Message, OutboxMail
from tests.factories import NOW
from tests.mailserver import Box, serving

pytestmark = pytest.mark.databases("sqlite")
SENDER = "Окуу порталы жана анын катышуучулары менен байланыш бөлүмү <portal@okuu.example>"
WORDS = "Ваш сертификат готов: «Расследование и уголовное преследование торговли людьми», 27 ноября 2026 года"
ENCODED = re.compile(r"=\?utf-8\?([bq])\?([^?]*)\?=", re.IGNORECASE)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a server's certificate with its key, for 127.0.0.1, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path / "mail.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


def send(settings: Settings, url: str, sender: str = SENDER) -> int:
    return smtp.send_due(url, settings.data, sender, NOW)


def queue(subject: str = WORDS) -> None:
    mail.queue(Message("cholpon@example.org", subject, "text"), now=NOW)
    db.session.commit()


def with_password(url: str) -> str:
    return url.replace("://", "://portal:secret@")


@pytest.mark.parametrize("from_the_start", [True, False], ids=["smtps", "starttls"])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_mail_goes_to_a_server_with_a_good_certificate_only(
    app: Flask,
    settings: Settings,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    from_the_start: bool,
    is_trusted: bool,
) -> None:
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    queue()
    with serving(Box(), certificate=certificate, from_the_start=from_the_start) as box:
        sent = send(settings, with_password(box.url))
    assert (sent, box.encrypted, box.passwords) == ((1, [True], [b"secret"]) if is_trusted else (0, [], []))
    found = db.session.query(OutboxMail).one()
    assert (found.state, found.fault) == (("sent", "") if is_trusted else ("queued", "unreachable"))
    assert ("CERTIFICATE_VERIFY_FAILED" in found.answer) is not is_trusted


def test_certificate_must_name_the_server(
    app: Flask, settings: Settings, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    queue()
    with serving(Box(), certificate=certificate) as box:
        assert send(settings, box.url.replace("127.0.0.1", "localhost")) == 0
        assert send(settings, box.url) == 0  # It waits for its next try.
    assert not box.letters


def test_starttls_is_used_without_a_password_too(
    app: Flask, settings: Settings, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    queue()
    with serving(Box(), certificate=certificate) as box:
        assert send(settings, box.url) == 1
    assert box.encrypted == [True]


def test_unencrypted_mail_stays_on_this_machine(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()
    with serving(Box()) as box:
        with monkeypatch.context() as elsewhere:  # A name that leads here and that nobody knows to be this machine.
            elsewhere.setattr(carriers, "is_this_machine", lambda _host: False)
            assert send(settings, with_password(box.url)) == 0
        assert (box.letters, box.passwords) == ([], [])
        db.session.query(OutboxMail).update({"due_at": NOW})
        db.session.commit()
        assert send(settings, with_password(box.url)) == 1
    assert box.encrypted == [False]


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True)]
    + [("mail.example", False), ("10.0.0.1", False), ("localhost.example", False), ("127.0.0.1.example", False)],
)
def test_only_loopback_is_this_machine(host: str, is_here: bool) -> None:
    assert carriers.is_this_machine(host) is is_here


def test_doctors_look_finds_a_server_that_is_away_or_not_to_be_trusted(settings: Settings, certificate: Path) -> None:
    with serving(Box()) as box:
        assert carriers.check(box.url, settings.data) == ""
    assert carriers.check(box.url, settings.data)
    with serving(Box(), certificate=certificate) as box:
        assert "CERTIFICATE_VERIFY_FAILED" in carriers.check(box.url, settings.data)
    assert carriers.check("file:", settings.data) == ""


def decoded(header: bytes) -> str:
    """Decode a header as RFC 2047 (6.2) says: white space between two encoded words is dropped, any other stays."""
    text = re.sub(r"\r\n(?=[ \t])", "", header.decode("ascii"))
    text = re.sub(r"(\?=)[ \t]+(?==\?)", r"\1", text)
    parts, place = [], 0
    for found in ENCODED.finditer(text):
        parts.append(text[place : found.start()].encode())
        word = found[2].encode()
        parts.append(base64.b64decode(word) if found[1].lower() == "b" else quopri.decodestring(word, header=True))
        place = found.end()
    return b"".join([*parts, text[place:].encode()]).decode()


@pytest.mark.parametrize("cut", range(20, len(WORDS), 3))
def test_no_space_of_a_subject_is_lost_wherever_it_folds(app: Flask, settings: Settings, cut: int) -> None:
    subject = WORDS[:cut].strip()
    queue(subject)
    assert send(settings, "file:") == 1
    [path] = (settings.data / "mail").glob("*.eml")
    head = path.read_bytes().partition(b"\r\n\r\n")[0]
    headers = dict(line.split(b": ", 1) for line in re.split(rb"\r\n(?![ \t])", head))
    assert decoded(headers[b"Subject"]) == subject
    assert str(make_header(decode_header(headers[b"Subject"].decode()))) == subject
    assert decoded(headers[b"From"]) == SENDER
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert all(len(word[0]) <= 75 for word in re.finditer(rb"=\?.*?\?=", head))


def test_envelope_and_message_id_name_the_bare_address(app: Flask, settings: Settings) -> None:
    queue()
    with serving(Box()) as box:
        assert send(settings, box.url) == 1
    [letter] = box.letters
    assert [one.addr_spec for one in letter["From"].addresses] == ["portal@okuu.example"]
    assert letter["Message-ID"].strip("<>").endswith("@okuu.example")

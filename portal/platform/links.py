"""Personal links, derived when a mail leaves, so that no database holds their secret.

A row keeps a random seed; the secret follows from it with a key that the database does not hold. A new
PORTAL_SECRET_KEY changes what follows from a seed: links that were sent stay good, since they are known by their hash.
"""

import base64
import hashlib
import hmac
from email.utils import parseaddr
from urllib.parse import urlsplit

from flask import current_app

from portal.platform import tokens

_BYTES = 16


def secret_of(seed: str) -> str:
    """Return the secret that belongs to a seed: 128 bits as 22 letters that are safe in a URL."""
    return base64.urlsafe_b64encode(_digest(b"personal link", seed)[:_BYTES]).decode().rstrip("=")


def code_of(words: str, length: int) -> str:
    """Return a code that follows from words and that nobody else can reckon, in letters that can be read aloud."""
    return "".join(tokens.ALPHABET[byte % len(tokens.ALPHABET)] for byte in _digest(b"code", words)[:length])


def address(path: str, seed: str = "") -> str:
    """Return the whole address of a link; after the end of `path` the secret of a seed stands, if there is one."""
    return f"{current_app.config['PORTAL_BASE_URL']}{path}{secret_of(seed) if seed else ''}"


def masked(path: str) -> str:
    """Return how a link looks where its secret must not be shown."""
    return f"{current_app.config['PORTAL_BASE_URL']}{path}…"


def mailbox() -> tuple[str, str]:
    """Return the name and the address under which mails leave."""
    return parseaddr(current_app.config["PORTAL_SETTINGS"].mail_from)


def host() -> str:
    return urlsplit(current_app.config["PORTAL_BASE_URL"]).hostname or "localhost"


def _digest(purpose: bytes, words: str) -> bytes:
    installation = current_app.config["SECRET_KEY"].encode()
    key = hmac.new(installation, purpose, hashlib.sha256).digest()
    return hmac.new(key, words.encode(), hashlib.sha256).digest()

"""Encrypt what the database may store but not reveal, with a key outside it.

AES-256-GCM with a random nonce. `place` (table, column and row, or what a ticket is for) is bound in, so that what is
moved elsewhere cannot be read.
"""

import base64
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from portal.platform.keys import declare, kept

_KEY = declare("vault.aes256", lambda: AESGCM.generate_key(256))
_NONCE = 12


class DecryptionFailed(ValueError):
    """Refuse a text that was not encrypted here, or not for this place."""


def encrypt(text: str, place: str) -> str:
    """Return the text as only this installation can read it, in letters that are safe in a URL."""
    nonce = secrets.token_bytes(_NONCE)
    return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, text.encode(), place.encode())).decode()


def decrypt(encrypted: str, place: str) -> str:
    """Return what was encrypted for this place.

    :raises DecryptionFailed: if it was not encrypted here, was changed, or belongs elsewhere.
    """
    try:
        raw = base64.urlsafe_b64decode(encrypted)
        if base64.urlsafe_b64encode(raw).decode() != encrypted:  # The last letter has bits that decoding ignores.
            raise DecryptionFailed
        return _cipher().decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise DecryptionFailed from error


def draw(text: str) -> str:
    """Return what nobody can foretell who has not our key, and what is the same whenever it is drawn for this text."""
    return hmac.new(_key(), f"draw {text}".encode(), "sha256").hexdigest()


def _cipher() -> AESGCM:
    return AESGCM(_key())


def _key() -> bytes:
    return kept(_KEY, current_app.config["PORTAL_SETTINGS"].keys)

"""Encrypt what the database may store but not reveal, with a key outside it.

AES-256-GCM with a random nonce. `place` (table, column and row, or what a ticket is for) is bound in, so that a sealed
text that is moved elsewhere does not open.
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


class Sealed(ValueError):
    """Refuse a text that was not sealed here, or not for this place."""


def seal(text: str, place: str) -> str:
    """Return the text as only this installation can read it, in letters that are safe in a URL."""
    nonce = secrets.token_bytes(_NONCE)
    return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, text.encode(), place.encode())).decode()


def unseal(sealed: str, place: str) -> str:
    """Return what was sealed for this place.

    :raises Sealed: if it was not sealed here, was changed, or belongs elsewhere.
    """
    try:
        raw = base64.urlsafe_b64decode(sealed)
        if base64.urlsafe_b64encode(raw).decode() != sealed:  # The last letter has bits that decoding ignores.
            raise Sealed
        return _cipher().decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise Sealed from error


def draw(text: str) -> str:
    """Return what nobody can foretell who has not our key, and what is the same whenever it is drawn for this text."""
    return hmac.new(_key(), f"draw {text}".encode(), "sha256").hexdigest()


def _cipher() -> AESGCM:
    return AESGCM(_key())


def _key() -> bytes:
    return kept(_KEY, current_app.config["PORTAL_SETTINGS"].keys)

"""PINs of eight digits, hashed with a key that the database does not hold.

A hundred million possible PINs are tried in weeks against any hash that a server can afford, Argon2id included. Keyed
with the installation's secret, what a thief of the database alone holds cannot be tried at all; whoever has the secret
as well could make sign-ins anyway. It takes microseconds, so that slips for a whole training fit into one transaction.
A new PORTAL_SECRET_KEY ends all printed PINs.
"""

import hashlib
import hmac

from flask import current_app

from portal.platform import tokens


def hash_pin(owner: str, pin: str) -> str:
    """Return what is stored of a PIN; `owner` binds it to whom it was given."""
    salt = tokens.random_token()
    return f"{salt}${_digest(salt, owner, pin)}"


def is_pin(stored: str | None, owner: str, typed: str) -> bool:
    """Tell whether the PIN fits; without a stored one it works as long and says no."""
    salt, _, digest = (stored or "$").partition("$")
    is_same = hmac.compare_digest(_digest(salt, owner, typed), digest)
    return stored is not None and is_same


def _digest(salt: str, owner: str, pin: str) -> str:
    secret = current_app.config["SECRET_KEY"].encode()
    key = hmac.new(secret, b"participant pin", hashlib.sha256).digest()
    return hmac.new(key, f"{salt}\0{owner}\0{pin}".encode(), hashlib.sha256).hexdigest()

"""Hash passwords with Argon2id, and eight-digit PINs with a key outside the database.

A hundred million possible PINs are tried in weeks against any hash that a server can afford, Argon2id included. Keyed
with the installation's secret, what a thief of the database alone holds cannot be tried at all; whoever has the secret
as well could make sign-ins anyway. It takes microseconds, so that slips for a whole training fit into one transaction.
A new PORTAL_SECRET_KEY ends all printed PINs.
"""

import base64
import hashlib
import hmac
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from flask import current_app

from portal.platform import tokens

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_places = threading.BoundedSemaphore(2)


def _letters(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")


_costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
# The hash of no password: checking one against it takes the usual time, making it takes none.
_NOBODY = f"$argon2id$v=19${_costs}${_letters(16)}${_letters(32)}"


def hash_password(password: str) -> str:
    """Return the hash to store; never call it inside a writing transaction (it takes about 50 ms)."""
    with _places:
        return _hasher.hash(password)


def is_password(stored: str | None, typed: str) -> bool:
    """Tell whether the password fits; without a stored hash it works as long and says no."""
    with _places:
        try:
            _hasher.verify(stored or _NOBODY, typed)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
    return bool(stored)


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

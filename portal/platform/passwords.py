"""Argon2id with our parameters, at most two at once, and the same time spent when there is no account."""

import base64
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

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

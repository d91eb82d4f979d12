"""Random references, codes and their hashes."""

import hashlib
import secrets

# Crockford's base 32: no I, L, O, U, so that a printed code can be read aloud and typed again.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1"})
# The letters of a Cyrillic keyboard that look like printed ones.
_LOOK_ALIKES = str.maketrans("АВЕЗКМНОРСТУХ", "ABE3KMH0PCTYX")


def random_token() -> str:
    """Return 128 random bits as 22 letters that are safe in a URL."""
    return secrets.token_urlsafe(16)


def random_code(length: int) -> str:
    """Return `length` random letters of Crockford's base 32 (5 bits each)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def random_pin() -> str:
    """Return eight random digits: 26 bits, and a keyboard of numbers to type them."""
    return f"{secrets.randbelow(100_000_000):08d}"


def normalize_code(typed: str) -> str:
    """Return a typed code as it was printed: capitals, no separators, O as 0, I and L as 1, Cyrillic as seen."""
    letters = "".join(character for character in typed.upper() if character.isalnum())
    return letters.translate(_LOOK_ALIKES).translate(_FORGIVEN)


def hash_token(token: str) -> str:
    """Return the SHA-256 of a random token in hex; enough for 128 random bits, never for a password."""
    return hashlib.sha256(token.encode()).hexdigest()

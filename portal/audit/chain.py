"""How entries of the audit log are chained: each hash holds the one before it."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """Return `value` as JSON with sorted keys and no spaces, so that equal facts have equal bytes.

    :raises TypeError: if a value would not read back from the database as it is, such as a date.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def commitment(salt: str, detail: Any) -> str:
    """Return the salted hash that stands in the chain for a detail which may be erased later."""
    return hmac.new(salt.encode(), canonical(detail).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class ChainedFacts:
    """What the hash of an entry covers, beside the hash before it."""

    number: int
    at: datetime
    actor: str
    event: str
    subject: str
    commitment: str


def entry_hash(previous: str, facts: ChainedFacts, key: bytes) -> str:
    """Return h(i) = HMAC-SHA-256(key, h(i-1) ‖ canonical row); an entry from before there was a key has plain SHA-256.

    The moment counts as UTC, in whatever zone it is given.
    """
    at = facts.at.astimezone(UTC).isoformat(timespec="microseconds")
    row = canonical([facts.number, at, facts.actor, facts.event, facts.subject, facts.commitment])
    chained = previous.encode() + row.encode()
    return hmac.new(key, chained, hashlib.sha256).hexdigest() if key else hashlib.sha256(chained).hexdigest()


def entry_subject(number: int) -> str:
    """Return how the log calls one of its own entries. The database's triggers read it too (migration 0048)."""
    return f"entry {number}"


HEAD_LETTERS = 12
_HEAD = re.compile(r"\D*?(?:([0-9]{1,12})[^0-9a-f]+)?([0-9a-f]{12,64})")


@dataclass(frozen=True)
class Head:
    """The newest entry at a moment, as papers print it: its number and the first letters of its hash."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:HEAD_LETTERS]}"


def read_head(typed: str) -> tuple[int | None, str] | None:
    """Return the number, if there is one, and the letters of a head as somebody typed it; None if it is none."""
    found = _HEAD.fullmatch(typed.strip().lower())
    return (int(found[1]) if found[1] else None, found[2]) if found else None

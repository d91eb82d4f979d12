"""What all factories share: the fixed moment, running numbers, and how a row is added."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from portal.platform.db import db

NOW = datetime(2026, 9, 14, 4, 0, tzinfo=UTC)  # A Monday, 10:00 in Bishkek.
AFTER = NOW + timedelta(days=30)  # What began on NOW's day is over.
numbers = count(1)
_LETTERS = "абвгдежзик"


def add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def letters_of(number: int) -> str:
    """Return the number in Cyrillic letters, since names hold no digits."""
    return "".join(_LETTERS[int(digit)] for digit in str(number)).capitalize()

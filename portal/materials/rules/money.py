"""Sums of money: whole numbers of the smallest unit, read from what people type and written as they read them."""

import re

CURRENCIES = ("KGS", "USD", "EUR")
MOST = 1_000_000_000  # minor units of one copy: ten million som
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_SUM = re.compile(r"([0-9]{1,10})(?:[.,]([0-9]{1,2}))?")


def parse(typed: str) -> int | None:
    """Return a typed sum in the smallest unit, or None if it is none: 350, 350.00, 1 200,50."""
    found = _SUM.fullmatch(_SPACES.sub("", typed))
    if found is None:
        return None
    whole, part = found.groups()
    return int(whole) * 100 + int((part or "").ljust(2, "0"))


def written(sum_: int) -> str:
    """Return a sum of the smallest unit as it is typed: 350.00."""
    return f"{sum_ // 100}.{sum_ % 100:02d}"

"""How long a seal key remains valid."""

from datetime import datetime, timedelta
from enum import Enum

WARNED_BEFORE = timedelta(days=60)


class Standing(Enum):
    """Where a key stands on a day."""

    GOOD = "good"
    ENDING = "ending"
    ENDED = "ended"


def standing(valid_until: datetime, now: datetime) -> Standing:
    """Return whether a certificate is good, ends within 60 days, or has ended."""
    if valid_until <= now:
        return Standing.ENDED
    return Standing.ENDING if valid_until - now < WARNED_BEFORE else Standing.GOOD

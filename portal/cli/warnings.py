"""What a page would have refused: an operator's command goes ahead of the day, and names that in its answer."""

from datetime import datetime
from enum import StrEnum

from portal.trainings.models import Training


class Warned(StrEnum):
    """The stable codes of `warnings`, an item that is always there and mostly empty."""

    COUNTED_AHEAD = "counted_before_last_session"
    ISSUED_AHEAD = "issued_before_last_session"
    LOCKED_AHEAD = "locked_before_last_session"


def before_end(training: Training, warned: Warned, now: datetime) -> list[str]:
    """Return the warning if the last session of a training has not ended."""
    return [] if training.has_ended(now) else [warned.value]

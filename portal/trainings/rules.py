"""States of a training and what its dates and sessions say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class TrainingState(StrEnum):
    """The stored states; what follows from dates is derived by `phase`."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    HELD = "held"
    FINALIZED = "finalized"
    CANCELLED_BY_ORGANIZER = "cancelled_by_organizer"
    CANCELLED_BY_HOST = "cancelled_by_host"


class Phase(StrEnum):
    """Where an approved training stands on a given day; derived, never stored."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True)
class Block:
    """A timed block of an agenda."""

    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        """Return the scheduled length in whole minutes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


def phase(starts_on: date, ends_on: date, today: date) -> Phase:
    """Return where the training stands on `today`."""
    if today < starts_on:
        return Phase.UPCOMING
    return Phase.RUNNING if today <= ends_on else Phase.OVER


def overlapping(blocks: Iterable[Block]) -> tuple[Block, Block] | None:
    """Return the first two blocks that overlap in time, if any."""
    ordered = sorted(blocks, key=lambda block: block.starts_at)
    for earlier, later in zip(ordered, ordered[1:], strict=False):
        if later.starts_at < earlier.ends_at:
            return earlier, later
    return None

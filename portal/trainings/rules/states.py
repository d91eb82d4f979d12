"""States of a training and what its dates say."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
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


CANCELLED = (TrainingState.CANCELLED_BY_ORGANIZER, TrainingState.CANCELLED_BY_HOST)

# Where a training may go by hand. It is finalized by reconciliation, and cancelled with a reason.
MOVES: Mapping[TrainingState, tuple[TrainingState, ...]] = {
    TrainingState.DRAFT: (TrainingState.PENDING_APPROVAL,),
    TrainingState.PENDING_APPROVAL: (TrainingState.APPROVED, TrainingState.DRAFT),
    TrainingState.APPROVED: (TrainingState.HELD, TrainingState.PENDING_APPROVAL),
    TrainingState.HELD: (TrainingState.APPROVED,),
}


def can_move(state: str, to: TrainingState) -> bool:
    """Tell whether a training in `state` may be moved on, or back, to another state."""
    return to in MOVES.get(TrainingState(state), ())


def has_ended(ends_on: date, ends_at: datetime | None, zone: tzinfo, now: datetime) -> bool:
    """Tell whether the last day has come, on the venue's calendar, and the last session is over."""
    return now.astimezone(zone).date() >= ends_on and (ends_at is None or ends_at <= now)


class Phase(StrEnum):
    """Where an approved training stands on a given day; derived, never stored."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"


def phase(starts_on: date, ends_on: date, today: date) -> Phase:
    """Return where the training stands on `today`."""
    if today < starts_on:
        return Phase.UPCOMING
    return Phase.RUNNING if today <= ends_on else Phase.OVER

"""Whether a training can still be moved or cancelled."""

from dataclasses import dataclass
from enum import StrEnum

from portal.trainings.rules.states import CANCELLED, TrainingState


class Obstacle(StrEnum):
    """Why not."""

    FINALIZED = "finalized"
    CANCELLED = "cancelled"
    TOOK_PLACE = "took_place"
    MARKED = "marked"
    CERTIFIED = "certified"


@dataclass(frozen=True)
class Papers:
    """What stands on paper of a training: people marked, certificates that are worth something."""

    marked: int = 0
    certified: int = 0


def move_obstacle(state: str, papers: Papers) -> Obstacle | None:
    """Return why a training cannot be moved: marks and certificates name its days."""
    found = _end(state)
    if found is None and papers.certified:
        return Obstacle.CERTIFIED
    return Obstacle.MARKED if found is None and papers.marked else found


def cancel_obstacle(state: str, papers: Papers) -> Obstacle | None:
    """Return why a training cannot be cancelled; one that broke off after its first marks can."""
    found = _end(state)
    return Obstacle.CERTIFIED if found is None and papers.certified else found


def _end(state: str) -> Obstacle | None:
    if state == TrainingState.FINALIZED:
        return Obstacle.FINALIZED
    if state == TrainingState.HELD:
        return Obstacle.TOOK_PLACE
    return Obstacle.CANCELLED if state in CANCELLED else None

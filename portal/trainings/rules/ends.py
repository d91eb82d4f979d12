"""Whether a training can still be moved or cancelled."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.records.rules import PlanFault, PlanFaultCode
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


def goes_back(starts_on: date, was: date, today: date) -> bool:
    """Tell whether a training would come to begin on a day that has gone by: nobody is told of it."""
    return starts_on != was and starts_on < today


def past_faults(starts_on: date, was: date, today: date, *, is_meant: bool) -> list[PlanFault]:
    """Return what stands against a first day that has gone by, unless somebody has said that it is meant."""
    is_slip = goes_back(starts_on, was, today) and not is_meant
    return [PlanFault(PlanFaultCode.PAST_NOT_MEANT, "is_past_meant")] if is_slip else []


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

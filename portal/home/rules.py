"""What a coordinator has to do, and what is late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from portal.workspace.rules import Step, StepState

T = TypeVar("T")
SOON = timedelta(days=30)


@dataclass(frozen=True)
class Task(Generic[T]):
    """An open step of a training."""

    training: T
    step: Step


@dataclass(frozen=True)
class Work(Generic[T]):
    """Everything that waits: what is late, and what is next, each by its day."""

    late: list[Task[T]]
    now: list[Task[T]]
    later: list[Task[T]]


def sort_work(trainings: Iterable[tuple[T, Sequence[Step]]], today: date) -> Work[T]:
    """Return the open steps of some trainings, late ones first; a step that is due far ahead comes last."""
    tasks = [Task(training, step) for training, steps in trainings for step in steps if step.is_open]
    tasks.sort(key=lambda task: task.step.due_on or date.max)
    late = [task for task in tasks if task.step.state == StepState.ATTENTION]
    rest = [task for task in tasks if task.step.state != StepState.ATTENTION]
    now = [task for task in rest if (task.step.due_on or date.max) <= today + SOON]
    return Work(late, now, [task for task in rest if task not in now])

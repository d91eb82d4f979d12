"""What a coordinator has to do, and what is late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Protocol, TypeVar

from portal.calls.rules import CallStatus
from portal.workspace.rules import Step, StepState

T = TypeVar("T")
SOON = timedelta(days=30)


@dataclass(frozen=True)
class Task(Generic[T]):
    """An open step of a training."""

    training: T
    step: Step

    @property
    def is_late(self) -> bool:
        """Tell whether it should have been done before today."""
        return self.step.state == StepState.ATTENTION


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
    late = [task for task in tasks if task.is_late]
    rest = [task for task in tasks if not task.is_late]
    far = today + SOON
    now = [task for task in rest if (task.step.due_on or date.max) <= far]
    return Work(late, now, [task for task in rest if task not in now])


class Answerable(Protocol):
    """Something that an institution answers by a day."""

    def status(self, today: date) -> CallStatus: ...
    @property
    def due_on(self) -> date: ...


A = TypeVar("A", bound=Answerable)


@dataclass(frozen=True)
class Answers(Generic[A]):
    """What trainings ask of an institution: too late, to be answered, answered, and over."""

    missed: list[A]
    open: list[A]
    answered: list[A]
    over: list[A]


def sort_answers(asked: Iterable[A], today: date) -> Answers[A]:
    """Return what is asked by how its answer stands, each by its day; what is over, the latest first.

    What passed without the institution being asked in particular is left out.
    """
    by_day = sorted(asked, key=lambda one: one.due_on)
    of: dict[CallStatus, list[A]] = {status: [] for status in CallStatus}
    for one in by_day:
        of[one.status(today)].append(one)
    answered = sorted([*of[CallStatus.HANDED_IN], *of[CallStatus.ANSWERED]], key=lambda one: one.due_on)
    return Answers(of[CallStatus.MISSED], of[CallStatus.OPEN], answered, of[CallStatus.OVER][::-1])

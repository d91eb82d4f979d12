"""What waits, and in which order."""

from datetime import date, timedelta

from portal.home import rules
from portal.workspace.rules import Note, Step, StepKey, StepState

TODAY = date(2026, 9, 14)


def step(state: StepState, due_in: int | None) -> Step:
    due_on = None if due_in is None else TODAY + timedelta(days=due_in)
    return Step(StepKey.NAMES, state, Note.NAMES_CHECKED, {}, due_on)


def test_late_things_come_first_each_by_its_day() -> None:
    trainings = [
        ("A", [step(StepState.DONE, -9), step(StepState.CURRENT, 5)]),
        ("B", [step(StepState.ATTENTION, -1), step(StepState.CURRENT, 40)]),
        ("C", [step(StepState.ATTENTION, -3), step(StepState.TODO, 2), step(StepState.CURRENT, 1)]),
    ]
    work = rules.sort_work(trainings, TODAY)
    assert [task.training for task in work.late] == ["C", "B"]
    assert [task.training for task in work.now] == ["C", "A"]
    assert [task.training for task in work.later] == ["B"]


def test_nothing_waits() -> None:
    work = rules.sort_work([("A", [step(StepState.DONE, None)])], TODAY)
    assert (work.late, work.now, work.later) == ([], [], [])

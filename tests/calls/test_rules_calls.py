"""How an institution's answer to a training stands."""

from datetime import date, timedelta

import pytest

from portal.calls.rules import VERDICTS, Answer, CallStatus, Verdict, kept_seats, status_of
from portal.registration.rules import RegistrationState

TODAY = date(2026, 9, 14)


@pytest.mark.parametrize(
    ("due_in", "answer", "expected"),
    [
        (0, Answer(), CallStatus.OPEN),
        (0, Answer(seats=5, waiting=4), CallStatus.OPEN),
        (0, Answer(seats=5, waiting=2, confirmed=3), CallStatus.ANSWERED),
        (0, Answer(waiting=1), CallStatus.ANSWERED),
        (0, Answer(seats=5, has_list=True), CallStatus.HANDED_IN),
        (0, Answer(seats=1, not_confirmed=1), CallStatus.OPEN),
        (-1, Answer(seats=5, waiting=4), CallStatus.MISSED),
        (-1, Answer(seats=5, confirmed=5), CallStatus.ANSWERED),
        (-1, Answer(), CallStatus.PASSED),
        (-1, Answer(confirmed=1), CallStatus.ANSWERED),
        (-1, Answer(seats=5, has_list=True), CallStatus.HANDED_IN),
    ],
)
def test_standing(due_in: int, answer: Answer, expected: CallStatus) -> None:
    due_on, starts_on = TODAY + timedelta(days=due_in), TODAY + timedelta(days=14)
    assert status_of("approved", starts_on, due_on, answer, TODAY) is expected


@pytest.mark.parametrize("state", ["held", "finalized", "cancelled_by_host"])
def test_nothing_is_asked_once_it_is_over(state: str) -> None:
    later = TODAY + timedelta(days=9)
    assert status_of(state, later, later, Answer(seats=5), TODAY) is CallStatus.OVER
    assert status_of("approved", TODAY, later, Answer(seats=5), TODAY) is CallStatus.OVER


def test_seats_of_the_parts_count_where_there_are_none_for_the_whole() -> None:
    assert kept_seats([]) is None
    assert kept_seats([(10, True), (4, False)]) == 10
    assert kept_seats([(3, False), (4, False)]) == 7


def test_every_state_is_told_without_its_reason() -> None:
    assert VERDICTS.keys() == set(RegistrationState)
    assert [state for state, verdict in VERDICTS.items() if verdict is Verdict.CONFIRMED] == ["confirmed"]

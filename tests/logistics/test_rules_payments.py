"""What participants are paid: days that count, the share of a rate, residents, rounding."""

import pytest

from portal.logistics.rules import Day, Payment, Rates, due, paid_days

WHOLE, HALF, LESS, NONE = ((minutes, 360) for minutes in (360, 180, 179, 0))


def rates(**changes: object) -> Rates:
    values = {"day_rate": 150_000, "day_share": 20, "travel": 40_000, "currency": "KGS"}
    return Rates(**{**values, "pays_residents": False, "day_minimum": 50, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "minimum", "number"),
    [
        ((WHOLE, WHOLE), 50, 2),
        ((WHOLE, HALF), 50, 2),
        ((WHOLE, LESS), 50, 1),
        ((LESS, LESS), 50, 0),
        ((LESS,), 1, 1),
        ((NONE,), 1, 0),
        (((359, 360),), 100, 0),
        (((0, 0),), 50, 0),
        ((), 50, 0),
    ],
)
def test_a_day_counts_from_its_minimum_on(days: tuple[Day, ...], minimum: int, number: int) -> None:
    assert paid_days(days, minimum) == number


@pytest.mark.parametrize(
    ("rate", "share", "per_day"),
    [
        (150_000, 100, 150_000),
        (150_000, 20, 30_000),
        (333, 50, 167),
        (333, 49, 163),
        (1, 50, 1),
        (1, 49, 0),
        (0, 100, 0),
    ],
)
def test_a_share_of_the_rate_is_rounded_half_up(rate: int, share: int, per_day: int) -> None:
    assert rates(day_rate=rate, day_share=share).per_day == per_day


def test_travel_comes_once_and_with_a_day() -> None:
    assert due([WHOLE, WHOLE], rates(), is_resident=False) == Payment(2, 30_000, 40_000)
    assert due([WHOLE, WHOLE], rates(), is_resident=False).total == 100_000
    assert due([LESS, NONE], rates(), is_resident=False).total == 0


def test_residents_are_paid_only_where_the_rates_say_so() -> None:
    assert due([WHOLE], rates(), is_resident=True) == Payment(1, 0, 0)
    assert due([WHOLE], rates(pays_residents=True), is_resident=True).total == 70_000


@pytest.mark.parametrize(
    "wrong", [{"day_rate": -1}, {"travel": -1}, {"day_share": 101}, {"day_minimum": 0}, {"day_rate": 10**9}]
)
def test_rates_that_nobody_can_be_paid_by_are_not_sensible(wrong: dict[str, int]) -> None:
    assert rates().is_sensible
    assert not rates(**wrong).is_sensible

"""The sheet of a month."""

from dataclasses import dataclass
from datetime import date

from portal.trainings import rules as training_rules


@dataclass(frozen=True)
class Lasting:
    starts_on: date
    ends_on: date


def test_sheet_holds_whole_weeks_and_every_day_of_a_training() -> None:
    over_the_edge = Lasting(date(2026, 10, 30), date(2026, 11, 2))
    days = list(training_rules.sheet(date(2026, 11, 1), [over_the_edge]))
    assert (days[0].day, days[-1].day, len(days)) == (date(2026, 10, 26), date(2026, 12, 6), 42)
    shown = [(day.day.isoformat(), day.is_in_month, day.entries[0].is_first) for day in days if day.entries]
    assert shown == [
        ("2026-10-30", False, False),
        ("2026-10-31", False, False),
        ("2026-11-01", True, True),
        ("2026-11-02", True, False),
    ]


def test_months_beside_end_where_planning_ends() -> None:
    assert training_rules.beside(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert training_rules.beside(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert training_rules.beside(date(2000, 1, 1), -1) is None
    assert training_rules.beside(date(2099, 12, 1), 1) is None
    assert training_rules.bounds(date(2027, 2, 1)) == (date(2027, 2, 1), date(2027, 2, 28))

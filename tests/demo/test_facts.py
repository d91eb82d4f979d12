"""When the trainings of the demo are."""

from datetime import date, timedelta

import pytest

from portal.demo import facts


@pytest.mark.parametrize("today", [date(2026, 9, 14) + timedelta(days=day) for day in range(7)])
def test_days_never_fall_on_a_weekend_but_for_today(today: date) -> None:
    for demo in (facts.OSH, facts.TALAS):
        assert demo.starts_on(today).weekday() == 1
    assert facts.ISSYK_KUL.starts_on(today) == today

"""What stands against a plan, and what is proposed for it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.platform.texts import Text
from portal.records.rules import RecordFaultCode
from portal.trainings import rules as training_rules
from portal.trainings.rules import Phase, Plan, PlannedAllotment, PlannedSession, phase

BISHKEK = ZoneInfo("Asia/Bishkek")
FIRST, LAST = date(2026, 9, 14), date(2026, 9, 15)


def session(day: int, begin: str, end: str, title: str = "Занятие") -> PlannedSession:
    """Return a session on a day of September 2026, on Bishkek's clock."""
    starts, ends = (
        datetime.fromisoformat(f"2026-09-{day:02d}T{clock}").replace(tzinfo=BISHKEK) for clock in (begin, end)
    )
    return PlannedSession(Text(ru=title), starts, ends)


PLAN = Plan(
    titles=Text(ru="Расследование"),
    starts_on=FIRST,
    ends_on=LAST,
    hours=12,
    capacity=60,
    minimum_attendance=80,
    time_zone="Asia/Bishkek",
    sessions=(session(14, "09:30", "12:30"), session(15, "09:30", "12:30")),
    allotments=(PlannedAllotment(40, institution_id=1),),
)


def codes(plan: Plan) -> list[tuple[RecordFaultCode, str, int | None]]:
    """Return the faults of a plan without their words."""
    return [(fault.code, fault.field, fault.place) for fault in training_rules.plan_faults(plan)]


def test_good_plan_has_no_faults() -> None:
    assert codes(PLAN) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"titles": Text()}, (RecordFaultCode.TITLE_MISSING, "title_ru", None)),
        ({"titles": Text(en="x" * 301)}, (RecordFaultCode.TEXT_TOO_LONG, "title_en", None)),
        ({"titles": Text(ky="Ош\u202eшО")}, (RecordFaultCode.HIDDEN_CHARACTER, "title_ky", None)),
        ({"titles": Text(ky="Ош\0")}, (RecordFaultCode.HIDDEN_CHARACTER, "title_ky", None)),
        ({"starts_on": date(226, 9, 14)}, (RecordFaultCode.YEAR_IMPLAUSIBLE, "starts_on", None)),
        ({"capacity": 0, "allotments": ()}, (RecordFaultCode.SEATS_TOO_FEW, "capacity", None)),
        ({"capacity": -3, "allotments": ()}, (RecordFaultCode.SEATS_TOO_FEW, "capacity", None)),
        ({"capacity": 10_001}, (RecordFaultCode.SEATS_TOO_MANY, "capacity", None)),
        ({"minimum_attendance": 101}, (RecordFaultCode.MINIMUM_NOT_PERCENT, "minimum_attendance", None)),
        ({"hours": 0}, (RecordFaultCode.HOURS_IMPLAUSIBLE, "hours", None)),
        ({"sessions": ()}, (RecordFaultCode.SESSIONS_MISSING, "sessions", None)),
        ({"allotments": (PlannedAllotment(61),)}, (RecordFaultCode.ALLOTMENT_OVER_CAPACITY, "seats", 0)),
        ({"allotments": (PlannedAllotment(0),)}, (RecordFaultCode.SEATS_TOO_FEW, "seats", 0)),
        (
            {"allotments": (PlannedAllotment(5, 1), PlannedAllotment(6, 1))},
            (RecordFaultCode.ALLOTMENT_TWICE, "institution_id", 1),
        ),
    ],
)
def test_fault_is_named_at_its_field(changes: dict, expected: tuple) -> None:
    assert expected in codes(replace(PLAN, **changes))


def test_end_before_start() -> None:
    plan = replace(PLAN, starts_on=LAST, ends_on=FIRST)
    assert (RecordFaultCode.ENDS_BEFORE_START, "ends_on", None) in codes(plan)


def test_sixty_days_are_the_most() -> None:
    longest = replace(PLAN, ends_on=FIRST + timedelta(days=59))
    assert codes(longest) == []
    too_long = replace(PLAN, ends_on=FIRST + timedelta(days=60))
    assert codes(too_long) == [(RecordFaultCode.TOO_MANY_DAYS, "ends_on", None)]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (session(15, "12:30", "09:30"), (RecordFaultCode.SESSION_ENDS_BEFORE_START, "ends_at", 1)),
        (session(15, "09:30", "09:30"), (RecordFaultCode.SESSION_ENDS_BEFORE_START, "ends_at", 1)),
        (session(16, "09:30", "12:30"), (RecordFaultCode.SESSION_OUTSIDE_DAYS, "local_date", 1)),
        (session(13, "09:30", "12:30"), (RecordFaultCode.SESSION_OUTSIDE_DAYS, "local_date", 1)),
        (session(14, "12:29", "13:30"), (RecordFaultCode.SESSIONS_OVERLAP, "starts_at", 1)),
        (session(14, "09:30", "12:30"), (RecordFaultCode.SESSIONS_OVERLAP, "starts_at", 1)),
        (session(15, "09:30", "12:30", title=""), (RecordFaultCode.SESSION_TITLE_MISSING, "title_ru", 1)),
    ],
)
def test_wrong_session_is_named_by_its_place(wrong: PlannedSession, expected: tuple) -> None:
    assert codes(replace(PLAN, sessions=(session(14, "09:30", "12:30"), wrong))) == [expected]


def test_sessions_that_touch_do_not_overlap() -> None:
    assert codes(replace(PLAN, sessions=(session(14, "09:30", "12:30"), session(14, "12:30", "16:30")))) == []


def test_session_over_midnight() -> None:
    night = PlannedSession(
        Text(ru="Ночь"), session(14, "22:00", "23:00").starts_at, session(15, "01:00", "02:00").ends_at
    )
    assert codes(replace(PLAN, sessions=(night,))) == [(RecordFaultCode.SESSION_OVER_MIDNIGHT, "ends_at", 0)]


def test_days_are_those_of_the_venues_clock() -> None:
    # 01:00 in Bishkek is 19:00 of the day before in UTC.
    early = replace(PLAN, sessions=(session(14, "01:00", "02:00"),))
    assert codes(early) == []
    assert codes(replace(early, time_zone="UTC")) == [(RecordFaultCode.SESSION_OUTSIDE_DAYS, "local_date", 0)]


def test_two_sessions_a_day_are_proposed() -> None:
    proposed = training_rules.propose_sessions(FIRST, LAST, "Asia/Bishkek")
    assert [f"{one.starts_at:%d %H:%M}-{one.ends_at:%H:%M}" for one in proposed] == [
        "14 09:30-12:30",
        "14 13:30-16:30",
        "15 09:30-12:30",
        "15 13:30-16:30",
    ]
    assert proposed[3].titles == Text("4-сабак", "Занятие 4", "Session 4")
    assert training_rules.hours_of(tuple(proposed)) == 12
    assert codes(replace(PLAN, sessions=tuple(proposed))) == []


@pytest.mark.parametrize("last", [FIRST - timedelta(days=1), FIRST + timedelta(days=4000)])
def test_nothing_is_proposed_for_days_that_cannot_be(last: date) -> None:
    assert training_rules.propose_sessions(FIRST, last, "Asia/Bishkek") == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 9, 13), Phase.UPCOMING),
        (FIRST, Phase.RUNNING),
        (LAST, Phase.RUNNING),
        (date(2026, 9, 16), Phase.OVER),
    ],
)
def test_phase(today: date, expected: Phase) -> None:
    assert phase(FIRST, LAST, today) == expected

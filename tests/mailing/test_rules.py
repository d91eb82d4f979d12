"""When a mail is true, when it goes by itself, and what one person has of it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.mailing import rules
from portal.mailing.rules import MailKind, MailStatus, Timing

BISHKEK = ZoneInfo("Asia/Bishkek")
FIRST, LAST = date(2026, 9, 15), date(2026, 9, 16)
STARTS_AT, ENDS_AT = datetime(2026, 9, 15, 3, tzinfo=UTC), datetime(2026, 9, 16, 11, tzinfo=UTC)  # 09:00, 17:00
MINUTE = timedelta(minutes=1)


def timing(state: str = "approved") -> Timing:
    return Timing(state, FIRST, LAST, BISHKEK, STARTS_AT, ENDS_AT)


@pytest.mark.parametrize(
    ("moment", "goes"),
    [
        (datetime(2026, 9, 14, 12, tzinfo=UTC) - MINUTE, False),  # 17:59 in Bishkek
        (datetime(2026, 9, 14, 12, tzinfo=UTC), True),  # 18:00
        (STARTS_AT - MINUTE, True),
        (STARTS_AT, False),
    ],
)
def test_reminder_goes_in_the_evening_before_by_the_venues_clock(moment: datetime, goes: bool) -> None:
    assert rules.sends_by_itself(MailKind.REMINDER, timing(), moment) is goes


@pytest.mark.parametrize(
    ("moment", "goes"),
    [
        (ENDS_AT - MINUTE, False),
        (ENDS_AT, True),
        (ENDS_AT + rules.LATEST - MINUTE, True),
        (ENDS_AT + rules.LATEST, False),
    ],
)
def test_evaluation_is_asked_for_after_the_last_session(moment: datetime, goes: bool) -> None:
    assert rules.sends_by_itself(MailKind.EVALUATION, timing(), moment) is goes


@pytest.mark.parametrize("state", ["draft", "pending_approval", "cancelled_by_organizer", "cancelled_by_host"])
def test_nothing_goes_by_itself_for_a_training_that_is_not_sure(state: str) -> None:
    moments = {MailKind.REMINDER: STARTS_AT - MINUTE, MailKind.EVALUATION: ENDS_AT, MailKind.CERTIFICATE: ENDS_AT}
    assert not any(rules.sends_by_itself(kind, timing(state), moment) for kind, moment in moments.items())
    assert all(rules.sends_by_itself(kind, timing(), moment) for kind, moment in moments.items())


def test_training_without_sessions_reminds_nobody() -> None:
    bare = Timing("approved", FIRST, LAST, BISHKEK)
    assert not rules.sends_by_itself(MailKind.REMINDER, bare, STARTS_AT - MINUTE)


@pytest.mark.parametrize(
    ("kind", "state", "day", "possible"),
    [
        (MailKind.INVITATION, "approved", 1, True),
        (MailKind.INVITATION, "approved", 17, False),
        (MailKind.CONFIRMATION, "finalized", 15, False),
        (MailKind.REMINDER, "cancelled_by_host", 14, False),
        (MailKind.CANCELLED, "cancelled_by_host", 14, True),
        (MailKind.CANCELLED, "approved", 14, False),
        (MailKind.EVALUATION, "approved", 14, False),
        (MailKind.EVALUATION, "finalized", 20, True),
        (MailKind.CERTIFICATE, "finalized", 30, True),
    ],
)
def test_mail_must_be_true(kind: MailKind, state: str, day: int, possible: bool) -> None:
    assert rules.is_possible(kind, timing(state), datetime(2026, 9, day, 6, tzinfo=UTC)) is possible


@pytest.mark.parametrize(
    ("mail", "has_address", "passed", "expected"),
    [
        (None, True, False, MailStatus.TO_SEND),
        (None, False, False, MailStatus.NO_ADDRESS),
        ("queued", True, False, MailStatus.QUEUED),
        ("claimed", True, False, MailStatus.QUEUED),
        ("sending", True, False, MailStatus.QUEUED),
        ("sent", True, True, MailStatus.SENT),
        ("failed", True, False, MailStatus.FAILED),
        ("unclear", True, False, MailStatus.UNCLEAR),
        ("failed", True, True, MailStatus.PASSED_ON),
        (None, False, True, MailStatus.PASSED_ON),
    ],
)
def test_standing_of_one_person(mail: str | None, has_address: bool, passed: bool, expected: MailStatus) -> None:
    assert rules.status_of(mail, has_address=has_address, is_passed_on=passed) == expected


def test_moved_training_is_another_occasion_to_remind() -> None:
    keys = {
        rules.key(MailKind.REMINDER, rules.occasion(MailKind.REMINDER, day), "7XK2", attempt)
        for day in (FIRST, LAST)
        for attempt in (1, 2)
    }
    assert len(keys) == 4
    assert rules.stem(MailKind.REMINDER, "2026-09-15", "7XK2") == "reminder:registration:7XK2:2026-09-15"

"""The one place that reads the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def today(time_zone: str = "Asia/Bishkek") -> date:
    """Return today's date as the calendar of `time_zone` shows it."""
    return now().astimezone(ZoneInfo(time_zone)).date()

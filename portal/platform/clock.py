"""The one place that reads the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


COUNTRY = ZoneInfo("Asia/Bishkek")


def country_day(moment: datetime) -> date:
    """Return the day that the calendar of the country shows at a moment; the clock is not asked."""
    return moment.astimezone(COUNTRY).date()


def today(time_zone: str = COUNTRY.key) -> date:
    """Return today's date as the calendar of `time_zone` shows it."""
    return now().astimezone(ZoneInfo(time_zone)).date()

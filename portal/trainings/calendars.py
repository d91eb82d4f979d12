"""Calendar entries of a training, as any calendar program reads them: on the venue's clock, with the zone inside."""

from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from portal.platform import links
from portal.platform.languages import text_of
from portal.trainings.models import Training

PUBLISH, CANCEL = "PUBLISH", "CANCEL"
_YEAR = timedelta(days=366)


def training_days(training: Training, locale: str, *, now: datetime) -> str:
    """Return one entry for each day of a training, from its first session to the end of its last.

    The entries keep their names over changes, so that a calendar replaces what it was given before; those of a
    cancelled training take themselves away.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{links.host()}//trainings//{locale.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", method(training))
    zone = ZoneInfo(training.time_zone)
    days = groupby(training.sessions, key=lambda session: session.local_date)
    for number, (_day, sessions) in enumerate(days, start=1):
        blocks = list(sessions)
        event = Event()
        event.add("uid", f"{training.code}-day-{number}@{links.host()}")
        event.add("sequence", training.version)
        event.add("dtstamp", now)
        event.add("dtstart", blocks[0].starts_at.astimezone(zone))
        event.add("dtend", max(block.ends_at for block in blocks).astimezone(zone))
        event.add("summary", _title(training, locale))
        event.add("location", f"{text_of(training.venue, 'name', locale)}, {text_of(training.region, 'name', locale)}")
        event.add("status", "CANCELLED" if training.is_cancelled else "CONFIRMED")
        calendar.add_component(event)
    calendar.add_missing_timezones(first_date=training.starts_on - _YEAR, last_date=training.ends_on + _YEAR)
    return calendar.to_ical().decode()


def method(training: Training) -> str:
    """Return what the entries ask of a calendar: to keep them, or to take them away."""
    return CANCEL if training.is_cancelled else PUBLISH


def _title(training: Training, locale: str) -> str:
    return text_of(training, "title", locale) or text_of(training.course, "title", locale)

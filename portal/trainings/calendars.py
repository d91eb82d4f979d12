"""Calendar entries of trainings, as any calendar program reads them: on the venue's clock, with the zone inside.

An entry keeps its name over every change and counts the training's versions, so that a calendar replaces what it was
given before. No entry names a person: who works on such cases is nobody's business, and a feed needs no sign-in.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from portal.platform import links
from portal.platform.languages import text_of
from portal.platform.wording import speaking
from portal.trainings.documents import list_blocks, name_of
from portal.trainings.models import Training, TrainingSession
from portal.trainings.rules.states import TrainingState

PUBLISH, CANCEL = "PUBLISH", "CANCEL"
MEDIA_TYPE = "text/calendar"
_YEAR = timedelta(days=366)
_REFRESH = timedelta(hours=6)
_OPEN = (TrainingState.DRAFT, TrainingState.PENDING_APPROVAL)


def training_days(training: Training, locale: str, *, now: datetime) -> str:
    """Return one entry for each day of a training, from its first session to the end of its last, for a mail.

    The entries of a cancelled training take themselves away.
    """
    return _written(_calendar(locale, method(training)), [training], _days_of(training, locale, now))


def training_file(training: Training, locale: str, *, now: datetime) -> str:
    """Return the same entries as a file to keep; of a cancelled training they say that it is."""
    return _written(_calendar(locale), [training], _days_of(training, locale, now))


def session_file(session: TrainingSession, locale: str, *, now: datetime) -> str:
    """Return one session as a file to keep."""
    training = session.training
    event = _event(training, f"session-{session.reference}", [session], locale, now)
    event.add("summary", text_of(session, "title", locale) or _title(training, locale))
    event.add("location", ", ".join(filter(None, (_place(training, locale), session.room))))
    event.add("description", f"{training.code}\n{_title(training, locale)}")
    return _written(_calendar(locale), [training], [event])


def feed(trainings: Sequence[Training], name: str, locale: str, *, now: datetime) -> str:
    """Return the days of many trainings, for a calendar that comes again to see what has changed."""
    calendar = _calendar(locale)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    return _written(calendar, trainings, [event for one in trainings for event in _days_of(one, locale, now)])


def method(training: Training) -> str:
    """Return what the entries of a mail ask of a calendar: to keep them, or to take them away."""
    return CANCEL if training.is_cancelled else PUBLISH


def _calendar(locale: str, how: str = PUBLISH) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{links.host()}//trainings//{locale.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", how)
    return calendar


def _days_of(training: Training, locale: str, now: datetime) -> Iterable[Event]:
    programs = _programs(training, locale)
    ordered = sorted(training.sessions, key=lambda session: session.starts_at)
    days = groupby(ordered, key=lambda session: session.local_date)
    for number, (day, sessions) in enumerate(days, start=1):
        event = _event(training, f"{training.code}-day-{number}", list(sessions), locale, now)
        event.add("summary", _title(training, locale))
        event.add("location", _place(training, locale))
        event.add("description", f"{training.code}\n" + "\n".join(programs[day]))
        yield event


def _event(training: Training, name: str, sessions: Sequence[TrainingSession], locale: str, now: datetime) -> Event:
    zone = ZoneInfo(training.time_zone)
    event = Event()
    event.add("uid", f"{name}@{links.host()}")
    event.add("sequence", training.version)
    event.add("dtstamp", now)
    event.add("dtstart", min(one.starts_at for one in sessions).astimezone(zone))
    event.add("dtend", max(one.ends_at for one in sessions).astimezone(zone))
    event.add("status", _status(training))
    return event


def _status(training: Training) -> str:
    if training.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if training.state in _OPEN else "CONFIRMED"


def _programs(training: Training, locale: str) -> dict[object, list[str]]:
    """Return the lines of each day: when and what."""
    zone = ZoneInfo(training.time_zone)
    with speaking(locale):
        return {
            day: [f"{one.starts_at.astimezone(zone):%H:%M} {name_of(one, locale)}" for one in blocks]
            for day, blocks in groupby(list_blocks(training), key=lambda block: block.local_date)
        }


def _title(training: Training, locale: str) -> str:
    return text_of(training, "title", locale) or text_of(training.course, "title", locale)


def _place(training: Training, locale: str) -> str:
    return f"{text_of(training.venue, 'name', locale)}, {text_of(training.region, 'name', locale)}"


def _written(calendar: Calendar, trainings: Sequence[Training], events: Iterable[Event]) -> str:
    for event in events:
        calendar.add_component(event)
    if trainings:
        first, last = min(one.starts_on for one in trainings), max(one.ends_on for one in trainings)
        calendar.add_missing_timezones(first_date=first - _YEAR, last_date=last + _YEAR)
    return calendar.to_ical().decode()

"""Calendar entries of trainings, on the venue's clock and with its time zone.

An entry keeps its name over every change and counts the training's versions, so that a calendar replaces what it was
given before: a day is called after its date, and one that goes is told as cancelled. Every entry is organized by the
portal's mailbox (RFC 5546, 3.2.1 and 3.2.5). None names a person: who works on such cases is nobody's business, and a
feed needs no sign-in.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from portal.platform import links
from portal.platform.i18n import speaking, text_of
from portal.trainings.documents import list_blocks, list_days, name_of
from portal.trainings.models import Training, TrainingSession
from portal.trainings.rules import TrainingState

PUBLISH, CANCEL = "PUBLISH", "CANCEL"
CANCELLED = "CANCELLED"
_YEAR = timedelta(days=366)
_REFRESH = timedelta(hours=6)
_OPEN = (TrainingState.DRAFT, TrainingState.PENDING_APPROVAL)


def mailed_days(training: Training, locale: str, *, now: datetime) -> dict[str, str]:
    """Return by method what a mail gives a calendar: one entry for each day to keep, and for each to take away."""
    parts: dict[str, list[Event]] = defaultdict(list)
    for event in _days_of(training, locale, now):
        parts[CANCEL if event["status"] == CANCELLED else PUBLISH].append(event)
    return {
        how: _written(_calendar(locale, how), [training], events) for how, events in sorted(parts.items(), reverse=True)
    }


def training_file(training: Training, locale: str, *, now: datetime) -> str:
    """Return the same entries as one file to keep; those that go say that they are cancelled."""
    return _written(_calendar(locale), [training], _days_of(training, locale, now))


def session_file(session: TrainingSession, locale: str, *, now: datetime) -> str:
    training = session.training
    span = session.starts_at, session.ends_at
    event = _event(training, f"session-{session.reference}", span, _status(training), now)
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


def _calendar(locale: str, how: str = PUBLISH) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{links.host()}//trainings//{locale.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", how)
    return calendar


def _days_of(training: Training, locale: str, now: datetime) -> Iterable[Event]:
    """Yield the days that stand and those that have gone."""
    programs, standing = _programs(training, locale), list_days(training)
    gone = {one.day: (one.starts_at, one.ends_at) for one in training.days if one.day not in standing}
    for day, span in sorted((standing | gone).items()):
        status = CANCELLED if day in gone else _status(training)
        event = _event(training, f"{training.code}-{day:%Y%m%d}", span, status, now)
        event.add("summary", _title(training, locale))
        event.add("location", _place(training, locale))
        event.add("description", "\n".join([training.code, *(programs[day] if day in standing else ())]))
        yield event


def _event(training: Training, name: str, span: tuple[datetime, datetime], status: str, now: datetime) -> Event:
    zone = ZoneInfo(training.time_zone)
    event = Event()
    event.add("uid", f"{name}@{links.host()}")
    event.add("sequence", training.version)
    event.add("dtstamp", now)
    event.add("dtstart", span[0].astimezone(zone))
    event.add("dtend", span[1].astimezone(zone))
    event.add("status", status)
    sender, address = links.mailbox()
    event.add("organizer", vCalAddress(f"mailto:{address}", params={"CN": sender} if sender else {}))
    return event


def _status(training: Training) -> str:
    if training.is_cancelled:
        return CANCELLED
    return "TENTATIVE" if training.state in _OPEN else "CONFIRMED"


def _programs(training: Training, locale: str) -> dict[object, list[str]]:
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
    return str(calendar.to_ical(), "utf-8")

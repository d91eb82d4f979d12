"""The published agenda, for documents and calendars."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from portal.platform import clock
from portal.platform.dates import date_range, long_date, numeric_date
from portal.platform.i18n import LOCALES, NAMES, gettext, label, speaking, text_of
from portal.trainings.agenda_rules import BreakKind
from portal.trainings.models import AgendaBreak, AgendaVersion, Training, TrainingSession

TEMPLATE = "agenda.html"
AgendaBlock = TrainingSession | AgendaBreak


def list_blocks(training: Training) -> list[AgendaBlock]:
    """Return sessions and breaks of a training in the order of time."""
    blocks: list[AgendaBlock] = [*training.sessions, *training.breaks]
    return sorted(blocks, key=lambda block: (block.starts_at, block.ends_at))


def list_days(training: Training) -> dict[date, tuple[datetime, datetime]]:
    """Return the days with a session, in order: each from its first block, opening or session, to its end."""
    with_session = {session.local_date for session in training.sessions}
    days = groupby(list_blocks(training), key=lambda block: block.local_date)
    spans = {day: [(block.starts_at, block.ends_at) for block in blocks] for day, blocks in days if day in with_session}
    return {day: (span[0][0], max(ends for _starts, ends in span)) for day, span in spans.items()}


def name_of(block: AgendaBlock, locale: str | None = None) -> str:
    """Return what a block is called in the reader's language; a break without a title is called after its kind."""
    title = text_of(block, "title", locale)
    return title or (label(BreakKind(block.kind)) if isinstance(block, AgendaBreak) else gettext("Session"))


def agenda_content(training: Training) -> dict[str, Any]:
    """Return the agenda as plain JSON values, as a numbered version keeps it."""
    zone = ZoneInfo(training.time_zone)
    return {
        "title": _texts(training, "title"),
        "venue": _texts(training.venue, "name"),
        "region": _texts(training.region, "name"),
        "starts_on": training.starts_on.isoformat(),
        "ends_on": training.ends_on.isoformat(),
        "days": [
            {"day": day.isoformat(), "blocks": [_block(block, zone) for block in blocks]}
            for day, blocks in groupby(list_blocks(training), key=lambda block: block.local_date)
        ],
    }


def _block(block: AgendaBlock, zone: ZoneInfo) -> dict[str, Any]:
    said: dict[str, Any] = {
        "starts": f"{block.starts_at.astimezone(zone):%H:%M}",
        "ends": f"{block.ends_at.astimezone(zone):%H:%M}",
    }
    if isinstance(block, AgendaBreak):
        return said | {
            "kind": block.kind,
            "title": _break_texts(block),
            "languages": [],
            "room": "",
            "facilitators": [],
        }
    own = {"languages": list(block.languages), "room": block.room, "facilitators": names_of(block)}
    return said | {"kind": "session", "title": _texts(block, "title")} | own


def names_of(session: TrainingSession) -> list[str]:
    """Return who leads a session, in the Kyrgyz order of names."""
    people = sorted((one.person for one in session.facilitators), key=lambda person: person.sort_key)
    return [person.full_name for person in people]


def _texts(row: Any, field: str, locales: Iterable[str] = LOCALES) -> dict[str, str]:
    return {locale: text_of(row, field, locale) for locale in locales}


def _break_texts(block: AgendaBreak) -> dict[str, str]:
    texts = {}
    for locale in LOCALES:
        with speaking(locale):
            texts[locale] = text_of(block, "title", locale) or label(BreakKind(block.kind))
    return texts


def agenda_facts(version: AgendaVersion, code: str, lang: str) -> dict[str, Any]:
    """Return what the paper of a numbered version says in one language, as the template takes it."""
    content = version.content
    first, last = date.fromisoformat(content["starts_on"]), date.fromisoformat(content["ends_on"])
    return {
        "lang": lang,
        "training": code,
        "number": version.number,
        "title": content["title"][lang],
        "venue": ", ".join(dict.fromkeys(filter(None, (content["venue"][lang], content["region"][lang])))),
        "dates": date_range(first, last, lang),
        "published_on": numeric_date(clock.country_day(version.published_at)),
        "days": agenda_days(content, lang),
        "language_names": dict(NAMES),
    }


def agenda_days(content: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return the days of an agenda's content with their blocks in one language."""
    return [
        {
            "day": long_date(date.fromisoformat(day["day"]), lang),
            "blocks": [block | {"title": block["title"][lang]} for block in day["blocks"]],
        }
        for day in content["days"]
    ]


def is_of_todays_dates(version: AgendaVersion, training: Training) -> bool:
    """Tell whether a version names the days on which the training now takes place; it may have been moved since."""
    days = training.starts_on.isoformat(), training.ends_on.isoformat()
    return (version.content["starts_on"], version.content["ends_on"]) == days

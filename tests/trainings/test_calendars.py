"""Calendar files, read back as a calendar program does: instants, names, versions, and what a cancelled one says."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar

from portal.trainings import calendars
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from tests import factories
from tests.factories import NOW

BISHKEK = ZoneInfo("Asia/Bishkek")


def events(content: str, how: str = "PUBLISH") -> list[dict[str, object]]:
    calendar = Calendar.from_ical(content)
    assert calendar["method"] == how
    return [
        {
            "uid": str(event["uid"]),
            "sequence": int(event["sequence"]),
            "starts": event.decoded("dtstart"),
            "ends": event.decoded("dtend"),
            "status": str(event["status"]),
            "summary": str(event["summary"]),
            "location": str(event["location"]),
            "description": str(event["description"]),
            "organizer": (str(event["organizer"]), event["organizer"].params["CN"]),
        }
        for event in calendar.walk("VEVENT")
    ]


def test_session_is_at_the_same_instant_everywhere(app: Flask) -> None:
    training = factories.make_training()
    session = training.sessions[0]
    session.title_ru, session.room = "Допрос; права, сроки", "Зал 2"
    content = calendars.session_file(session, "ru", now=NOW)
    (event,) = events(content)
    assert event["starts"].astimezone(UTC) == session.starts_at == datetime.combine(training.starts_on, time(3), UTC)
    assert event["ends"].astimezone(UTC) == session.ends_at
    assert (event["summary"], event["location"]) == ("Допрос; права, сроки", "Центр, город Ош, Зал 2")
    assert "TZID:Asia/Bishkek" in content
    assert "DTSTART;TZID=Asia/Bishkek:20260914T090000" in content
    zone = Calendar.from_ical(content).walk("VTIMEZONE")[0].to_tz()
    assert datetime(2026, 9, 14, 9, tzinfo=zone).utcoffset() == timedelta(hours=6)
    assert max(map(len, content.encode().split(b"\r\n"))) <= 75


def test_day_of_a_training_has_its_program_and_keeps_its_name(app: Flask) -> None:
    training = factories.make_training()
    factories.make_break(training)
    factories.make_facilitator(training.sessions[0], factories.make_person("Исаков", "Нурлан"))
    before = events(calendars.training_file(training, "en", now=NOW))
    assert [(one["starts"].astimezone(UTC).hour, one["ends"].astimezone(UTC).hour) for one in before] == [
        (3, 11),
        (3, 11),
    ]
    assert [one["uid"] for one in before] == [f"{training.code}-202609{day}@localhost" for day in (14, 15)]
    assert {one["organizer"] for one in before} == {("mailto:portal@127.0.0.1", "Okuu")}
    assert before[0]["description"].splitlines() == [training.code, "09:00 Session", "12:00 Lunch", "14:00 Session"]
    assert not any("Исаков" in str(value) for event in before for value in event.values())
    training.title_en = "Another"
    factories.make_session(training, starts=time(18), minutes=30)
    after = events(calendars.training_file(training, "en", now=NOW))
    assert [one["uid"] for one in after] == [one["uid"] for one in before]
    assert all(later["sequence"] > earlier["sequence"] for earlier, later in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("draft", "TENTATIVE"),
        ("approved", "CONFIRMED"),
        ("cancelled_by_host", "CANCELLED"),
        ("cancelled_by_organizer", "CANCELLED"),
    ],
)
def test_state_is_told(app: Flask, state: str, status: str) -> None:
    training = factories.make_training(state=state)
    assert {event["status"] for event in events(calendars.training_file(training, "ky", now=NOW))} == {status}
    assert set(calendars.mailed_days(training, "ky", now=NOW)) == {"CANCEL" if status == "CANCELLED" else "PUBLISH"}


def test_feed_holds_every_zone_that_it_names(app: Flask) -> None:
    here = factories.make_training()
    abroad = factories.make_training(venue=factories.make_venue(time_zone="Europe/Vienna"))
    content = calendars.feed([here, abroad], "Trainings", "ru", now=NOW)
    assert len(events(content)) == 4
    zones = {str(zone["tzid"]) for zone in Calendar.from_ical(content).walk("VTIMEZONE")}
    assert zones == {"Asia/Bishkek", "Europe/Vienna"}
    assert {event["starts"].astimezone(UTC) for event in events(content)} == {
        session.starts_at for training in (here, abroad) for session in firsts(training)
    }
    assert events(calendars.feed([], "Trainings", "ru", now=NOW)) == []


def firsts(training: Training) -> list[object]:
    return [
        session for session in training.sessions if session.starts_at.astimezone(ZoneInfo(training.time_zone)).hour == 9
    ]


def test_day_begins_with_its_opening_and_ends_with_its_closing(app: Flask) -> None:
    training = factories.make_training()
    factories.make_break(training, starts=time(8, 15), minutes=15)
    factories.make_break(training, starts=time(17, 30), minutes=20)
    first, second = events(calendars.training_file(training, "ru", now=NOW))
    zone = ZoneInfo("Asia/Bishkek")
    assert [f"{first[end].astimezone(zone):%H:%M}" for end in ("starts", "ends")] == ["08:15", "17:50"]
    assert [f"{second[end].astimezone(zone):%H:%M}" for end in ("starts", "ends")] == ["09:00", "17:00"]


def test_day_that_goes_is_cancelled_under_its_own_name_and_no_other_takes_that(app: Flask) -> None:
    training = factories.make_training()
    before = {one["starts"].date(): one["uid"] for one in events(calendars.training_file(training, "ru", now=NOW))}
    lost, kept = sorted(before)
    for session in [one for one in training.sessions if one.local_date == lost]:
        training.sessions.remove(session)
    training_operations.keep(training)
    assert {one["uid"]: one["status"] for one in events(calendars.training_file(training, "ru", now=NOW))} == {
        before[lost]: "CANCELLED",
        before[kept]: "CONFIRMED",
    }
    mailed = calendars.mailed_days(training, "ru", now=NOW)
    assert list(mailed) == ["PUBLISH", "CANCEL"]
    assert [one["uid"] for one in events(mailed["PUBLISH"])] == [before[kept]]
    assert [one["uid"] for one in events(mailed["CANCEL"], "CANCEL")] == [before[lost]]
    training.state = "cancelled_by_host"
    assert {one["uid"] for one in events(calendars.mailed_days(training, "ru", now=NOW)["CANCEL"], "CANCEL")} == {
        *before.values()
    }


def test_day_that_comes_back_is_the_same_entry_again(app: Flask) -> None:
    training = factories.make_training()
    before = events(calendars.training_file(training, "ru", now=NOW))
    gone = [one for one in training.sessions if one.local_date == training.ends_on]
    for session in gone:
        training.sessions.remove(session)
    training_operations.keep(training)
    factories.make_session(training, starts=time(10), day=1)
    training_operations.keep(training)
    after = events(calendars.training_file(training, "ru", now=NOW))
    assert [(one["uid"], one["status"]) for one in after] == [(one["uid"], "CONFIRMED") for one in before]

"""The calendar by month and region, calendar files, and the address of one's own calendar."""

from datetime import date, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account, CalendarFeed
from portal.audit.models import AuditEntry
from portal.platform import clock
from portal.registration.models import Registration
from tests import factories
from tests.browser import Browser

NOVEMBER = date(2026, 11, 1)


def test_month_shows_what_is_within_reach(browser: Browser, aida: Account) -> None:
    factories.make_training(starts_on=date(2026, 11, 24), title_en="Of Osh")
    factories.make_training(starts_on=date(2026, 11, 24), title_en="Of the north", region="KG-N")
    factories.make_training(starts_on=date(2026, 12, 24), title_en="Of December")
    factories.make_training(
        starts_on=date(2026, 11, 10), title_en="Of Batken", region="KG-B", state="cancelled_by_host"
    )
    page = browser.sign_in(aida).get("/calendar?month=2026-11")
    assert page.h1 == "Calendar: November 2026"
    assert page.text.count("Of Osh") == 2  # On both days; a phone shows the first.
    assert "Of the north" not in page.html
    assert "Of December" not in page.html
    assert "Cancelled by the host" in page.text
    page = browser.get("/calendar?month=2026-11&region=KG-B")
    assert "Of Osh" not in page.text
    assert "Of Batken" in page.text
    assert "December 2026" in page.follow("Next month").h1
    assert "Of Osh" in browser.get("/calendar?month=2026-11&region=KG-N").text  # Not hers: no filter.


@pytest.mark.parametrize("month", ["", "x", "2026-13", "0001-01", "99999-01", "2026-²", "2026-11-"])
def test_month_that_makes_no_sense_is_this_one(browser: Browser, aida: Account, month: str) -> None:
    today = clock.today()
    assert str(today.year) in browser.sign_in(aida).get(f"/calendar?month={month}").h1


def test_calendar_needs_as_many_queries_for_many_trainings_as_for_one(browser: Browser, admin: Account) -> None:
    factories.make_training(starts_on=NOVEMBER)
    browser.sign_in(admin).get("/calendar?month=2026-11")
    one = len(browser.get("/calendar?month=2026-11").queries)
    for number in range(6):
        factories.make_training(starts_on=NOVEMBER + timedelta(days=number), venue=factories.make_venue())
    assert len(browser.get("/calendar?month=2026-11").queries) == one <= 8


def test_files_are_downloads(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    browser.sign_in(aida)
    one = browser.download(f"/trainings/{training.code}/agenda/sessions/{training.sessions[1].reference}.ics")
    days = browser.download(f"/trainings/{training.code}/agenda/calendar.ics")
    assert [len(Calendar.from_ical(answer.text).walk("VEVENT")) for answer in (one, days)] == [1, 2]
    assert days.headers["Content-Type"].startswith("text/calendar")
    assert f"{training.code}.ics" in days.headers["Content-Disposition"]


def test_participant_takes_their_own_training(browser: Browser, session: scoped_session, cholpon: Registration) -> None:
    browser.open_own_page(cholpon)
    answer = browser.download("/my/calendar.ics")
    assert len(Calendar.from_ical(answer.text).walk("VEVENT")) == 2
    cholpon.state = "withdrawn"
    browser.download("/my/calendar.ics", status=404)


def test_address_is_made_renewed_and_ended(browser: Browser, session: scoped_session, aida: Account) -> None:
    today = clock.today()
    mine = factories.make_training(starts_on=today, title_ru="Мое обучение")
    factories.make_training(starts_on=today, region="KG-N", title_ru="Чужое")
    factories.make_training(starts_on=today - timedelta(days=200), title_ru="Давно")
    page = browser.sign_in(aida).get("/calendar").form("Make my calendar address").submit()
    first = _address(page.text)
    stranger = browser.as_stranger()
    content = stranger.download(first).text
    assert content.count("BEGIN:VEVENT") == 2
    assert "Мое обучение" in content
    assert mine.code in content
    second = _address(browser.get("/calendar").form("Make another address").submit().text)
    assert second != first
    stranger.download(first, status=404)
    browser.get("/calendar").form("End this address").submit()
    stranger.download(second, status=404)
    stranger.download("/calendar/feeds/nonsense.ics", status=404)
    session.expire_all()
    assert all(feed.ended_at for feed in session.scalars(select(CalendarFeed)))
    events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert [event for event in events if "calendar" in event] == [
        "accounts.calendar_opened",
        "accounts.calendar_opened",
        "accounts.calendar_closed",
    ]


def test_closed_account_reads_nothing_by_its_old_address(
    browser: Browser, session: scoped_session, aida: Account
) -> None:
    secret = factories.make_calendar_feed(aida)
    browser.download(f"/calendar/feeds/{secret}.ics")
    aida.closed_at = factories.NOW
    browser.download(f"/calendar/feeds/{secret}.ics", status=404)


def test_demos_calendars_are_not_read_outside_the_demo(browser: Browser, session: scoped_session) -> None:
    secret = factories.make_calendar_feed(factories.make_account("coordinator", email="aida@demo.example"))
    browser.download(f"/calendar/feeds/{secret}.ics", status=404)
    browser.app.config["PORTAL_IS_DEMO"] = True
    browser.download(f"/calendar/feeds/{secret}.ics")


def _address(text: str) -> str:
    start = text.index("/calendar/feeds/")
    return text[start : text.index(".ics", start) + 4]

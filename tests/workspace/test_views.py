"""The list of trainings, a training's workspace page, and the form that changes its plan."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.platform import clock
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser

SAVE = "Save the plan"


def upcoming(**values: object) -> Training:
    return factories.make_training(starts_on=clock.today() + timedelta(days=60), **values)


def test_list_shows_each_training_with_its_seats(browser: Browser, aida: Account) -> None:
    training = upcoming(capacity=40)
    factories.make_registrations(training, 3)
    factories.make_registration(training=training, state="nominated")
    row = browser.sign_in(aida).get("/trainings").row(training.code)
    assert (row["Seats taken"], row["State"]) == ("3 of 40", "Upcoming")
    assert "Osh city" in row["Place"]


def test_list_holds_nothing_of_other_regions(browser: Browser, aida: Account) -> None:
    other = upcoming(region="KG-N", title_en="Secret of the north")
    page = browser.sign_in(aida).get("/trainings")
    assert "Secret of the north" not in page.html
    assert other.code not in page.html
    assert "No trainings yet" in page.text
    assert "KG-N" not in page.html
    assert browser.get("/trainings?region=KG-N").text.count("Secret") == 0


def test_list_is_filtered_and_says_so_when_nothing_fits(browser: Browser, admin: Account) -> None:
    upcoming(title_en="Later")
    factories.make_training(starts_on=clock.today() - timedelta(days=9), title_en="Earlier")
    browser.sign_in(admin)
    page = browser.get("/trainings?phase=over")
    assert "Earlier" in page.text
    assert "Later" not in page.text
    assert "No training fits" in browser.get("/trainings?phase=running").text
    assert "Later" in browser.get("/trainings?state=nonsense&phase=%3Cb%3E").text
    assert browser.part("/trainings?phase=over").ids[0] == "closing-list"


def test_list_is_paged(browser: Browser, admin: Account) -> None:
    trainings = [upcoming() for _ in range(31)]
    page = browser.sign_in(admin).get("/trainings?phase=upcoming")
    assert (len(page.rows()), "1–30 of 31" in page.text) == (30, True)
    last = browser.get("/trainings?phase=upcoming&page=2")
    assert [trainings[0].code in row["Training"] for row in last.rows()] == [True]


def test_list_needs_as_many_queries_for_thirty_as_for_one(browser: Browser, admin: Account) -> None:
    upcoming()
    browser.sign_in(admin)
    browser.get("/trainings")
    one = len(browser.get("/trainings").queries)
    for _ in range(5):
        factories.make_registrations(upcoming(venue=factories.make_venue()), 2)
    assert len(browser.get("/trainings").queries) == one <= 8


def test_workspace_tells_what_is_next(browser: Browser, aida: Account) -> None:
    training = upcoming()
    factories.make_registrations(training, 2, state="nominated")
    page = browser.sign_in(aida).get(f"/trainings/{training.code}")
    assert page.h1 == "Plan and progress"
    assert "Next: Confirm the nominated" in page.text
    assert "2 to decide" in page.text
    assert "09:00–12:00" in page.text


def test_workspace_needs_as_many_queries_for_many_people_as_for_one(browser: Browser, aida: Account) -> None:
    training = upcoming()
    factories.make_attendance(factories.make_registrations(training, 1)[0])
    browser.sign_in(aida).get(f"/trainings/{training.code}")
    one = len(browser.get(f"/trainings/{training.code}").queries)
    for registration in factories.make_registrations(training, 20):
        factories.make_attendance(registration)
    assert len(browser.get(f"/trainings/{training.code}").queries) == one <= 24


def test_auditor_reads_and_changes_nothing(browser: Browser, auditor: Account) -> None:
    training = upcoming()
    page = browser.sign_in(auditor).get(f"/trainings/{training.code}")
    assert "Change the plan" not in page.links
    assert "Next:" not in page.text
    browser.get(f"/trainings/{training.code}/edit", status=403)
    browser.post(f"/trainings/{training.code}/edit", {"capacity": "1"}, status=403)


@pytest.mark.parametrize("path", ["", "/edit"])
def test_training_of_another_region_is_not_there(browser: Browser, bakyt: Account, path: str) -> None:
    training = upcoming(title_en="Secret of the south")
    page = browser.sign_in(bakyt).get(f"/trainings/{training.code}{path}", status=404)
    assert "Secret of the south" not in page.html
    assert browser.get(f"/trainings/OSH-1999-01{path}", status=404).h1 == page.h1


def test_plan_is_changed(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    form = browser.sign_in(aida).get(f"/trainings/{training.code}/edit").form(SAVE)
    assert form.fields["sessions-0-starts_at"] == ["09:00"]
    page = form.fill({"title_ru": "Новое название", "capacity": "44", "sessions-0-starts_at": "09:15"}).submit(SAVE)
    assert "The plan is saved." in page.notices()
    session.expire_all()
    assert (training.title_ru, training.capacity) == ("Новое название", 44)
    assert training.sessions[0].minutes == 165


def test_row_is_added_and_removed_without_saving(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/edit")
    page = page.form(SAVE).fill(capacity="44").submit("Remove session 4")
    assert "sessions-3-title_ru" not in page.form(SAVE).names
    page = page.form(SAVE).submit(SAVE)
    session.expire_all()
    assert (training.capacity, len(training.sessions)) == (44, 3)


def test_stale_form_shows_both_texts_and_keeps_what_was_typed(
    browser: Browser, session: scoped_session, aida: Account, admin: Account
) -> None:
    training = upcoming()
    address = f"/trainings/{training.code}/edit"
    stale = browser.sign_in(aida).get(address).form(SAVE).fill(title_ru="Текст Аиды", capacity="70")
    other = browser.as_stranger().sign_in(admin).get(address).form(SAVE)
    other.fill({"title_ru": "Текст администратора", "sessions-0-title_en": "Another"}).submit(SAVE)

    page = stale.submit(SAVE, status=409)

    assert "Somebody else has saved this training meanwhile." in page.refusal()
    rows = {row["Field"]: row for row in page.rows()}
    saved = next(name for name in rows["Title in Russian"] if name.startswith("Saved by"))
    assert saved == "Saved by Администратор"
    assert rows["Title in Russian"] == {
        "Field": "Title in Russian",
        "Yours, not saved": "Текст Аиды",
        saved: "Текст администратора",
    }
    assert rows["Seats"]["Yours, not saved"] == "70"
    assert "Another" in rows["Sessions"][saved]
    form = page.form(SAVE)
    assert form.fields["title_ru"] == ["Текст Аиды"]
    session.expire_all()
    assert training.title_ru == "Текст администратора"

    form.submit(SAVE)
    session.expire_all()
    assert (training.title_ru, training.capacity) == ("Текст Аиды", 70)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"capacity": "2"}, "3 people are confirmed already"),
        ({"ends_on": "2001-01-01"}, "The last day is before the first one."),
        ({"sessions-1-starts_at": "09:30"}, "The session overlaps session 1."),
        ({"sessions-0-local_date": "2027-01-01"}, "The session is on 2027-01-01"),
        ({"venue_id": ""}, "Choose a venue, or name the new one"),
        ({"venue_id": "999"}, "Choose one of the list."),
        ({"version": "x"}, "Give a whole number."),
    ],
)
def test_wrong_change_is_refused(
    browser: Browser, session: scoped_session, aida: Account, values: dict[str, str], words: str
) -> None:
    training = upcoming()
    factories.make_registrations(training, 3)
    form = browser.sign_in(aida).get(f"/trainings/{training.code}/edit").form(SAVE)
    page = form.fill(title_ru="Другое", **values).submit(SAVE, status=422)
    assert words in page.refusal()
    assert page.form(SAVE).fields["title_ru"] == ["Другое"]
    session.expire_all()
    assert training.title_ru != "Другое"


def test_session_with_marks_stays(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    factories.make_mark(factories.make_registrations(training, 1)[0], training.sessions[0])
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/edit").form(SAVE).submit("Remove session 1")
    page = page.form(SAVE).submit(SAVE, status=422)
    assert "People are marked in the session" in page.refusal()


def test_posting_other_columns_changes_nothing(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    form = browser.sign_in(aida).get(f"/trainings/{training.code}/edit").form(SAVE)
    form.fields |= {"code": ["X"], "state": ["finalized"], "region_code": ["KG-N"], "created_at": ["2001-01-01"]}
    code = training.code
    form.submit(SAVE)
    session.expire_all()
    assert (training.code, training.state, training.region_code) == (code, "approved", "KG-GO")


def test_languages_follow_the_reader(browser: Browser, aida: Account) -> None:
    training = upcoming()
    page = browser.sign_in(aida).speak("ky").get(f"/trainings/{quote(training.code)}")
    assert page.h1 == "План жана жүрүшү"
    assert "Адам сатууну тергөө: Ош" in page.html

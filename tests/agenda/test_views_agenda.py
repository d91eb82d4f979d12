"""The agenda page: blocks by day, their forms, what is refused beside which field, versions on paper."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.platform import clock
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser, toast


def upcoming(**values: object) -> Training:
    return factories.make_training(starts_on=clock.today() + timedelta(days=60), **values)


def test_agenda_shows_each_day_with_its_people_and_breaks(browser: Browser, aida: Account) -> None:
    training = upcoming()
    factories.make_break(training)
    factories.make_facilitator(training.sessions[0], factories.make_person("Исаков", "Нурлан"))
    training.sessions[0].languages, training.sessions[0].room = ["ky", "ru"], "Зал 2"
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/agenda")
    assert [row["Time"] for row in page.rows()] == ["09:00–12:00", "12:00–13:00", "14:00–17:00"]
    first, lunch, _last = page.rows()
    assert (first["Facilitators"], first["Language, room"]) == ("Исаков Нурлан", "Кыргызча, Русский Зал 2")
    assert lunch["What"] == "Lunch"
    assert "Not given to anybody yet" in page.text


def test_session_is_added_after_somebody_is_found(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    leader = factories.make_person("Жапаров", "Үсөн", post="эксперт")
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/agenda").follow("Add a session")
    form = page.form("Save")
    assert form.fields["starts_at"] == ["17:00"]
    page = form.fill(people="japarov", title_ru="Допрос").submit("Find")
    assert "Жапаров Үсөн, эксперт" in page.text
    page = page.form("Save").fill(facilitators=str(leader.id), languages="ru").submit("Save")
    assert "The agenda is saved." in page.notices()
    session.expire_all()
    added = training.sessions[-1] if training.sessions[-1].title_ru == "Допрос" else training.sessions[2]
    assert (added.title_ru, added.languages, [one.person for one in added.facilitators]) == ("Допрос", ["ru"], [leader])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"local_date": "2001-01-01"}, "The training is from"),
        ({"ends_at": "08:00"}, "It ends before it begins."),
        ({"starts_at": "11:30", "ends_at": "12:30"}, "At this time there is “Session”, 09:00–12:00."),
        ({"starts_at": "x"}, "Give a time, such as 09:30."),
        ({"title_en": ""}, "Give the session a title"),
        ({"room": "x" * 121}, "characters"),
    ],
)
def test_wrong_session_is_refused_and_what_was_typed_stays(
    browser: Browser, session: scoped_session, aida: Account, values: dict[str, str], words: str
) -> None:
    training = upcoming()
    form = browser.sign_in(aida).get(f"/trainings/{training.code}/agenda/sessions/new").form("Save")
    page = form.fill({"title_en": "Interviewing", **values}).submit("Save", status=422)
    assert words in page.refusal()
    assert page.form("Save").fields["title_en"] == [values.get("title_en", "Interviewing")]
    session.expire_all()
    assert len(training.sessions) == 4


def test_break_moves_up_without_script(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    pause = factories.make_break(training, minutes=120)
    address = f"/trainings/{training.code}/agenda/breaks/{pause.reference}/move"
    browser.sign_in(aida).get(f"/trainings/{training.code}/agenda")
    page = browser.post(address, {"direction": "up", "version": str(training.version)})
    assert [row["What"].split()[0] for row in page.rows()] == ["Lunch", "Session", "Session"]
    page = browser.post(address, {"direction": "up", "version": str(training.version - 1)}, status=409)
    assert "Somebody else has changed this training meanwhile." in page.refusal()


def test_moving_a_marked_session_is_asked_about(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    factories.make_attendance(factories.make_registration(training=training, state="confirmed"))
    first = training.sessions[0]
    address = f"/trainings/{training.code}/agenda/sessions/{first.reference}"
    browser.sign_in(aida)
    page = browser.post(f"{address}/move", {"direction": "down", "version": str(training.version)}, status=409)
    assert "People are marked in “Session” (1)" in page.refusal()
    page = page.form("Move it although people are marked").submit()
    assert page.rows()[1]["Time"] == "14:00–17:00"
    page = browser.get(address).form("Save").fill(starts_at="13:30").submit("Save", status=409)
    page = page.form("Save").fill(is_sure="y").submit("Save")
    assert "The agenda is saved." in page.notices()
    page = browser.get(address).form("Take it out").submit(status=422)
    assert "it cannot be taken out" in page.refusal()


def test_version_is_published_shown_and_stays(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/agenda")
    page = page.form("Publish as version 1").submit()
    assert page.h1 == "Agenda, version 1"
    assert "Version 1 is published." in page.text
    training.sessions[0].title_en = "Changed"
    page = browser.get(f"/trainings/{training.code}/agenda")
    assert "changed since" in page.text
    assert "Changed" not in page.follow("Print version 1").text
    browser.get(f"/trainings/{training.code}/agenda/versions/2", status=404)


def test_version_is_printed_as_it_was_frozen(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    factories.make_break(training)
    factories.make_agenda_version(training)
    training.sessions[0].title_en = "Changed"
    answer = browser.sign_in(aida).download(f"/trainings/{training.code}/agenda/versions/1.pdf")
    text = PdfReader(io.BytesIO(answer.body)).pages[0].extract_text()
    assert "version 1" in text
    assert "Lunch" in text
    assert "Changed" not in text
    assert f"{training.code}-agenda-1.pdf" in answer.headers["Content-Disposition"]


def test_conflicts_stand_on_the_agenda_and_in_the_workspace(browser: Browser, bakyt: Account, aida: Account) -> None:
    here, there = upcoming(), upcoming(region="KG-Y", title_en="Secret of the north")
    leader = factories.make_person("Исаков", "Нурлан")
    for training in (here, there):
        factories.make_facilitator(training.sessions[0], leader)
    factories.make_registration(training=here, person=leader, state="confirmed")
    factories.make_registration(training=there, person=leader, state="confirmed")
    browser.sign_in(aida)
    for path in ("", "/agenda"):
        page = browser.get(f"/trainings/{here.code}{path}")
        assert "2 conflicts" in page.text
        assert "a training of another region, 09:00–12:00" in page.text
        assert there.code not in page.html
        assert "Secret" not in page.html


def test_auditor_reads_the_agenda_and_changes_nothing(browser: Browser, auditor: Account) -> None:
    training = upcoming()
    page = browser.sign_in(auditor).get(f"/trainings/{training.code}/agenda")
    assert "Add a session" not in page.links
    browser.post(f"/trainings/{training.code}/agenda/publish", {}, status=403)


def test_agenda_needs_as_many_queries_for_many_sessions_as_for_one(browser: Browser, aida: Account) -> None:
    training = upcoming(sessions=1)
    leader = factories.make_person()
    factories.make_facilitator(training.sessions[0], leader)
    browser.sign_in(aida).get(f"/trainings/{training.code}/agenda")
    one = len(browser.get(f"/trainings/{training.code}/agenda").queries)
    for minute in range(5):
        more = factories.make_session(training, starts=factories.NOW.time().replace(hour=13, minute=minute), minutes=1)
        factories.make_facilitator(more, factories.make_person())
        factories.make_facilitator(more, leader)
    assert len(browser.get(f"/trainings/{training.code}/agenda").queries) == one <= 20


def test_moved_block_keeps_the_focus_and_is_announced(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    pause = factories.make_break(training)
    browser.sign_in(aida).get(f"/trainings/{training.code}/agenda")
    address = f"/trainings/{training.code}/agenda/breaks/{pause.reference}/move"
    part = browser.part(address, {"direction": "up", "version": str(training.version)}, method="POST")
    assert part.ids[0] == "closing-agenda"
    assert toast(part.headers) == "“Lunch” begins at 09:00 now."
    assert part.html.count("data-focus") == 1
    assert (
        'aria-label="Later: Lunch"'
        in part.html[part.html.index("data-focus") - 200 : part.html.index("data-focus") + 200]
    )

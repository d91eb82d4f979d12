"""Roster, one person's marks, counts of the training, and the sheet: as pages and as parts."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.attendance import operations as attendance_operations
from portal.attendance import queries as attendance_queries
from portal.attendance import rules
from portal.attendance.rules import Counts
from portal.audit.models import AuditDetail, AuditEntry
from portal.platform import clock
from portal.platform.db import db
from tests import factories, pdfs
from tests.browser import toast


@pytest.fixture
def training(app):
    training = factories.make_training(days=2, sessions=4)
    for family in ("Усенова", "Үсөнов", "Ңурбаев"):
        person = factories.make_person(family, "Чолпон", post="прокурор")
        factories.make_registration(training=training, person=person, state="confirmed")
    return training


@pytest.fixture
def session(training):
    return training.sessions[0]


@pytest.fixture
def address(training, session):
    return f"/trainings/{training.code}/attendance/{session.reference}"


@pytest.fixture
def people(session):
    return [row.registration for row in attendance_queries.roster(session).rows]


@pytest.fixture
def coordinator(browser, aida):
    return browser.sign_in(aida)


def row_id(registration) -> str:
    return f"attendance-row-{registration.reference}"


def mark(page, word, registration):
    """Return the form of a person's marks, and the words of one of its buttons."""
    person = registration.person
    name = f"{word}: {person.family} {person.given}"
    return page.form(name), name


def counts(session) -> Counts:
    db.session.expire_all()
    return attendance_queries.roster(session).counts


def test_roster_lists_the_confirmed_in_kyrgyz_order(coordinator, training, address, people):
    factories.make_registration(training=training, state="waitlisted")
    page = coordinator.get(address)
    assert [row.registration.person.family for row in attendance_queries.roster(training.sessions[0]).rows] == [
        "Ңурбаев",
        "Усенова",
        "Үсөнов",
    ]
    assert [one for one in page.ids if one.startswith("attendance-row-")] == [row_id(one) for one in people]
    assert "Everybody 3" in page.text
    assert page.title.startswith(page.h1)


def test_mark_without_script_leads_back_to_the_row(coordinator, session, address, people):
    form, button = mark(coordinator.get(address), "Late", people[1])
    page = form.submit(button)
    assert page.notices() == ["Усенова Чолпон: Late"]
    assert counts(session) == Counts(late=1, not_marked=2)


def test_mark_with_htmx_brings_row_counts_and_undo(coordinator, session, address, people):
    form, button = mark(coordinator.get(address), "Absent", people[0])
    part = form.submit_part(button)
    assert part.ids[0] == row_id(people[0])
    assert {"attendance-counts", "attendance-actions"} < set(part.ids)
    assert "Absent 1" in part.text
    assert toast(part.headers) == "Ңурбаев Чолпон: Absent"
    action = json.loads(part.headers["HX-Trigger"])["toast"]["action"]
    assert action["target"] == f"#{row_id(people[0])}"
    undone = coordinator.part(action["url"], method="POST")
    assert "Not marked 3" in undone.text
    assert counts(session) == Counts(not_marked=3)


def test_double_click_and_a_second_window_are_one_mark(coordinator, session, address, people):
    """The second window shows the page as it was before the first click, and asks for the same."""
    form, button = mark(coordinator.get(address), "Present", people[0])
    for _click in range(2):
        form.submit_part(button)
    assert len(attendance_queries.list_marks(session, people[0])) == 1


def test_other_button_after_a_lost_answer_counts(coordinator, session, address, people):
    page = coordinator.get(address)
    for word in ("Present", "Late"):
        form, button = mark(page, word, people[0])
        form.submit_part(button)
    assert counts(session) == Counts(late=1, not_marked=2)


def test_rows_of_one_page_share_a_key_and_each_counts(coordinator, session, address, people):
    page = coordinator.get(address)
    keys = {mark(page, "Present", one)[0].fields["form_key"][0] for one in people}
    assert len(keys) == 1
    for one in people:
        form, button = mark(page, "Present", one)
        form.submit_part(button)
    assert counts(session) == Counts(present=3)


def test_same_button_again_changes_nothing_and_keeps_the_minutes(coordinator, session, address, people):
    coordinator.post(f"{address}/{people[0].reference}", {"state": "late", "minutes": "90", "form_key": "1"})
    form, button = mark(coordinator.get(address), "Late", people[0])
    form.submit(button)
    assert attendance_queries.get_current_mark(session, people[0]).minutes == 90
    form, button = mark(coordinator.get(address), "Undo the mark", people[0])
    assert form.submit(button).notices() == ["Ңурбаев Чолпон: Not marked"]


def test_stale_window_is_shown_what_the_other_one_marked(coordinator, aida, browser, session, address, people):
    stale = coordinator.get(address)
    form, button = mark(coordinator.get(address), "Absent", people[0])
    form.submit(button)
    form, button = mark(stale, "Present", people[0])
    part = form.submit_part(button, status=409)
    assert "in the meantime" in part.refusal()
    assert counts(session) == Counts(absent=1, not_marked=2)
    page = form.submit(button, status=409)  # without script: the person's page, with both
    assert "in the meantime" in page.refusal()
    assert page.rows()[0]["State"] == "Absent"
    page.form("Save the mark").fill(state="present").submit("Save the mark")
    assert counts(session) == Counts(present=1, not_marked=2)


@pytest.fixture
def ahead(app):
    """Return a session of the day after tomorrow, with one person on its roster."""
    training = factories.make_training(starts_on=clock.today("Asia/Bishkek") + timedelta(days=2), days=1)
    factories.make_registration(training=training, person=factories.make_person("Усенова", "Чолпон"), state="confirmed")
    return training.sessions[0]


def address_of(session) -> str:
    return f"/trainings/{session.training.code}/attendance/{session.reference}"


def test_session_takes_no_marks_before_its_hour(coordinator, ahead):
    """The page says from when on, and what is sent all the same is refused."""
    page = coordinator.get(address_of(ahead))
    opens = rules.opens_at(ahead.starts_at).astimezone(ZoneInfo("Asia/Bishkek"))
    assert f"Marks are taken from {opens:%d.%m.%Y %H:%M} on" in page.text
    assert not page.has_form("All present") and not page.has_form("Present: Усенова Чолпон")
    (person,) = [row.registration for row in attendance_queries.roster(ahead).rows]
    one = {"state": "present", "form_key": "1"}
    for where, data in (("all-present", {}), (person.reference, one)):
        sent = {**data, "csrf_token": coordinator.csrf_token()}
        assert coordinator.send("POST", f"{address_of(ahead)}/{where}", data=sent).status == 422
    assert counts(ahead) == Counts(not_marked=1)


def test_coordinator_marks_ahead_with_a_reason_in_the_log(coordinator, ahead):
    form = coordinator.get(address_of(ahead)).form("Open the session for marking")
    assert "why people are marked ahead" in form.submit(status=422).refusal()
    page = form.fill(reason="Занятие перенесено на сегодня").submit()
    assert "Занятие перенесено на сегодня" in page.text and "count once it begins" in page.text
    page.form("All present").submit()
    assert counts(ahead) == Counts(present=1)
    entry = AuditEntry.event == "attendance.opened_ahead"
    details = db.session.scalars(select(AuditDetail.after).join(AuditEntry).where(entry)).all()
    starts_at = ahead.starts_at.isoformat()
    wanted = {"session": ahead.reference, "starts_at": starts_at, "reason": "Занятие перенесено на сегодня"}
    assert details == [wanted]


def test_word_for_marking_ahead_is_void_once_the_session_moves(coordinator, ahead, aida, now):
    attendance_operations.open_ahead(ahead, reason="Перенос", actor=aida, now=now)
    assert coordinator.get(address_of(ahead)).has_form("All present")
    ahead.starts_at, ahead.ends_at = ahead.starts_at + timedelta(hours=1), ahead.ends_at + timedelta(hours=1)
    assert not coordinator.get(address_of(ahead)).has_form("All present")


def test_undo_button_restores_the_former_state(coordinator, session, address, people):
    for word in ("Present", "Excused"):
        form, button = mark(coordinator.get(address), word, people[2])
        form.submit(button)
    form, button = mark(coordinator.get(address), "Undo the mark", people[2])
    page = form.submit(button)
    assert page.notices() == ["Үсөнов Чолпон: Present"]
    part = mark(page, "Undo the mark", people[2])[0].submit_part(button)
    assert "Not marked 3" in part.text


def test_all_present_then_fix_and_take_back(coordinator, session, address, people):
    form, button = mark(coordinator.get(address), "Absent", people[0])
    page = form.submit(button)
    page = page.form("The rest present (2)").submit()
    assert page.notices() == ["2 people marked present."]
    form, button = mark(page, "Late", people[1])
    page = form.submit(button)
    page = page.form("Undo “all present” (1)").submit()
    assert page.notices() == ["1 mark taken back."]
    assert counts(session) == Counts(late=1, absent=1, not_marked=1)


def test_all_present_with_htmx_offers_undo(coordinator, session, address, people):
    part = coordinator.get(address).form("All present").submit_part()
    assert part.ids[0] == "attendance-board"
    assert toast(part.headers) == "3 people marked present."
    action = json.loads(part.headers["HX-Trigger"])["toast"]["action"]
    coordinator.part(action["url"], method="POST")
    assert counts(session) == Counts(not_marked=3)


def test_minutes_and_reason_are_kept_and_checked(coordinator, session, address, people):
    page = coordinator.get(f"{address}/{people[0].reference}")
    form = page.form("Save the mark").fill(state="late", minutes="181")
    refused = form.submit("Save the mark", status=422)
    assert "length of the session" in refused.refusal()
    refused.form("Save the mark").fill(minutes="120").submit("Save the mark")
    page = coordinator.get(f"{address}/{people[0].reference}")
    assert page.rows()[0]["Minutes"] == "120"
    assert page.rows()[0]["By"] == "Аида"
    refused = page.form("Save the mark").fill(state="absent").submit("Save the mark", status=422)
    assert "only for somebody who was there" in refused.refusal()
    refused.form("Save the mark").fill(state="excused", minutes="", reason="суд").submit("Save the mark")
    assert attendance_queries.get_current_mark(session, people[0]).reason == "суд"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "here"}, "Not a valid choice"),
        ({"state": "late", "minutes": "half"}, "Not a valid integer value"),
        ({"state": "late", "minutes": "-1"}, "between 0"),
        ({"state": "excused", "reason": "x" * 301}, "300"),
        ({}, "Choose a state"),
    ],
)
def test_bad_mark_comes_back_in_its_row(coordinator, session, address, people, fields, words):
    part = coordinator.part(f"{address}/{people[0].reference}", fields, method="POST", status=422)
    assert words in part.refusal()
    assert part.ids[0] == row_id(people[0])
    assert counts(session) == Counts(not_marked=3)


def test_search_forgives_script_and_spelling(coordinator, address, people):
    for words in ("усон", "Usonov", "ҮСӨНОВ чолпон"):
        part = coordinator.part(f"{address}?q={words}")
        assert [one for one in part.ids if one.startswith("attendance-row-")] == [row_id(people[2])]
    assert "Nobody like that here" in coordinator.get(f"{address}?q=Nobody").text


def test_counts_are_filters_that_survive_a_mark(coordinator, address, people):
    form, button = mark(coordinator.get(address), "Absent", people[0])
    form.submit(button)
    page = coordinator.get(f"{address}?show=not_marked")
    assert row_id(people[0]) not in page.ids
    form, button = mark(page, "Present", people[1])
    page = form.submit(button)
    assert page.url.split("?")[1].split("#")[0] == "show=not_marked"
    assert [one for one in page.ids if one.startswith("attendance-row-")] == [row_id(people[2])]


def test_finalized_training_is_read_only(coordinator, training, session, address, people):
    form, button = mark(coordinator.get(address), "Late", people[0])
    form.submit(button)
    form, button = mark(coordinator.get(address), "Present", people[1])
    training.state = "finalized"
    db.session.commit()
    page = coordinator.get(address)
    assert "no longer change" in page.text
    assert not page.has_form("All present")
    assert "Late" in page.tags()
    assert "no longer change" in form.submit_part(button, status=422).refusal()
    assert "no longer change" in coordinator.post(f"{address}/all-present", {"form_key": "k"}, status=422).refusal()
    assert counts(session) == Counts(late=1, not_marked=2)


def test_auditor_reads_and_cannot_mark(browser, auditor, address, people):
    page = browser.sign_in(auditor).get(address)
    assert page.tags().count("Not marked") == 3
    browser.post(f"{address}/{people[0].reference}", {"state": "present", "form_key": "k"}, status=403)


def test_other_region_and_other_training_do_not_exist(browser, bakyt, aida, training, session, address, people):
    browser.sign_in(bakyt)
    for path in ("", f"/{session.reference}", f"/{session.reference}/{people[0].reference}", "/sheets/2026-09-14"):
        browser.get(f"/trainings/{training.code}/attendance{path}", status=404)
    browser.post(f"{address}/all-present", status=404)
    other = factories.make_training()
    stranger = factories.make_registration(training=other, state="confirmed")
    coordinator = browser.as_stranger().sign_in(aida)
    coordinator.get(f"/trainings/{other.code}/attendance/{session.reference}", status=404)
    coordinator.post(f"{address}/{stranger.reference}", {"state": "present", "form_key": "k"}, status=404)
    assert attendance_queries.list_marks(session, stranger) == []


def test_index_counts_each_session_and_shows_whoever_is_under_the_minimum(coordinator, training, people):
    for session in training.sessions:
        factories.make_mark(people[0], session, "present")
        factories.make_mark(people[1], session, "absent")
    page = coordinator.get(f"/trainings/{training.code}/attendance")
    first = page.rows()[0]
    assert (first["Present"], first["Absent"], first["Not marked"]) == ("1", "1", "1")
    assert page.html.count("Under the minimum") == 1
    assert "100 %" in page.text


def test_empty_training_says_what_to_do(coordinator, app):
    training = factories.make_training(sessions=0)
    assert "No sessions yet" in coordinator.get(f"/trainings/{training.code}/attendance").text
    session = factories.make_session(training)
    page = coordinator.get(f"/trainings/{training.code}/attendance/{session.reference}")
    assert "Nobody is confirmed yet" in page.text


@pytest.mark.parametrize("path", ["", "/{session}", "/{session}?q=а&show=present"])
def test_number_of_queries_does_not_grow(coordinator, training, session, people, path):
    address = f"/trainings/{training.code}/attendance{path.format(session=session.reference)}"
    few = len(coordinator.get(address).queries)
    for registration in factories.make_registrations(training, 197):
        factories.make_mark(registration, session)
    assert len(coordinator.get(address).queries) == few
    assert few <= 12


def test_roster_takes_two_queries(app, session, people):
    from tests.browser import _counted_queries

    factories.make_registrations(session.training, 10)
    db.session.commit()
    _ = session.training_id
    with _counted_queries() as statements:
        attendance_queries.roster(session)
    assert len(statements) == 2


def test_sheet_is_printed_from_the_rows(coordinator, training, people):
    answer = coordinator.take(f"/trainings/{training.code}/attendance/sheets/2026-09-14/pdf?blank_rows=2")
    assert answer.body.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f"{training.code}-2026-09-14-attendance.pdf" in answer.headers["Content-Disposition"]
    page = coordinator.get(f"/trainings/{training.code}/attendance/sheets/2026-09-14?blank_rows=2")
    assert [row["№"] for row in page.rows()] == ["1", "2", "3", "+1", "+2"]


@pytest.mark.parametrize("day", ["2026-09-16", "2026-9-14", "today", "2026-09-14T00:00"])
def test_sheet_of_a_day_without_sessions_does_not_exist(coordinator, training, day):
    coordinator.get(f"/trainings/{training.code}/attendance/sheets/{day}", status=404)
    coordinator.post(f"/trainings/{training.code}/attendance/sheets/{day}/pdf", status=404)


def test_without_pango_the_page_says_so_and_is_the_sheet(coordinator, training, people, tmp_path, monkeypatch):
    pdfs.lose_pango(monkeypatch, tmp_path)
    page = coordinator.post(f"/trainings/{training.code}/attendance/sheets/2026-09-14/pdf", status=503)
    assert "apt-get install -y libpango-1.0-0" in page.text
    assert page.rows()[2]["Name"] == "Үсөнов Чолпон"


def test_session_that_runs_now_is_named(coordinator, training, session):
    session.starts_at, session.ends_at = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    page = coordinator.get(f"/trainings/{training.code}/attendance")
    assert "Now" in page.tags()

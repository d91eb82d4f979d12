"""A helper at the venue marks by a link: on the days given, in the training given, until the link is ended."""

import re
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from portal.attendance.models import AttendanceMark, SessionOpening, VenueHelper
from portal.platform import clock
from portal.platform.db import db
from portal.registration.models import Registration
from tests import factories
from tests.browser import HTMX, Browser

LINK = re.compile(r"http://localhost/helper#([\w-]{22})")
PHONE = "+996770757797"


@pytest.fixture
def training(app):
    training = factories.make_training(starts_on=clock.today("Asia/Bishkek"), days=2, sessions=0)
    for day in (0, 1):  # From midnight on, so that today's sessions take marks whenever the tests run.
        for minute in (0, 10):
            factories.make_session(training, day=day, starts=time(0, minute))
    for family in ("Усенова", "Ңурбаев"):
        person = factories.make_person(family, "Чолпон", phone=PHONE)
        factories.make_registration(training=training, person=person, state="confirmed")
    return training


@pytest.fixture
def helpers(training) -> str:
    return f"/trainings/{training.code}/venue-helpers"


@pytest.fixture
def link(browser, aida, training, helpers) -> str:
    """Return the secret that a coordinator has made for the first day."""
    form = browser.sign_in(aida).get(helpers).form("Make the link")
    page = form.fill(name="Registration desk", days=[training.starts_on.isoformat()]).submit()
    (secret,) = set(LINK.findall(page.html))
    assert page.headers["Cache-Control"] == "no-store"
    return secret


@pytest.fixture
def phone(browser, link) -> Browser:
    """Return the helper's phone, on which the link was opened."""
    phone = browser.as_stranger()
    phone.get("/helper")
    assert phone.post("/helper/open", {"token": link}).h1 == "Today at the door"
    return phone


def roster_of(session) -> str:
    return f"/trainings/{session.training.code}/attendance/{session.reference}"


def marks() -> list[AttendanceMark]:
    db.session.rollback()
    return list(db.session.scalars(select(AttendanceMark)))


def test_helper_marks_today_under_the_links_name(phone, browser, training, helpers):
    today, later = training.sessions[0], training.sessions[2]
    page = phone.get("/helper")
    assert roster_of(today) in page.html and roster_of(later) not in page.html
    assert "0 of 2 marked" in page.text
    page = phone.get(roster_of(today))
    assert PHONE not in page.html and "770" not in page.text
    assert f"/trainings/{training.code}/registrations" not in page.html
    page.form("Present: Усенова Чолпон").submit("Present: Усенова Чолпон")
    phone.get(roster_of(today)).form("The rest present (1)").submit()
    helper = db.session.scalars(select(VenueHelper)).one()
    assert {mark.marked_by for mark in marks()} == {f"helper {helper.reference}"} and len(marks()) == 2
    assert "2 of 2 marked" in phone.get("/helper").text
    row = browser.get(helpers).row("Registration desk")
    assert "1 device" in row["Last used"] and row["State"] == "Valid"
    reference = db.session.get_one(Registration, marks()[0].registration_id).reference
    assert browser.get(f"{roster_of(today)}/{reference}").row("Present")["By"] == "Registration desk"


def test_helper_waits_for_the_hour_of_a_session(phone, browser, aida, training):
    later = training.sessions[1]
    later.starts_at, later.ends_at = clock.now() + timedelta(hours=2), clock.now() + timedelta(hours=3)
    page = phone.get(roster_of(later))
    assert "Marks are taken from" in page.text and not page.has_form("Open the session for marking")
    assert not page.has_form("All present") and not page.has_form("Present: Усенова Чолпон")
    everybody = f"{roster_of(later)}/all-present"
    assert phone.send("POST", everybody, data={"csrf_token": phone.csrf_token()}).status == 422
    assert phone.send("POST", f"{roster_of(later)}/open-ahead", data={"csrf_token": phone.csrf_token()}).status == 303
    assert db.session.scalars(select(SessionOpening)).all() == []
    form = browser.sign_in(aida).get(roster_of(later)).form("Open the session for marking")
    assert form.fill(reason="Начали раньше").submit().has_form("All present")
    assert phone.send("POST", everybody, data={"csrf_token": phone.csrf_token()}).status == 422
    assert marks() == []
    browser.get(roster_of(later)).form("All present").submit()
    assert {mark.marked_by for mark in marks()} == {aida.label}


def test_link_is_listed_without_its_secret(browser, link, helpers):
    page = browser.get(helpers)
    assert page.row("Registration desk")["Last used"] == "never"
    assert link not in page.html


def test_ended_link_refuses_the_next_request(phone, browser, training, helpers):
    session = training.sessions[0]
    address, every = roster_of(session), f"{roster_of(session)}/all-present"
    token = {"csrf_token": phone.csrf_token()}
    assert phone.send("GET", address).status == 200  # The control: the same requests, before the link was ended.
    assert phone.send("POST", every, data=token).status == 303
    kept = len(marks())
    assert kept == 2
    undo = phone.get(address).form("Undo “all present” (2)")
    browser.get(helpers).form("End now: Registration desk").submit()
    page = phone.get(address)
    assert page.h1 == "Attendance at the venue" and "not valid any more" in page.refusal()
    answer = phone.send("POST", undo.action, data={name: values[0] for name, values in undo.fields.items()})
    assert answer.headers["Location"] == "/helper"
    part = phone.send("POST", every, data=token, headers=HTMX)
    assert (part.status, part.headers["HX-Redirect"]) == (401, "/helper")
    assert len(marks()) == kept
    assert browser.get(helpers).row("Registration desk")["State"] == "Ended"


def test_helper_sees_nothing_else(phone, training):
    elsewhere = factories.make_training(region="KG-Y", course=factories.make_course(), starts_on=training.starts_on)
    for session in (training.sessions[2], elsewhere.sessions[0]):  # Another day, another training.
        assert phone.send("GET", roster_of(session)).status == 404
        answer = phone.send("POST", f"{roster_of(session)}/all-present", data={"csrf_token": phone.csrf_token()})
        assert answer.status == 404
    foreign = factories.make_registration(training=elsewhere, state="confirmed")
    assert phone.send("GET", f"{roster_of(training.sessions[0])}/{foreign.reference}").status == 404
    for path in ("", "/registrations", "/attendance", f"/attendance/sheets/{training.starts_on}", "/venue-helpers"):
        answer = phone.send("GET", f"/trainings/{training.code}{path}")
        assert answer.status == 303 and answer.headers["Location"].startswith("/sign-in"), path
    assert marks() == []


def test_wrong_link_and_closing_the_device(phone, training):
    stranger = phone.as_stranger()
    page = stranger.post("/helper/open", {"token": "x" * 22}, status=422)
    assert "not valid any more" in page.refusal()
    phone.get("/helper").form("Close on this device").submit()
    assert phone.send("GET", roster_of(training.sessions[0])).headers["Location"].startswith("/sign-in")


def test_form_keeps_what_was_typed_beside_its_fault(browser, aida, training, helpers):
    form = browser.sign_in(aida).get(helpers).form("Make the link")
    page = form.fill(name=" ", days=[training.starts_on.isoformat()]).submit(status=422)
    assert "Write who helps" in page.refusal()
    page = page.form("Make the link").fill(name="Айгүл", days=[]).submit(status=422)
    assert "Choose at least one day" in page.refusal() and 'value="Айгүл"' in page.html
    data = {"name": "Айгүл", "days": "2020-01-01"}
    page = page.form("Make the link").fill(name="Ай\u202eгүл").submit(status=422)
    assert "U+202E" in page.refusal()
    assert "Choose one of the list" in browser.post(helpers, data, status=422).refusal()
    assert db.session.scalars(select(VenueHelper.id)).all() == []


def test_finalized_training_needs_no_helper(browser, aida, training, helpers):
    form = browser.sign_in(aida).get(helpers).form("Make the link").fill(name="Айгүл")
    training.state = "finalized"
    assert "takes no marks any more" in form.submit(status=409).refusal()
    assert "its marks no longer change" in browser.get(helpers).text

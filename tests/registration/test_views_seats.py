"""Seats for everyone who waits, the list of the confirmed, and its spreadsheet."""

import io
import zipfile
from datetime import datetime

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditDetail, AuditEntry
from portal.platform.db import db
from portal.registration import operations as registration_operations
from portal.registration.models import Registration
from tests import factories
from tests.browser import Browser

OPERATOR = Operator()
FORMULA = '=HYPERLINK("http://evil.example";"x")'


def make_waiting(capacity: int, people: int, **values) -> list[Registration]:
    training = factories.make_training(capacity=capacity, **values)
    return factories.make_registrations(training, people, state="nominated")


def list_of(registration: Registration) -> str:
    return f"/trainings/{registration.training.code}/registrations"


def export(browser: Browser, registration: Registration):
    page = browser.get(f"{list_of(registration)}/confirmed")
    form = page.form("Download as XLSX")
    return browser.send("POST", form.action, data={name: values[0] for name, values in form.fields.items()})


def test_preview_says_what_would_happen_and_writes_nothing(browser: Browser, aida: Account) -> None:
    waiting = make_waiting(2, 3)
    page = browser.sign_in(aida).get(list_of(waiting[0])).follow("Confirm all 3 nominated people")
    assert "2 get a seat" in page.text.replace("get a seat 2", "2 get a seat")
    assert page.row(waiting[2].person.family)["Reason"] == "The training is full: all 2 seats are taken."
    assert len(page.rows()) == 1
    assert {db.session.get_one(Registration, one.id).state for one in waiting} == {"nominated"}


def test_confirm_all_names_who_waits_and_why(browser: Browser, aida: Account) -> None:
    waiting = make_waiting(2, 3)
    page = browser.sign_in(aida).get(f"{list_of(waiting[0])}/confirmation").form("Confirm 2 people").submit()
    assert page.h1 == "2 people are confirmed"
    assert "1 person is on the waiting list" in page.text
    assert page.row(waiting[2].person.family)["Reason"] == "The training is full: all 2 seats are taken."
    assert waiting[0].person.family in page.text
    again = browser.get(page.url)  # a bookmark shows the same
    assert again.h1 == page.h1 and again.rows() == page.rows()


def test_result_of_no_or_a_broken_moment_is_the_preview(browser: Browser, aida: Account) -> None:
    (waiting,) = make_waiting(1, 1)
    browser.sign_in(aida)
    for at in ("x", "2026-09-14T10:00:00", "", "9999-99-99"):
        assert browser.get(f"{list_of(waiting)}/confirmation?at={at}").h1 == "Confirm everyone who waits"
    page = browser.get(f"{list_of(waiting)}/confirmation?at=2026-01-01T00:00:00%2B00:00")
    assert "Nothing was decided then" in page.text


def test_confirm_all_twice_from_one_page_is_once(browser: Browser, aida: Account) -> None:
    waiting = make_waiting(1, 2)
    form = browser.sign_in(aida).get(f"{list_of(waiting[0])}/confirmation").form("Confirm 1 person")
    first, second = form.submit(), form.submit()
    assert (first.h1, first.url) == (second.h1, second.url)
    events = db.session.scalars(select(AuditEntry.event).where(AuditEntry.event == "registration.confirmed")).all()
    assert len(events) == 1


def test_confirm_all_of_a_closed_training_is_refused(browser: Browser, aida: Account) -> None:
    waiting = make_waiting(1, 1)
    form = browser.sign_in(aida).get(f"{list_of(waiting[0])}/confirmation").form("Confirm 1 person")
    waiting[0].training.state = "finalized"
    page = form.submit(status=409)
    assert "is finalized" in page.refusal()


def test_vetting_demanded_is_told_before_and_after(browser: Browser, aida: Account) -> None:
    (waiting,) = make_waiting(1, 1, is_vetting_required=True)
    page = browser.sign_in(aida).get(f"{list_of(waiting)}/confirmation")
    assert "1 person cannot be confirmed." in page.refusal()
    assert not page.has_form("Confirm 1 person")
    page = browser.post(f"{list_of(waiting)}/confirm-all")
    assert "1 person cannot be confirmed." in page.refusal() and page.h1 == "0 people are confirmed"


def test_list_of_confirmed_stands_by_name_without_contacts(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    for family in ("Яковлев", "Өмүров", "Осмонов"):
        person = factories.make_person(family, "Азат", phone="+996770757797", email="canary@example.org")
        factories.make_registration(training=training, person=person, state="confirmed")
    factories.make_registration(training=training, person=factories.make_person("Лишний", "Тимур"))
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/registrations/confirmed")
    assert [row["Full name"].split()[0] for row in page.rows()] == ["Осмонов", "Өмүров", "Яковлев"]
    assert "770" not in page.text and "canary" not in page.html


def test_export_holds_texts_only_and_is_recorded(browser: Browser, aida: Account, now: datetime) -> None:
    training = factories.make_training(title_en=FORMULA)
    person = factories.make_person("+Асанов", "Азат", phone="+996770757797")
    registration = factories.make_registration(
        training=training, person=person, state="confirmed", post=FORMULA, rank="@SUM(A1)"
    )
    answer = export(browser.sign_in(aida), registration)
    assert answer.status == 200
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert f"{training.code}-confirmed-" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    assert any("HYPERLINK" in part for part in parts.values())  # The canary that could become a formula is there.
    assert not any("<f>" in part or "<f " in part or "hyperlink " in part for part in parts.values())
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.body)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == f"{training.code}. {FORMULA}"
    assert rows[-1][1:5] == ["+Асанов Азат", "Ministry of Internal Affairs", FORMULA, "@SUM(A1)"]
    assert not any("770757797" in str(cell) for row in rows for cell in row)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.event, entry.subject, entry.actor) == (
        "registration.exported",
        f"training {training.code}",
        aida.label,
    )
    assert db.session.get(AuditDetail, entry.id).after == {"kind": "confirmed", "rows": 1}


def test_export_again_from_the_same_page_is_another_export(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    page = browser.sign_in(aida).get(f"{list_of(registration)}/confirmed")
    form = page.form("Download as XLSX")
    data = {name: values[0] for name, values in form.fields.items()}
    answers = [browser.send("POST", form.action, data=data) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    events = db.session.scalars(select(AuditEntry.event)).all()
    assert events.count("registration.exported") == 2


def test_reading_the_list_is_no_export(browser: Browser, aida: Account, now: datetime) -> None:
    waiting = make_waiting(1, 1)
    registration_operations.confirm_all(waiting[0].training, actor=OPERATOR, now=now)
    browser.sign_in(aida).get(f"{list_of(waiting[0])}/export", status=404)
    browser.get(f"{list_of(waiting[0])}/confirmed")
    assert "registration.exported" not in db.session.scalars(select(AuditEntry.event)).all()

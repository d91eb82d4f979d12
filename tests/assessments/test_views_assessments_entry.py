"""Sheets from paper: typed by keyboard alone, refused whole, shown beside what is on record."""

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.assessments.models import AssessmentSheet
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.pagecheck import find_all
from tests.pages import Page

ENTRY = "/trainings/OSH-2026-07/assessments/pre/entry"


@pytest.fixture
def people(session) -> list[Registration]:
    training: Training = factories.make_training(code="OSH-2026-07", sessions=2)
    factories.make_questions(training.course)
    names = ("Абдиев", "Бакиров", "Чокоев")
    return [
        factories.make_registration(training=training, person=factories.make_person(name), state="confirmed")
        for name in names
    ]


def kept() -> list[tuple[int, str, int]]:
    db.session.rollback()
    found = db.session.scalars(select(AssessmentSheet).order_by(AssessmentSheet.id))
    return [(one.registration_id, one.letters, one.revision) for one in found]


def cursor(page: Page) -> str:
    """Return whose row the cursor stands in."""
    return [
        field.get("aria-label", "") for field in find_all(page.root, "input") if field.get("autofocus") is not None
    ][0]


def row(page: Page, one: Registration) -> str:
    return f"{ENTRY}/{one.reference}"


def test_rows_are_typed_one_after_another(browser: Browser, aida: Account, people: list[Registration]) -> None:
    first, second, third = people
    page = browser.sign_in(aida).get(ENTRY)
    assert "was not opened yet" in page.text
    factories.make_assessment(first.training, closed_at=factories.NOW)
    page = browser.get(ENTRY)
    assert "Абдиев" in cursor(page)
    page = page.form(row(page, first)).fill(letters="A B CD A").submit()
    assert "4 of 4" in page.html and "Бакиров" in cursor(page)
    page = page.form(row(page, third)).fill(letters="1 2 - 2").submit()
    assert "Бакиров" in cursor(page)  # The row that was passed over comes again.
    assert kept() == [(first.id, "A B CD A", 1), (third.id, "A B - B", 1)]
    assert "A B - B from paper, 2/4" in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("A B CD A B", "5 answers for 4 questions: there are too many."),
        ("A B CD", "3 answers for 4 questions."),
        ("A B CF A", "Question 3 has 4 answers; “F” is none of them."),
        ("А B CD A", "is a Cyrillic letter"),
        ("", "Type the answers."),
    ],
)
def test_row_that_does_not_fit_is_refused(
    browser: Browser, aida: Account, people: list[Registration], typed: str, words: str
) -> None:
    factories.make_assessment(people[0].training)
    page = browser.sign_in(aida).get(ENTRY)
    page = page.form(row(page, people[1])).fill(letters=typed).submit(status=422)
    assert words in page.refusal()
    assert "Бакиров" in cursor(page)
    assert page.form(row(page, people[1])).fields["letters"] == [typed]  # To be mended, not typed anew.
    assert kept() == []


def test_second_sheet_of_a_person_is_a_conflict_that_somebody_settles(
    browser: Browser, aida: Account, people: list[Registration]
) -> None:
    one = people[0]
    factories.make_sheet(one, letters="A B CD B")
    page = browser.sign_in(aida).get(ENTRY)
    page = page.form(row(page, one)).fill(letters="A B CD A").submit(status=409)
    assert "on record already" in page.refusal()
    assert "On record: A B CD B from a phone, 3/4 Typed now: A B CD A" in page.text
    assert kept() == [(one.id, "A B CD B", 1)]
    page = page.form(row(page, one)).submit()
    assert kept() == [(one.id, "A B CD B", 1), (one.id, "A B CD A", 2)]
    assert "A B CD A from paper, 4/4" in page.text


def test_long_lists_lead_to_the_page_of_the_row(browser: Browser, aida: Account, people: list[Registration]) -> None:
    factories.make_assessment(people[0].training)
    for number in range(50):
        person = factories.make_person(f"Ва{'абвгде'[number % 6] * (number // 6 + 1)}")
        factories.make_registration(training=people[0].training, person=person, state="confirmed")
    page = browser.sign_in(aida).get(f"{ENTRY}?page=2")
    last = people[2]
    page = page.form(row(page, last)).fill(letters="A B").submit(status=422)
    assert "Чокоев" in cursor(page)
    page = page.form(row(page, last)).fill(letters="A B CD A").submit()
    assert "Абдиев" in cursor(page)  # Nobody is behind the last one: it begins again with the first without a sheet.
    fiftieth = [form.get("action", "") for form in find_all(page.root, "form") if "/entry/" in form.get("action", "")][
        -1
    ]
    page = page.form(fiftieth).fill(letters="A B CD A").submit()
    assert page.rows()[0]["№"] == "51" and cursor(page) != ""  # The row behind the last of a page is on the next one.


def test_sheet_is_printed_in_three_languages(browser: Browser, aida: Account, people: list[Registration]) -> None:
    address = "/trainings/OSH-2026-07/assessments/pre/paper"
    page = browser.sign_in(aida).get(address)
    assert "Question 1" in page.text
    kyrgyz = page.follow("Кыргызча").text
    assert "Суроо 1" in kyrgyz and "Бир нече жооп туура болушу мүмкүн." in kyrgyz
    assert "Вопрос 1" in page.follow("Русский").text

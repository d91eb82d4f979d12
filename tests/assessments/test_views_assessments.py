"""The pages of tests: the bank, opening and closing, results, and the phone."""

import re

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from portal.accounts.models import Account
from portal.assessments.models import Assessment, AssessmentQuestion, AssessmentSheet
from portal.participants import operations as participant_operations
from portal.participants.forms import SLIP_TRIES
from portal.platform import clock
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.certificates.arranged import OPERATOR
from tests.spent import spend

KEYS = "A B CD A"


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(code="OSH-2026-07", sessions=2, starts_on=clock.today("Asia/Bishkek"))


@pytest.fixture
def mine(training: Training) -> Registration:
    person = factories.make_person("Асанова", "Чолпон", "Бакытовна")
    return factories.make_registration(training=training, person=person, state="confirmed")


@pytest.fixture
def questions(training: Training, session) -> list[AssessmentQuestion]:
    return factories.make_questions(training.course, KEYS)


def answers(questions: list[AssessmentQuestion], letters: str) -> dict[str, list[str] | None]:
    """Return what is ticked on the page of a test; a dash leaves a question out."""
    given = zip(questions, letters.split(), strict=True)
    return {f"answer-{one.reference}": None if chosen == "-" else list(chosen) for one, chosen in given}


def sheets() -> list[tuple[str, str, int]]:
    db.session.rollback()
    return [
        (one.registration.reference, one.letters, one.points) for one in db.session.scalars(select(AssessmentSheet))
    ]


def test_coordinator_writes_a_question_and_opens_the_test(browser: Browser, aida: Account, training: Training) -> None:
    page = browser.sign_in(aida).get("/trainings/OSH-2026-07/assessments")
    assert "Not opened yet" in page.text and not page.has_form("Open the test")
    page = page.follow("Write the questions first").follow("Write a question")
    form = page.form("Save the question").fill(
        {"options-0-text_ru": "Да"}, text_ru="Что делать?", text_en="What to do?"
    )
    assert "at least two answers" in form.submit(status=422).refusal()
    page = form.fill({"options-1-text_ru": "Нет", "options-1-is_correct": "y"}).submit()
    assert page.rows()[0]["Question"].startswith("What to do? One right answer · right: B")
    assert "not in every language: Кыргызча, English is missing" in page.rows()[0]["Question"]
    page = browser.get("/trainings/OSH-2026-07/assessments").form("Open the test").submit()
    code = db.session.scalar(select(Assessment.code))
    assert code in page.text and "/my/assessments" in page.text
    assert "Open now" in browser.get("/trainings/OSH-2026-07/assessments").text


def test_answered_question_is_retired_and_not_deleted(
    browser: Browser, aida: Account, mine: Registration, questions: list[AssessmentQuestion]
) -> None:
    factories.make_sheet(mine)
    bank = "/trainings/OSH-2026-07/assessments/questions"
    page = browser.sign_in(aida).get(f"{bank}/{questions[1].reference}")
    assert "Retire it instead" in page.form("Delete the question").submit(status=409).refusal()
    page = browser.get(f"{bank}/{questions[1].reference}")
    changed = page.form("Save the question").fill({"options-1-is_correct": None, "options-2-is_correct": "y"})
    assert "no longer change" in changed.submit(status=409).refusal()
    page = (
        browser.get(f"{bank}/{questions[1].reference}").form("Save the question").fill(text_en="Better words").submit()
    )
    assert "Better words" in page.text
    page = browser.get(f"{bank}/{questions[1].reference}").form("Retire the question").submit()
    assert [row["Question"][:10] for row in page.rows("")] == ["Question 1", "Question 3", "Question 4"]
    assert page.rows("retired-questions")[0]["Question"] == "Better words"


def test_stale_question_is_shown_beside_what_was_typed(
    browser: Browser, aida: Account, questions: list[AssessmentQuestion]
) -> None:
    address = f"/trainings/OSH-2026-07/assessments/questions/{questions[0].reference}"
    first = browser.sign_in(aida).get(address).form("Save the question").fill(text_en="Mine")
    browser.get(address).form("Save the question").fill(text_en="Theirs").submit()
    page = first.submit(status=409)
    assert "Theirs" in page.text and page.form("Save the question").fields["text_en"] == ["Mine"]
    assert "Mine" in page.form("Save the question").submit().text


def test_participant_answers_on_a_phone(
    browser: Browser, mine: Registration, questions: list[AssessmentQuestion]
) -> None:
    factories.make_assessment(mine.training, "pre")
    page = browser.open_own_page(mine).get("/my/assessments/pre")
    assert "Асанова" in page.text and "Several answers can be right." in page.text
    page = page.form("Hand in my answers").fill(answers(questions, "A B CD -")).submit(status=422)
    assert "Question 4 has no answer." in page.refusal()
    assert sheets() == []
    form = page.form("Hand in my answers")
    assert form.fields[f"answer-{questions[2].reference}"] == ["C", "D"]  # What was ticked is kept.
    page = form.submit("Hand in with gaps")
    assert "3 of 4 answers are right: 75 %" in page.text
    assert sheets() == [(mine.reference, "A B CD -", 3)]


def test_second_sheet_is_refused_and_changes_nothing(
    browser: Browser, mine: Registration, questions: list[AssessmentQuestion]
) -> None:
    factories.make_assessment(mine.training, "pre")
    browser.open_own_page(mine)
    first, second = (browser.get("/my/assessments/pre").form("Hand in my answers") for _ in range(2))
    first.fill(answers(questions, "A B CD A")).submit()
    page = second.fill(answers(questions, "B B B B")).submit(status=409)
    assert "handed in this test already" in page.refusal()
    assert "4 of 4" in page.text
    assert sheets() == [(mine.reference, "A B CD A", 4)]


def test_double_tap_is_one_sheet(browser: Browser, mine: Registration, questions: list[AssessmentQuestion]) -> None:
    factories.make_assessment(mine.training, "pre")
    form = browser.open_own_page(mine).get("/my/assessments/pre").form("Hand in my answers")
    form.fill(answers(questions, "A B CD A"))
    assert "4 of 4" in form.submit().text
    assert "4 of 4" in form.submit().text  # The same form again is answered as the first time.
    assert len(sheets()) == 1


def test_answers_after_closing_are_refused_and_stay_on_the_page(
    browser: Browser, mine: Registration, questions: list[AssessmentQuestion]
) -> None:
    test = factories.make_assessment(mine.training, "pre")
    form = browser.open_own_page(mine).get("/my/assessments/pre").form("Hand in my answers")
    test.closed_at = clock.now()
    db.session.commit()
    page = form.fill(answers(questions, "A B CD A")).submit(status=409)
    assert "The test is closed: the answers were not taken." in page.refusal()
    assert page.form("Hand in my answers").fields[f"answer-{questions[1].reference}"] == ["B"]
    assert sheets() == []
    assert "The test was closed on" in browser.get("/my/assessments/pre").text


def test_page_of_one_person_takes_no_answers_of_another(
    browser: Browser, mine: Registration, questions: list[AssessmentQuestion]
) -> None:
    factories.make_assessment(mine.training, "pre")
    other = factories.make_registration(training=mine.training, state="confirmed")
    form = browser.open_own_page(mine).get("/my/assessments/pre").form("Hand in my answers")
    browser.open_own_page(other)  # Somebody opens their own link in the same browser meanwhile.
    page = form.fill(answers(questions, "A B CD A")).submit(status=409)
    assert "Another person's page was opened" in page.refusal()
    assert sheets() == []


def test_code_and_slip_open_the_test(browser: Browser, mine: Registration, questions: list[AssessmentQuestion]) -> None:
    test = factories.make_assessment(mine.training, "pre")
    foreign = factories.make_assessment(factories.make_training(), "pre")
    pin = participant_operations.give_pins(mine.training, [mine], actor=OPERATOR, now=clock.now())[0].pin
    form = browser.get("/my/assessments").form("Open the test").fill(reference=mine.reference, pin=pin)
    assert "not the code of a test" in form.fill(code=foreign.code).submit(status=422).refusal()
    assert "sign in" not in browser.get("/my").text and browser.get("/my").h1 == "My training"  # Nothing was opened.
    assert "The reference or the PIN" in form.fill(code=test.code, pin="000000").submit(status=422).refusal()
    page = form.fill(code=test.code.lower(), pin=pin).submit()
    assert page.url == "/my/assessments/pre" and "Асанова" in page.text


def test_pin_is_tried_as_often_here_and_on_the_page_of_slips_together(
    browser: Browser, mine: Registration, questions: list[AssessmentQuestion]
) -> None:
    test = factories.make_assessment(mine.training, "pre")
    pin = participant_operations.give_pins(mine.training, [mine], actor=OPERATOR, now=clock.now())[0].pin
    spend(SLIP_TRIES[0], f"{mine.reference} 127.0.0.1")
    typed = {"code": test.code, "reference": mine.reference.lower(), "pin": pin}
    browser.get("/my/assessments").form("Open the test").fill(**typed).submit(status=429)
    browser.as_stranger().get("/my").form("/my/slip").fill(reference=mine.reference, pin=pin).submit(status=429)


def test_qr_on_the_wall_brings_the_code(browser: Browser, aida: Account, training: Training, questions) -> None:
    test = factories.make_assessment(training, "pre")
    page = browser.sign_in(aida).get("/trainings/OSH-2026-07/assessments/pre/room")
    drawn = re.search(r'class="room-qr" viewBox="-4 -4 (\d+) .*?<path d="([^"]+)"', page.html)
    assert drawn is not None
    side, path = int(drawn[1]), drawn[2]
    picture = Image.new("L", (side, side), 255)
    for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", path):
        picture.paste(0, (int(x) + 4, int(y) + 4, int(x) + 4 + int(length), int(y) + 5))
    found = zxingcpp.read_barcodes(picture.resize((side * 8, side * 8), Image.Resampling.NEAREST))
    assert [one.text for one in found] == [f"http://localhost/my/assessments?code={test.code}"]
    page = browser.as_stranger().get(f"/my/assessments?code={test.code}")
    assert page.form("Open the test").fields["code"] == [test.code]


@pytest.mark.parametrize("values", [{"state": "waitlisted"}, {"state": "confirmed", "role": "facilitator"}])
def test_people_without_a_seat_answer_no_test(browser: Browser, training: Training, questions, values) -> None:
    factories.make_assessment(training, "pre")
    page = browser.open_own_page(factories.make_registration(training=training, **values)).get("/my/assessments/pre")
    assert not page.has_form("Hand in my answers")
    assert "take" in page.notices()[0]


def test_phone_page_speaks_three_languages_and_is_light(
    browser: Browser, mine: Registration, questions: list[AssessmentQuestion]
) -> None:
    for one in range(11):
        factories.make_question(mine.training.course, "A", text_ky=f"Узун суроо {one} " + "сөз " * 40)
    factories.make_assessment(mine.training, "pre")
    browser.open_own_page(mine)
    for language, words in (("ky", "Суроо 1"), ("ru", "Вопрос 1"), ("en", "Question 1")):
        page = browser.speak(language).get("/my/assessments/pre")
        assert words in page.text
        assert len(page.html.encode()) < 60 * 1024


def test_results_show_figures_from_five_pairs(
    browser: Browser, aida: Account, training: Training, questions: list[AssessmentQuestion]
) -> None:
    people = factories.make_registrations(training, 6)
    for place, one in enumerate(people[:4]):
        factories.make_sheet(one, "pre", "A - - -")
        factories.make_sheet(one, "post", "A B CD -" if place else "A B - -")
    page = browser.sign_in(aida).get("/trainings/OSH-2026-07/assessments")
    assert "from 5 people" in page.text and "g =" not in page.text and "25 %" not in page.text
    factories.make_sheet(people[4], "pre", "A - - -")
    factories.make_sheet(people[4], "post", "A B CD A")
    factories.make_sheet(people[5], "post", "A B CD A")  # Without a sheet from before: not in the change.
    page = browser.get("/trainings/OSH-2026-07/assessments")
    assert "+50.0 points, 95 % interval from +28.1 to +71.9" in page.text
    assert "g = " in page.text and "0.67 · medium" in page.text
    # Whose means they are: those of all are of other people, and their difference (54) is not the change.
    assert (
        "Mean before, of all 5 who took it 25 %" in page.text and "Mean after, of all 6 who took it 79 %" in page.text
    )
    assert "Means of those who took both 25 % before, 75 % after" in page.text
    assert "+50,0 п. п., интервал 95 % от +28,1 до +71,9" in browser.speak("ru").get(page.url).text
    assert page.row("Question 4", "by-question")["Right after"] == "20 %"
    assert page.row("Question 4", "by-question")["State"] == "Weak"


def test_auditor_sees_results_and_no_scores(browser: Browser, auditor: Account, mine: Registration, questions) -> None:
    factories.make_sheet(mine, "post")
    page = browser.sign_in(auditor).get("/trainings/OSH-2026-07/assessments")
    assert "Scores" not in page.links and "Асанова" not in page.html
    assert not page.has_form("Open the test")
    browser.get("/trainings/OSH-2026-07/assessments/scores", status=403)


def test_plan_says_who_has_passed(browser: Browser, aida: Account, mine: Registration, questions) -> None:
    factories.make_sheet(mine, "post", "A B - -")
    page = browser.sign_in(aida).get("/trainings/OSH-2026-07/assessments")
    assert "attendance alone" in page.text
    form = page.follow("Change the rule in the plan").form("Save the plan")
    form.fill(is_assessment_required="y", minimum_grade="60").submit()
    assert "at least 60 %" in browser.get("/trainings/OSH-2026-07/assessments").text
    assert browser.get("/trainings/OSH-2026-07/assessments/scores").row("Асанова")["Certificate"] == "Below 60 %"

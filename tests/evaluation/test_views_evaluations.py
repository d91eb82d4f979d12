"""The participant's form and the coordinator's pages of an evaluation."""

import gzip
import re
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from structlog.testing import capture_logs

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditEntry
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.models import EvaluationAnswer, EvaluationBallot, EvaluationTurnout
from portal.platform import clock
from portal.platform.submissions import FormSubmission
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.contract import readings

OPERATOR = Operator()
CANARY = "Канарейка-в-ответе"
FORM = "/my/evaluation"


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(sessions=2, code="OSH-2026-09", starts_on=clock.today() - timedelta(days=4))


@pytest.fixture
def mine(training: Training, session) -> Registration:
    person = factories.make_person("Асанова", "Чолпон")
    registration = factories.make_registration(training=training, person=person, state="confirmed")
    factories.make_attendance(registration)
    session.commit()
    return registration


def ids(training: Training) -> dict[str, str]:
    """Return the names of the fields by the topics of the questions."""
    return {one.topic: f"question_{one.id}" for one in evaluation_queries.get_form(training).questions}


def filled(training: Training, **answers: str) -> dict[str, str]:
    return {ids(training)[topic]: value for topic, value in answers.items()}


def count(session, model) -> int:
    return session.scalar(select(func.count()).select_from(model))


def test_form_is_found_from_the_own_page_and_answered(browser: Browser, mine, training, session) -> None:
    page = browser.open_own_page(mine).get("/my").follow("Evaluate the training")
    assert page.h1 == "Evaluate the training"
    assert "Your answers are anonymous" in page.text and "only if 5 or more have answered by link" in page.text
    done = page.form(FORM).fill(filled(training, overall="5", recommend="1", most_useful="Мисалдар")).submit()
    assert (done.url, done.status) == (FORM, 200)
    assert "Thank you, your answers are in" in done.text and not done.has_form(FORM)
    assert "your evaluation is in" in browser.get("/my").text
    assert (count(session, EvaluationBallot), count(session, EvaluationTurnout)) == (1, 1)
    evaluation_operations.close(training, actor=OPERATOR, now=clock.now())
    stored = session.scalars(select(EvaluationAnswer.words).where(EvaluationAnswer.words.is_not(None))).all()
    assert stored == ["Мисалдар"] and count(session, EvaluationAnswer) == 3


def test_form_speaks_the_language_of_the_person(browser: Browser, mine, training) -> None:
    for language, words in (("ky", "Эмне эң пайдалуу болду?"), ("ru", "Что было самым полезным?")):
        page = browser.speak(language).open_own_page(mine).get(FORM)
        assert words in page.text


def test_form_is_light(browser: Browser, mine) -> None:
    page = browser.open_own_page(mine).get(FORM)
    own = (readings.ROOT / "static/css/pages/evaluation.css").read_bytes()
    weight = readings.style_and_script() + len(gzip.compress(own)) + len(gzip.compress(page.html.encode(), 6))
    assert weight < 60 * 1024
    assert len(page.queries) <= 15


def test_answering_leaves_no_key_no_entry_and_no_log_line_with_words(browser: Browser, mine, training, session) -> None:
    browser.open_own_page(mine)
    entries = count(session, AuditEntry)
    with capture_logs() as lines:
        browser.get(FORM).form(FORM).fill(filled(training, overall="3", obstacles=CANARY)).submit()
    assert count(session, FormSubmission) == 0 and count(session, AuditEntry) == entries
    written = repr(lines)
    assert "my_evaluation.answer" in written  # a line about the request was written,
    assert CANARY not in written and mine.reference not in written  # without what and whose it was


def test_empty_form_is_refused_and_nobody_is_noted(browser: Browser, mine, session) -> None:
    page = browser.open_own_page(mine).get(FORM).form(FORM).submit(status=422)
    assert "Answer at least one question" in page.refusal()
    assert page.has_form(FORM) and count(session, EvaluationTurnout) == 0


def test_impossible_answers_are_refused_and_what_was_typed_stays(browser: Browser, mine, training) -> None:
    browser.open_own_page(mine)
    data = filled(training, overall="9", recommend="1", most_useful="ө" * 2001)
    page = browser.post(FORM, {**data, "form_key": "x"}, status=422)
    assert "Choose one of the answers" in page.refusal() and "at most 2000" in page.refusal()
    fields = page.form(FORM).fields
    assert fields[ids(training)["recommend"]] == ["1"] and fields[ids(training)["most_useful"]] == ["ө" * 2001]


def test_second_form_is_told_that_it_does_not_count(browser: Browser, mine, training, session) -> None:
    form = browser.open_own_page(mine).get(FORM).form(FORM).fill(filled(training, overall="5"))
    form.submit()
    page = form.fill(filled(training, overall="1")).submit(status=409)
    assert "a second form is not counted" in page.refusal() and "Thank you" in page.text
    evaluation_operations.close(training, actor=OPERATOR, now=clock.now())
    assert session.scalars(select(EvaluationAnswer.rating)).all() == [5]


def test_too_early_too_late_and_not_asked(browser: Browser, mine, training, session) -> None:
    browser.open_own_page(mine)
    training.sessions[-1].ends_at = clock.now() + timedelta(hours=1)
    assert "It is too early" in browser.get(FORM).text
    assert "Evaluate the training" not in browser.get("/my").links
    assert "opens at the end" in browser.post(FORM, filled(training, overall="5"), status=409).refusal()
    evaluation_operations.open_early(training, actor=OPERATOR, now=clock.now())
    assert browser.get(FORM).has_form(FORM)
    evaluation_operations.close(training, actor=OPERATOR, now=clock.now())
    assert "The evaluation is closed" in browser.get(FORM).text
    assert "takes no more answers" in browser.post(FORM, filled(training, overall="5"), status=409).refusal()
    absent = factories.make_registration(training=training, state="withdrawn")
    assert "nothing to evaluate" in browser.as_stranger().open_own_page(absent).get(FORM).text


# The coordinator's pages


PAGE = "/trainings/OSH-2026-09/evaluation"


def closed(training: Training, forms: int) -> None:
    factories.make_registrations(training, forms)
    factories.make_evaluation(training, forms, words=CANARY)


def test_results_with_their_numbers(browser: Browser, training, aida: Account) -> None:
    closed(training, 7)
    page = browser.sign_in(aida).get(PAGE)
    assert "7 of 7" in page.text
    rows = {row["Answer"]: row["People"] for row in page.rows("How do you rate the training as a whole?")}
    assert rows == {"5 – excellent": "2", "4": "2", "3": "3", "2": "0", "1 – very poor": "0"}
    assert "57 % gave 4 or 5" in page.text and "median 4" in page.text
    assert [row["Share"] for row in page.rows("Would you recommend this training to a colleague?")] == ["100 %", "0 %"]
    assert len(re.findall(r'<svg class="chart-bar"', page.html)) == 5 * 5 + 2
    assert page.text.count(CANARY) == 3 * 7


def test_auditor_reads_numbers_and_no_comment(browser: Browser, training, auditor: Account, dana: Account) -> None:
    closed(training, 7)
    page = browser.sign_in(auditor).get(PAGE)
    assert "gave 4 or 5" in page.text and CANARY not in page.html
    assert not page.has_form("Close and show the results")
    assert browser.as_stranger().sign_in(dana).send("GET", PAGE).status == 403


def test_few_answers_are_not_shown(browser: Browser, training, aida: Account) -> None:
    closed(training, 4)
    page = browser.sign_in(aida).get(PAGE)
    assert "Too few answers to show" in page.text and "4 of 4 people answered" in page.text
    assert CANARY not in page.html and "chart-bar" not in page.html
    rows = CalamineWorkbook.from_filelike(_file(browser.download(f"{PAGE}/results.xlsx").body)).get_sheet_by_index(0)
    assert not any("very poor" in str(cell) for row in rows.to_python() for cell in row)


def test_table_has_distributions_and_no_comment(browser: Browser, training, aida: Account) -> None:
    closed(training, 7)
    answer = browser.sign_in(aida).download(f"{PAGE}/results.xlsx")
    rows = CalamineWorkbook.from_filelike(_file(answer.body)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == "Evaluation: 7 of 7 people answered"
    assert ["How do you rate the training as a whole?", "5 – excellent", 2.0, 29.0] in rows
    assert CANARY not in repr(rows)


def _file(content: bytes):
    from io import BytesIO

    return BytesIO(content)


def test_open_and_close_by_hand(browser: Browser, training, mine, aida: Account) -> None:
    training.sessions[-1].ends_at = clock.now() + timedelta(hours=1)
    page = browser.sign_in(aida).get(PAGE)
    assert "Not open yet" in page.text and "Evaluation" in page.text
    page = page.form("Open it now").submit()
    assert "The evaluation is open" in page.text and "It closes by itself on" in page.text
    page = page.follow("Close the evaluation")
    assert "never be shown" in page.text and "1 person has not answered" in page.text
    assert "cannot be undone" in page.text
    page = page.form("Close without results").submit()
    assert "Too few answers to show" in page.text
    assert browser.post(f"{PAGE}/close", status=409).refusal() == (
        "There is a problem The evaluation is closed and takes no more answers."
    )
    assert "no open evaluation" in browser.get(f"{PAGE}/close").text


def test_nobody_is_named_while_people_answer(browser: Browser, training, mine, aida: Account, session) -> None:
    evaluation_operations.open_early(training, actor=OPERATOR, now=training.sessions[0].starts_at)
    other = factories.make_registration(training=training, person=factories.make_person("Бекова"), state="confirmed")
    factories.make_attendance(other)
    browser.open_own_page(mine).get(FORM).form(FORM).fill(filled(training, overall="5")).submit()
    coordinator = browser.as_stranger().sign_in(aida)
    page = coordinator.get(PAGE)
    assert "1 of 2" in page.text and "Асанова" not in page.text and "Бекова" not in page.text
    assert "The reminder is on its way" in page.form("Remind all who have not answered").submit().text
    mails = coordinator.get("/trainings/OSH-2026-09/mails/evaluation")
    states = {row["Name"].split()[0]: row["State"] for row in mails.rows()}
    assert states["Асанова"] == states["Бекова"]


def test_results_of_one_link_and_four_papers_are_on_no_page(browser: Browser, training, aida: Account) -> None:
    factories.make_registrations(training, 9)
    factories.make_evaluation(training, 5, paper_forms=4, words=CANARY)
    page = browser.sign_in(aida).get(PAGE)
    assert "Too few answers to show" in page.text and "4 of them on paper" in page.text and CANARY not in page.html
    rows = CalamineWorkbook.from_filelike(_file(browser.download(f"{PAGE}/results.xlsx").body)).get_sheet_by_index(0)
    assert len(rows.to_python()) <= 5


def test_paper_forms_alone_are_shown_without_comments(browser: Browser, training, aida: Account) -> None:
    factories.make_registrations(training, 9)
    factories.make_evaluation(training, 6, paper_forms=6, words=CANARY)
    page = browser.sign_in(aida).get(PAGE)
    assert "gave 4 or 5" in page.text and CANARY not in page.html
    assert "Comments are shown from 5 answers by link on" in page.text


def test_evaluation_whose_time_is_over_says_so(browser: Browser, training, mine, aida: Account) -> None:
    for one in training.sessions:
        one.starts_at, one.ends_at = one.starts_at - timedelta(days=15), one.ends_at - timedelta(days=15)
    assert "The evaluation is closed" in browser.open_own_page(mine).get(FORM).text
    page = browser.as_stranger().sign_in(aida).get(PAGE)
    assert "The evaluation is over" in page.text and not page.has_form("Close the evaluation")


def test_paper_is_typed_in_by_digits(browser: Browser, training, mine, aida: Account, session) -> None:
    page = browser.sign_in(aida).get(PAGE).follow("Type in paper forms")
    typed = filled(training, overall="4", recommend="жок", to_change="Убакыт аз")
    page = page.form(f"{PAGE}/paper").fill(filled(training, overall="6", recommend="?")).submit(status=422)
    assert "Type 1, 2, 3, 4 or 5" in page.refusal() and "Type 1 for yes or 0 for no" in page.refusal()
    page = page.form(f"{PAGE}/paper").fill(typed).submit()
    assert "Paper form 1 is in" in page.text and page.url == f"{PAGE}/paper"
    page = page.form(f"{PAGE}/paper").fill(typed).submit(status=409)
    assert "as many as people took part" in page.refusal()
    evaluation_operations.close(training, actor=OPERATOR, now=clock.now())
    ratings = select(EvaluationAnswer.rating).where(EvaluationAnswer.rating.is_not(None))
    assert sorted(session.scalars(ratings)) == [0, 4]


def test_empty_form_is_printed_in_the_language_of_the_room(browser: Browser, training, aida: Account) -> None:
    page = browser.sign_in(aida).get(f"{PAGE}/paper").follow("Print the empty form")
    assert "Do not write your name" in page.text and "What was most useful?" in page.text
    page = page.follow("Кыргызча")
    assert "Эмне эң пайдалуу болду?" in page.text and "Do not write your name" not in page.text
    assert page.h1 == "Evaluation on paper"

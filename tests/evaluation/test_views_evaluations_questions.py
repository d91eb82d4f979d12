"""The coordinator changes what the participants of a course are asked."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation import rules as evaluation_rules
from portal.platform import clock
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.evaluation.answered import OPERATOR
from tests.pages import Page

PAGE = "/trainings/OSH-2026-09/evaluation/questions"


@pytest.fixture
def training(session) -> Training:
    made = factories.make_training(sessions=2, code="OSH-2026-09", starts_on=clock.today() + timedelta(days=4))
    session.commit()
    return made


def asked(training: Training) -> list[str]:
    return [question.text_en for question in evaluation_queries.get_form(training).questions]


def shown(page: Page) -> list[str]:
    fields = page.form(PAGE).fields
    return [
        fields[f"questions-{place}-text_en"][0] for place in range(len(fields)) if f"questions-{place}-kind" in fields
    ]


def test_questions_come_go_and_move_and_are_saved_together(browser: Browser, training, aida: Account) -> None:
    before = asked(training)
    page = browser.sign_in(aida).get("/trainings/OSH-2026-09/evaluation").follow("Change the questions")
    assert shown(page) == before
    page = page.form(PAGE).submit("Move question 2 up")
    page = page.form(PAGE).submit("Remove question 3")
    page = page.form(PAGE).submit("Add: yes or no")
    last = len(before) - 1
    form = page.form(PAGE).fill({f"questions-{last}-text_en": "Was the food good?"})
    wanted = [before[1], before[0], *before[3:], "Was the food good?"]
    assert asked(training) == before  # Nothing is saved yet.
    page = form.submit("Save the questions")
    assert "The questions are saved" in page.text and "Was the food good?" in page.text
    assert asked(training) == wanted
    kinds = [question.kind for question in evaluation_queries.get_form(training).questions]
    assert (kinds[0], kinds[-1]) == ("scale", "yes_no")


def test_impossible_questions_are_refused_beside_their_fields(browser: Browser, training, aida: Account) -> None:
    before = asked(training)
    page = browser.sign_in(aida).get(PAGE).form(PAGE).submit("Add: a mark from 1 to 5")
    last = len(before)
    page = page.form(PAGE).fill({"questions-0-text_en": "x" * 301}).submit("Save the questions", status=422)
    assert "Write the question in at least one language" in page.refusal()
    assert "this end of the scale" in page.refusal() and "too long" in page.refusal()
    assert f"questions-{last}-text_ru-error" in page.ids
    assert page.form(PAGE).fields["questions-0-text_en"] == ["x" * 301]
    assert asked(training) == before


def test_stale_questions_show_both(browser: Browser, training, aida: Account, session) -> None:
    form = browser.sign_in(aida).get(PAGE).form(PAGE).fill({"questions-0-text_en": "Mine?"})
    theirs = evaluation_rules.Question(
        "t", evaluation_rules.QuestionKind.OPEN, {"text_ky": "Theirs?", "text_ru": "Theirs?", "text_en": "Theirs?"}
    )
    evaluation_operations.change_form(
        training, [theirs], form_id=evaluation_queries.get_form(training).id, actor=OPERATOR, now=clock.now()
    )
    session.commit()
    page = form.submit("Save the questions", status=409)
    assert "Somebody else has changed" in page.refusal() and "Theirs?" in page.text
    page.form(PAGE).submit("Save the questions")
    assert asked(training)[0] == "Mine?"


def test_questions_that_are_asked_stay(browser: Browser, training, aida: Account) -> None:
    evaluation_operations.open_early(training, actor=OPERATOR, now=clock.now())
    page = browser.sign_in(aida).get(PAGE)
    assert "its questions stay as they are" in page.text and not page.has_form(PAGE)
    assert "are being answered" in browser.post(PAGE, {"questions-0-text_en": "?"}, status=409).refusal()

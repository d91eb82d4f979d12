"""Answers come in once, whoever sends twice or dies between, and nothing in the database says whose they are."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from portal.audit.models import AuditEntry
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.jobs import close_due
from portal.evaluation.models import (
    Evaluation,
    EvaluationAnswer,
    EvaluationBallot,
    EvaluationForm,
    EvaluationQuestion,
    EvaluationTurnout,
)
from portal.evaluation.operations import AlreadyAnswered, FormRefused, QuestionsChanged
from portal.evaluation.rules import OPEN_FOR, Answer, EvaluationStatus, Question, QuestionKind
from portal.platform import tokens
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations import TrainingCancelled
from tests import factories
from tests.evaluation.answered import CANARY, LATER, OPERATOR, answer, answers_of, close, count, forms
from tests.factories import NOW
from tests.refusals import raises_refusal


@pytest.fixture
def training(app) -> Training:
    return factories.make_training(sessions=2)


@pytest.fixture
def people(training: Training) -> list[Registration]:
    made = factories.make_registrations(training, 8)
    db.session.commit()
    return made


def test_answers_come_in_and_are_shown_after_the_end(training, people):
    for number, person in enumerate(people[:6]):
        answer(person, 3 + number % 3, words="Көбүрөөк мисал керек" if number == 0 else "")
    assert evaluation_queries.list_results(training, with_comments=True) == []
    close(training)
    results = {one.question.topic: one for one in evaluation_queries.list_results(training, with_comments=True)}
    assert results["overall"].distribution.rows == [(5, 2), (4, 2), (3, 2), (2, 0), (1, 0)]
    assert results["recommend"].distribution.rows == [(1, 4), (0, 2)]
    assert results["most_useful"].comments == ("Көбүрөөк мисал керек",)
    assert not any(one.comments for one in evaluation_queries.list_results(training, with_comments=False))
    assert evaluation_queries.get_turnout(training) == evaluation_queries.Turnout(forms=6, paper_forms=0, asked=8)
    assert evaluation_queries.list_answered_ids(training) == {one.id for one in people[:6]}


def test_fewer_than_five_forms_are_shown_to_nobody(training, people):
    for person in people[:4]:
        answer(person, words=CANARY)
    close(training)
    assert evaluation_queries.list_results(training, with_comments=True) == []


def test_second_form_of_a_person_is_refused(training, people):
    answer(people[0])
    with pytest.raises(AlreadyAnswered):
        answer(people[0], 1)
    assert (count(EvaluationTurnout), count(EvaluationBallot), forms(training)) == (1, 1, 1)


def test_closing_opens_the_ballots_and_leaves_none(training, people):
    answer(people[0])
    assert (count(EvaluationBallot), count(EvaluationAnswer)) == (1, 0)
    close(training)
    assert (count(EvaluationBallot), count(EvaluationAnswer)) == (0, len(answers_of(training)))


def test_answers_written_before_there_were_ballots_stay(training, people):
    for person in people[:5]:
        answer(person, 5)
    question = evaluation_queries.get_form(training).questions[0]
    old = {"key": tokens.random_token(), "training_id": training.id, "question_id": question.id, "rating": 1}
    db.session.add(EvaluationAnswer(**old))
    close(training)
    results = {one.question.topic: one for one in evaluation_queries.list_results(training, with_comments=True)}
    assert results[question.topic].distribution.rows == [(5, 5), (4, 0), (3, 0), (2, 0), (1, 1)]
    assert db.session.get(EvaluationAnswer, old["key"]) is None


def test_it_closes_by_itself(training, people):
    nobody_answered = factories.make_training(sessions=1)
    cancelled, draft = factories.make_training(state="cancelled_by_host"), factories.make_training(state="draft")
    for person in people[:5]:
        answer(person)
    last = training.sessions[-1].ends_at + OPEN_FOR
    assert close_due(last - timedelta(minutes=1)) == 1  # The other one had its only session in the morning.
    assert evaluation_queries.is_closed(nobody_answered) and not evaluation_queries.is_closed(training)
    with raises_refusal("evaluation_closed"):
        answer(people[5], now=last)
    assert evaluation_queries.list_results(training, with_comments=True) == []
    assert close_due(last) == 1
    assert evaluation_queries.list_results(training, with_comments=True) != []
    assert not evaluation_queries.get_evaluation(cancelled) and not evaluation_queries.get_evaluation(draft)
    assert close_due(last) == 0
    assert db.session.scalars(select(AuditEntry.actor).distinct()).all() == ["worker"]


def test_overdue_evaluation_can_be_closed_by_hand(training, people):
    answer(people[0])
    close(training, training.sessions[-1].ends_at + OPEN_FOR)
    assert evaluation_queries.is_closed(training)


def test_who_may_not_answer(training, people):
    during = training.sessions[-1].ends_at - timedelta(minutes=1)
    with raises_refusal("not_open"):
        answer(people[0], now=during)
    waiting = factories.make_registration(training=training, state="waitlisted")
    guest = factories.make_registration(training=training, state="confirmed", role="guest")
    for session in training.sessions:
        factories.make_mark(people[1], session, "absent")
    db.session.commit()
    for nobody in (waiting, guest, people[1]):
        with raises_refusal("not_asked"):
            answer(nobody)
        assert evaluation_queries.get_status(nobody, LATER) == EvaluationStatus.NOT_ASKED
    with raises_refusal("nothing_answered"):
        evaluation_operations.answer(people[0], [], now=LATER)
    close(training)
    with raises_refusal("evaluation_closed"):
        answer(people[0])
    assert (count(EvaluationTurnout), count(EvaluationAnswer)) == (0, 0)


def test_answers_that_fit_no_question_are_refused(training, people):
    first, *_rest = evaluation_queries.get_form(training).questions
    other = factories.make_training()
    course_form = EvaluationForm(course_id=other.course_id, number=9, created_at=NOW, created_by="x")
    course_form.questions = [EvaluationQuestion(place=1, topic="t", kind="scale", text_ru="?")]
    for wrong in (
        [Answer(first.id, rating=6)],
        [Answer(first.id, words="?")],
        [Answer(first.id + 10_000, rating=3)],
        [Answer(first.id, rating=3), Answer(first.id, rating=4)],
    ):
        with raises_refusal("answer_refused"):
            evaluation_operations.answer(people[0], wrong, now=LATER)


def test_cancelled_training_is_not_evaluated(training, people):
    training.state = "cancelled_by_host"
    db.session.commit()
    for act in (
        lambda: answer(people[0]),
        lambda: evaluation_operations.close(training, actor=OPERATOR, now=LATER),
        lambda: evaluation_operations.open_early(training, actor=OPERATOR, now=NOW),
    ):
        with pytest.raises(TrainingCancelled):
            act()


def test_opened_by_hand(training, people):
    evaluation_operations.open_early(training, actor=OPERATOR, now=NOW)
    answer(people[0], now=NOW)
    with raises_refusal("already_open"):
        evaluation_operations.open_early(training, actor=OPERATOR, now=NOW)
    close(training, NOW)
    with raises_refusal("evaluation_closed"):
        evaluation_operations.open_early(training, actor=OPERATOR, now=LATER)
    events = db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events == ["evaluation.opened", "evaluation.closed"]


def test_paper_forms_are_counted_and_never_more_than_people(training):
    factories.make_registrations(training, 2)
    for number in (1, 2):
        done = evaluation_operations.enter_paper(training, answers_of(training), actor=OPERATOR, now=LATER)
        assert done == number
    with raises_refusal("all_forms_in"):
        evaluation_operations.enter_paper(training, answers_of(training), actor=OPERATOR, now=LATER)
    assert evaluation_queries.get_turnout(training) == evaluation_queries.Turnout(forms=2, paper_forms=2, asked=2)
    assert count(EvaluationTurnout) == 0


def test_totals_leave_out_what_nobody_may_read(training):
    factories.make_evaluation(training, 5, paper_forms=4)
    other = factories.make_evaluation(factories.make_training(), 6, paper_forms=1)
    found = db.session.execute(select(evaluation_queries.closed_forms(select(Training.id)))).all()
    assert [(one.training_id, one.forms) for one in found] == [(other.training_id, 6)]


# Questions


def questions(*texts: str) -> list[Question]:
    return [Question(f"t{number}", QuestionKind.OPEN, _texts(words)) for number, words in enumerate(texts)]


def _texts(words: str) -> dict[str, str]:
    return {"text_ky": words, "text_ru": words, "text_en": words}


def change(training: Training, asked: list[Question], form_id: int | None = None) -> EvaluationForm:
    shown = form_id or evaluation_queries.get_form(training).id
    return evaluation_operations.change_form(training, asked, form_id=shown, actor=OPERATOR, now=NOW)


def test_changed_questions_are_a_new_version_of_the_course(training):
    first = evaluation_queries.get_form(training)
    second = change(training, questions("Эмне жакты?"))
    third = change(training, questions("Эмне жакты?", "Эмне жаккан жок?"))
    assert (first.course_id, second.number, third.number) == (None, 1, 2)
    assert change(training, questions("Эмне жакты?", "Эмне жаккан жок?")).id == third.id
    later = factories.make_training(course=training.course)
    elsewhere = factories.make_training(course=factories.make_course())
    assert evaluation_queries.get_form(later).id == third.id
    assert evaluation_queries.get_form(elsewhere).id == first.id


def test_results_show_the_question_that_was_asked(training, people):
    for person in people[:5]:
        answer(person)
    asked = [one.text_en for one in evaluation_queries.get_form(training).questions]
    later = factories.make_training(course=training.course, starts_on=LATER.date() + timedelta(days=30))
    change(later, questions("Башка суроо"))
    close(training)
    assert [one.question.text_en for one in evaluation_queries.list_results(training, with_comments=True)] == asked


def test_questions_that_are_asked_do_not_change(training, people):
    answer(people[0])
    with raises_refusal("questions_asked"):
        evaluation_operations.change_form(
            training, questions("?"), form_id=evaluation_queries.get_form(training).id, actor=OPERATOR, now=LATER
        )


def test_stale_and_impossible_questions_are_refused(training):
    shown = evaluation_queries.get_form(training).id
    change(training, questions("Биринчи"), shown)
    with pytest.raises(QuestionsChanged):
        change(training, questions("Экинчи"), shown)
    with pytest.raises(FormRefused) as refused:
        change(training, questions(""))
    assert [fault.place for fault in refused.value.faults] == [0]


def test_first_form_is_loaded_once(app):
    assert not evaluation_operations.load_first_form(actor=OPERATOR, now=NOW)
    db.session.execute(delete(EvaluationQuestion))
    db.session.execute(delete(EvaluationForm))
    assert evaluation_operations.load_first_form(actor=OPERATOR, now=NOW)
    assert count(Evaluation) == 0

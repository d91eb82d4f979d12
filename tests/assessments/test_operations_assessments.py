"""Tests open, close and are answered once; on both databases, also by two at the same moment."""

from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.assessments import operations as assessment_operations
from portal.assessments import queries as assessment_queries
from portal.assessments import question_queries
from portal.assessments import questions as assessment_questions
from portal.assessments.models import Assessment, AssessmentItem, AssessmentQuestion, AssessmentSheet
from portal.assessments.operations import AlreadyHandedIn, AssessmentRefused, Handing, SheetExists, SheetRefused
from portal.assessments.questions import QuestionChanged, QuestionRefused
from portal.assessments.rules import AssessmentRefusal, Moment, QuestionDraft
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform.db import db, transaction
from portal.platform.errors import Refusal
from portal.platform.texts import Text
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import applications, factories
from tests.factories import NOW
from tests.parallel import DEADLINE, in_threads
from tests.refusals import raises_refusal

pytestmark = pytest.mark.databases("sqlite", "postgresql")
WHO = {"actor": Operator(), "now": NOW}


@pytest.fixture
def training(session) -> Training:
    training = factories.make_training()
    factories.make_questions(training.course)
    return training


@pytest.fixture
def person(training: Training) -> Registration:
    return factories.make_registration(training=training, state="confirmed")


def handing(registration: Registration, letters: str = "A B CD A") -> Handing:
    questions = question_queries.list_for_moment(registration.training.course_id, Moment.PRE)
    answers = zip(questions, letters.split(), strict=True)
    return Handing(registration.reference, {one.reference: chosen.strip("-") for one, chosen in answers})


def draft(**values: object) -> QuestionDraft:
    options = (Text(ru="Да"), Text(ru="Нет"), *(Text() for _ in range(4)))
    given = {"kind": "single", "used_in": "both", "topic": Text(ru="Тема"), "text": Text(ru="Что?")}
    return QuestionDraft(**{**given, "options": options, "correct": (1,), **values})  # type: ignore[arg-type]


def events() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


def test_test_opens_with_the_questions_of_its_version(training: Training) -> None:
    factories.make_question(training.course, "A", used_in="post")
    retired = factories.make_question(training.course, "A")
    assessment_questions.retire(retired, **WHO)
    test = assessment_operations.open_test(training, Moment.PRE, **WHO)
    assert len(test.items) == 4 and test.is_open and len(test.code) == 5
    assert assessment_operations.open_test(training, Moment.PRE, **WHO) is test  # Twice is once.
    with pytest.raises(AssessmentRefused) as refused:
        assessment_operations.open_test(training, Moment.POST, **WHO)
    assert refused.value.refusal is AssessmentRefusal.PRE_STILL_OPEN
    assessment_operations.close_test(training, Moment.PRE, actor=Operator(), now=NOW + timedelta(minutes=15))
    assessment_operations.close_test(training, Moment.PRE, **WHO)
    assert test.closed_at == NOW + timedelta(minutes=15)
    assert len(assessment_operations.open_test(training, Moment.POST, **WHO).items) == 5
    with pytest.raises(AssessmentRefused):
        assessment_operations.open_test(training, Moment.PRE, **WHO)
    assert events() == [
        "evaluation.assessment_question_retired",
        "evaluation.assessment_opened",
        "evaluation.assessment_closed",
        "evaluation.assessment_opened",
    ]


def test_test_opened_by_mistake_holds_nothing_back(training: Training, person: Registration) -> None:
    assessment_operations.open_test(training, Moment.POST, **WHO)
    with pytest.raises(AssessmentRefused):
        assessment_operations.open_test(training, Moment.PRE, **WHO)
    assessment_operations.close_test(training, Moment.POST, **WHO)
    assert assessment_operations.open_test(training, Moment.PRE, **WHO).is_open
    assessment_operations.close_test(training, Moment.PRE, **WHO)
    factories.make_sheet(person, "post")
    with pytest.raises(AssessmentRefused) as refused:
        assessment_operations.open_test(training, Moment.PRE, **WHO)
    assert refused.value.refusal is AssessmentRefusal.POST_HAS_BEGUN


def test_questions_stand_still_from_the_first_sheet_on(training: Training, person: Registration) -> None:
    assessment_operations.open_test(training, Moment.PRE, **WHO)
    assessment_operations.close_test(training, Moment.PRE, **WHO)
    factories.make_question(training.course, "B")
    assert len(assessment_operations.open_test(training, Moment.PRE, **WHO).items) == 5
    assessment_operations.hand_in(person, Moment.PRE, handing(person, "A B CD A B"), **WHO)
    assessment_operations.close_test(training, Moment.PRE, **WHO)
    factories.make_question(training.course, "C")
    test = assessment_operations.open_test(training, Moment.PRE, **WHO)
    assert len(test.items) == 5 and assessment_queries.count_sheets(test) == 1


@pytest.mark.parametrize("state", ["finalized", "cancelled_by_host"])
def test_training_that_is_over_takes_nothing(training: Training, person: Registration, state: str) -> None:
    factories.make_assessment(training)
    training.state = state
    db.session.flush()
    for act in (
        lambda: assessment_operations.open_test(training, Moment.POST, **WHO),
        lambda: assessment_operations.close_test(training, Moment.PRE, **WHO),
        lambda: assessment_operations.hand_in(person, Moment.PRE, handing(person), **WHO),
        lambda: assessment_operations.enter(person, Moment.PRE, "A B CD A", seen=0, **WHO),
    ):
        with pytest.raises(AssessmentRefused):
            act()
    assert events() == []


def test_sheet_is_taken_once_and_whole(training: Training, person: Registration) -> None:
    test = factories.make_assessment(training)
    sheet = assessment_operations.hand_in(person, Moment.PRE, handing(person, "A B C -"), **WHO)
    assert (sheet.letters, sheet.points, sheet.maximum, sheet.source) == ("A B C -", 2, 4, "phone")
    with pytest.raises(AlreadyHandedIn):
        assessment_operations.hand_in(person, Moment.PRE, handing(person), **WHO)
    other = factories.make_registration(training=training, state="confirmed")
    with pytest.raises(SheetRefused):
        assessment_operations.hand_in(other, Moment.PRE, handing(other, "A B F A"), **WHO)
    with raises_refusal("wrong_person"):
        assessment_operations.hand_in(other, Moment.PRE, handing(person), **WHO)
    test.closed_at = NOW
    with pytest.raises(AssessmentRefused) as refused:
        assessment_operations.hand_in(other, Moment.PRE, handing(other), **WHO)
    assert refused.value.refusal is AssessmentRefusal.NOT_OPEN
    assert assessment_queries.count_sheets(test) == 1
    assert events() == ["evaluation.assessment_answered"]


def test_paper_is_typed_in_after_closing_and_corrected_in_sight(training: Training, person: Registration) -> None:
    with pytest.raises(AssessmentRefused):
        assessment_operations.enter(person, Moment.PRE, "A B CD A", seen=0, **WHO)  # Never opened.
    factories.make_assessment(training, closed_at=NOW)
    with pytest.raises(SheetRefused):
        assessment_operations.enter(person, Moment.PRE, "A B CD A A", seen=0, **WHO)
    assessment_operations.enter(person, Moment.PRE, "a b - 1", seen=0, **WHO)
    with pytest.raises(SheetExists) as conflict:
        assessment_operations.enter(person, Moment.PRE, "A B CD A", seen=0, **WHO)
    assert (conflict.value.standing.letters, conflict.value.typed, conflict.value.status) == (
        "A B - A",
        "A B CD A",
        409,
    )
    assert (
        assessment_operations.enter(person, Moment.PRE, "A B - A", seen=1, **WHO).revision == 1
    )  # The same changes nothing.
    corrected = assessment_operations.enter(person, Moment.PRE, "A B CD A", seen=1, **WHO)
    assert (corrected.revision, corrected.points) == (2, 4)
    with pytest.raises(SheetExists):
        assessment_operations.enter(
            person, Moment.PRE, "- - - -", seen=1, **WHO
        )  # Somebody has corrected it meanwhile.
    assert assessment_queries.report(training).results.n_pre == 1
    assert db.session.scalar(select(func.count()).select_from(AssessmentSheet)) == 2  # Nothing was written over.
    assert events() == ["evaluation.assessment_entered"] * 2


def test_people_who_left_count_in_no_figure(training: Training) -> None:
    people = factories.make_registrations(training, 6)
    for one in people:
        factories.make_sheet(one)
    people[0].state = "withdrawn"
    db.session.flush()
    found = assessment_queries.report(training).results
    assert (found.n_pre, assessment_queries.states(training)[Moment.PRE].handed_in) == (5, 5)


def test_question_with_answers_is_not_deleted(training: Training, person: Registration) -> None:
    question = assessment_questions.add(training.course, draft(), **WHO)
    test = assessment_operations.open_test(training, Moment.PRE, **WHO)
    with raises_refusal("question_asked"):
        assessment_questions.remove(question, **WHO)
    assessment_operations.hand_in(person, Moment.PRE, handing(person, "A B CD A B"), **WHO)
    with raises_refusal("question_answered"):
        assessment_questions.remove(question, **WHO)
    with raises_refusal("key_stands"):
        assessment_questions.change(question, draft(correct=(0,)), version=question.version, **WHO)
    assessment_questions.change(question, draft(text=Text(ru="Что именно?")), version=question.version, **WHO)
    assessment_questions.retire(question, **WHO)
    assert assessment_queries.find_sheet(test, person).points == 5
    assert len(question_queries.list_for_moment(training.course_id, Moment.POST)) == 4


def test_question_without_answers_goes_with_its_place(training: Training) -> None:
    question = assessment_questions.add(training.course, draft(used_in="pre"), **WHO)
    twin = assessment_questions.add(training.course, draft(used_in="post", twin=question.reference), **WHO)
    factories.make_assessment(training, closed_at=NOW)
    assessment_questions.remove(question, **WHO)
    db.session.expire_all()
    assert twin.twin_id is None
    assert db.session.scalar(select(func.count()).select_from(AssessmentItem)) == 4


def test_question_is_kept_and_moved(training: Training) -> None:
    with pytest.raises(QuestionRefused):
        assessment_questions.add(training.course, draft(correct=()), **WHO)
    question = assessment_questions.add(training.course, draft(kind="true_false", correct=(1,)), **WHO)
    assert ([option.text_en for option in question.options], question.key) == (["True", "False"], "B")
    with pytest.raises(QuestionChanged):
        assessment_questions.change(question, draft(), version=question.version + 1, **WHO)
    assessment_questions.move(question, up=True, **WHO)
    order = [one.id for one in question_queries.list_questions(training.course_id)]
    assert order.index(question.id) == 3
    assessment_questions.move(question, up=False, **WHO)
    assessment_questions.move(question, up=False, **WHO)  # The last one stays where it is.
    assert question_queries.list_questions(training.course_id)[-1] is question


def test_pair_is_equated_once(training: Training) -> None:
    before = assessment_questions.add(training.course, draft(used_in="pre"), **WHO)
    assessment_questions.add(training.course, draft(used_in="post", twin=before.reference), **WHO)
    both = factories.make_question(training.course)
    for twin in (before, both, AssessmentQuestion(reference="unknown")):
        with raises_refusal("wrong_twin"):
            assessment_questions.add(training.course, draft(used_in="post", twin=twin.reference), **WHO)


def test_equated_pair_is_one_line_of_the_results(training: Training) -> None:
    before = assessment_questions.add(training.course, draft(used_in="pre"), **WHO)
    after = assessment_questions.add(training.course, draft(used_in="post", twin=before.reference), **WHO)
    for one in factories.make_registrations(training, 5):
        factories.make_sheet(one, "pre", "A B CD A A")
        factories.make_sheet(one, "post", "A B CD A B")
    found = assessment_queries.report(training)
    assert found.results.is_comparable and found.results.change is not None
    line = found.questions[-1]
    assert (line.question, line.post, line.share.pre, line.share.post) == (before, after, 0, 100)


def rush(settings: Settings, hand_in: object) -> tuple[list[str], int]:
    """Let two devices hand in for one person at the same moment; return what became of each, and the rows kept."""
    app = applications.make(settings)
    with app.app_context():
        training = factories.make_training()
        factories.make_questions(training.course)
        factories.make_assessment(training)
        registration_id = factories.make_registration(training=training, state="confirmed").id
        db.session.commit()
    barrier = Barrier(2)

    def work(one: Flask, letters: str) -> str:
        with one.app_context():
            try:
                with transaction():
                    registration = db.session.get_one(Registration, registration_id)
                    hand_in(registration, handing(registration, letters), barrier)  # type: ignore[operator]
            except Refusal as refusal:
                return refusal.code
            return "taken"

    answers = in_threads(app, work, [("A B CD A",), ("B B B B",)])
    with app.app_context():
        rows = db.session.scalar(select(func.count()).select_from(AssessmentSheet)) or 0
        db.session.remove()
        db.engine.dispose()
    return sorted(answers), rows


def test_two_submits_at_once_are_one_sheet(settings: Settings) -> None:
    def hand_in(registration: Registration, given: Handing, _barrier: Barrier) -> None:
        assessment_operations.hand_in(registration, Moment.PRE, given, **WHO)

    assert rush(settings, hand_in) == (["already_handed_in", "taken"], 1)


@pytest.mark.databases("postgresql")  # SQLite lets only one write at a time, whatever the code does.
def test_without_the_lock_and_the_constraint_both_are_taken(settings: Settings) -> None:
    """The control: look first, write then, with nothing that holds the other back."""

    def hand_in(registration: Registration, given: Handing, barrier: Barrier) -> None:
        test = db.session.scalars(select(Assessment)).one()
        assert assessment_queries.find_sheet(test, registration) is None
        barrier.wait(DEADLINE)
        number = 1 if set(given.answers.values()) == {"B"} else 2  # The revision goes around the constraint.
        kept = {"letters": "-", "points": 0, "maximum": 1, "source": "phone", "entered_at": NOW, "entered_by": "x"}
        db.session.add(AssessmentSheet(assessment=test, registration=registration, revision=number, **kept))

    assert rush(settings, hand_in) == (["taken", "taken"], 2)

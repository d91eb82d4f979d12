"""What the demo's groups answer: tests before and after, from an invented question bank, and the evaluation."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from portal.access.policy import Operator
from portal.assessments import operations as assessment_operations
from portal.assessments import queries as assessment_queries
from portal.assessments import question_queries
from portal.assessments import questions as assessment_questions
from portal.assessments.models import AssessmentQuestion
from portal.assessments.operations import Handing
from portal.assessments.rules import LETTERS, Moment, QuestionDraft, UsedIn
from portal.assessments.rules import QuestionKind as TestKind
from portal.catalog.models import Course
from portal.demo import facts
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.models import EvaluationQuestion
from portal.evaluation.rules import Answer, QuestionKind
from portal.platform.db import transaction
from portal.registration import queries as registration_queries
from portal.trainings.models import Training

_BANK = facts.read("questions")
_TOPICS = _BANK["topics"]
# How likely an answer is right; evidence stays the weak topic.
_KNOWN = {Moment.PRE: 0.48, Moment.POST: 0.82}
_KNOWN_OF_EVIDENCE = {Moment.PRE: 0.35, Moment.POST: 0.52}
_LATE, _GONE = 4, 7  # Every so many people came too late for the first test, or had left before the second.


def take_both(training: Training, *, now: datetime) -> None:
    """Let a group take the test before its first session, and the one after in its last."""
    take_first(training, now=now)
    _take(training, Moment.POST, at=training.sessions[-1].starts_at, now=now)


def take_first(training: Training, *, now: datetime) -> None:
    """Let a group take the test before its first session."""
    _write_questions(training.course, now=now)
    _take(training, Moment.PRE, at=training.sessions[0].starts_at, now=now)


def _write_questions(course: Course, *, now: datetime) -> None:
    """Fill the bank of a course, unless somebody has written in it."""
    if question_queries.list_questions(course.id):
        return
    earlier: AssessmentQuestion | None = None
    for fact in _BANK["questions"]:
        draft = QuestionDraft(
            fact["kind"],
            fact.get("used_in", UsedIn.BOTH.value),
            _TOPICS[fact["topic"]],
            fact["text"],
            tuple(fact.get("options", ())),
            tuple(map(LETTERS.index, fact["key"])),
        )
        twin = earlier.reference if draft.used_in == UsedIn.POST and earlier else ""
        earlier = assessment_questions.add(course, replace(draft, twin=twin), actor=Operator(), now=now)


def _take(training: Training, moment: Moment, *, at: datetime, now: datetime) -> None:
    """Let a group take a test at a past moment, unless it was taken; the audit log says when it was really made."""
    if assessment_queries.find_assessment(training.id, moment) is not None:
        return
    test = assessment_operations.open_test(training, moment, actor=Operator(), now=now)
    questions = assessment_queries.list_questions(test)
    chance = Random(f"{training.code} {moment}")  # The same group each time.
    for place, one in enumerate(registration_queries.list_confirmed(training.id)):
        if place % 19 == (_LATE if moment == Moment.PRE else _GONE):
            continue
        ability = chance.gauss(0, 0.12)
        answers = {question.reference: _tick(question, moment, ability, chance) for question in questions}
        sheet = assessment_operations.hand_in(one, moment, Handing(one.reference, answers), actor=Operator(), now=now)
        sheet.entered_at = at + timedelta(minutes=8, seconds=13 * place)
    assessment_operations.close_test(training, moment, actor=Operator(), now=now)
    test.opened_at, test.closed_at = at, at + timedelta(minutes=25)


def _tick(question: AssessmentQuestion, moment: Moment, ability: float, chance: Random) -> str:
    """Return the right answer or a wrong one: another option, or a multiple choice with one too few."""
    known = _KNOWN_OF_EVIDENCE if question.topic.en == _TOPICS["evidence"].en else _KNOWN
    if chance.random() < known[moment] + ability:
        return question.key
    if question.kind == TestKind.MULTIPLE:
        return question.key.replace(chance.choice(question.key), "")
    return chance.choice([letter for letter in LETTERS[: len(question.options)] if letter not in question.key])


# One mark for each form in turn; what some wrote, in the language they think in.
_EVALUATION = facts.read("evaluation")
_PAPER_FORMS, _NAY_SAYERS = 4, 11


def evaluate(training: Training, *, now: datetime) -> None:
    """Let three of four people answer by link and some on paper on the day after, and close; what is done stays.

    Each form is a transaction of its own, as when it comes from a phone.
    """
    if evaluation_queries.is_closed(training):
        return
    ended_at = training.ends_at
    when = min(now, ended_at + timedelta(days=1)) if ended_at else now
    questions = evaluation_queries.get_form(training).questions
    people = [one for place, one in enumerate(evaluation_queries.list_asked(training)) if place % 4 != 1]
    for place, registration in enumerate(people):
        if not evaluation_queries.has_answered(registration):
            with transaction():
                evaluation_operations.answer(registration, _fill_in(questions, place), now=when)
    for place in range(evaluation_queries.get_turnout(training).paper_forms, _PAPER_FORMS):
        with transaction():
            answers = _fill_in(questions, len(people) + place)
            evaluation_operations.enter_paper(training, answers, actor=Operator(), now=when)
    with transaction():
        evaluation_operations.close(training, actor=Operator(), now=now)


def _fill_in(questions: list[EvaluationQuestion], number: int) -> list[Answer]:
    found = []
    for question in questions:
        marks = _EVALUATION["marks"].get(question.topic, (4,))
        comments = _EVALUATION["comments"].get(question.topic, ())
        if question.kind == QuestionKind.SCALE:
            found.append(Answer(question.id, rating=marks[number % len(marks)]))
        elif question.kind == QuestionKind.YES_NO:
            found.append(Answer(question.id, rating=int(number % _NAY_SAYERS > 0)))
        elif number < len(comments):
            found.append(Answer(question.id, words=comments[number]))
    return found

"""The tests of the demo: a bank of questions, and sheets such as a group hands in before and after two days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from portal.access.policy import Operator
from portal.demo.questions import EVIDENCE, QUESTIONS
from portal.evaluation.models.assessments import Assessment, AssessmentQuestion
from portal.evaluation.operations import assessments as tests
from portal.evaluation.operations import assessments_questions as bank
from portal.evaluation.operations.assessments import Handing
from portal.evaluation.queries import assessments as queries
from portal.evaluation.queries import assessments_questions as bank_queries
from portal.evaluation.rules.assessments import LETTERS, Moment, QuestionKind, UsedIn
from portal.registration.models import Registration
from portal.registration.queries import registrations
from portal.trainings.models import Course, Training

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
    if bank_queries.list_questions(course.id):
        return
    earlier: AssessmentQuestion | None = None
    for draft in QUESTIONS:
        twin = earlier.reference if draft.used_in == UsedIn.POST and earlier else ""
        earlier = bank.add(course, replace(draft, twin=twin), actor=Operator(), now=now)


def _take(training: Training, moment: Moment, *, at: datetime, now: datetime) -> None:
    """Let a group take a test at a past moment, unless it was taken."""
    if queries.find_assessment(training.id, moment) is not None:
        return
    test = tests.open_test(training, moment, actor=Operator(), now=now)
    questions = queries.list_questions(test)
    chance = Random(f"{training.code} {moment}")  # The same group each time.
    for place, one in enumerate(registrations.list_confirmed(training.id)):
        if place % 19 == (_LATE if moment == Moment.PRE else _GONE):
            continue
        ability = chance.gauss(0, 0.12)
        answers = {question.reference: _answer(question, moment, ability, chance) for question in questions}
        _hand_in(one, moment, answers, at=at + timedelta(minutes=8, seconds=13 * place), now=now)
    tests.close_test(training, moment, actor=Operator(), now=now)
    _date(test, at)


def _hand_in(one: Registration, moment: Moment, answers: dict[str, str], *, at: datetime, now: datetime) -> None:
    sheet = tests.hand_in(one, moment, Handing(one.reference, answers), actor=Operator(), now=now)
    sheet.entered_at = at


def _date(test: Assessment, at: datetime) -> None:
    """Put the test in its day; the audit log says when it was really made."""
    test.opened_at, test.closed_at = at, at + timedelta(minutes=25)


def _answer(question: AssessmentQuestion, moment: Moment, ability: float, chance: Random) -> str:
    known = _KNOWN_OF_EVIDENCE if question.topic_en == EVIDENCE.en else _KNOWN
    if chance.random() < known[moment] + ability:
        return question.key
    return _slip(question, chance)


def _slip(question: AssessmentQuestion, chance: Random) -> str:
    """Return a wrong answer: another option, or a multiple choice with one too few."""
    if question.kind == QuestionKind.MULTIPLE:
        return question.key.replace(chance.choice(question.key), "")
    return chance.choice(_others(LETTERS[: len(question.options)], question.key))


def _others(letters: str, key: str) -> Sequence[str]:
    return [letter for letter in letters if letter not in key]

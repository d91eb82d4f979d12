"""What the participants of the demo think of the training: answers by link and on paper, and the end of it."""

from datetime import datetime, timedelta

from portal.access.policy import Operator
from portal.demo.facts import EVALUATION_COMMENTS
from portal.evaluation.models.evaluations import EvaluationQuestion
from portal.evaluation.operations import evaluations as operations
from portal.evaluation.queries import evaluations as queries
from portal.evaluation.rules.evaluations import Answer, QuestionKind
from portal.platform.db import transaction
from portal.registration.models import Registration
from portal.trainings.models import Training

_PAPER_FORMS = 4
# Most are content, the organization is liked least. One mark for each form in turn.
_MARKS = {
    "overall": (5, 5, 4, 5, 4, 5, 3, 5, 4),
    "content": (5, 4, 5, 4, 5, 3, 4),
    "facilitators": (5, 5, 5, 4, 5, 5, 5, 4, 3, 5, 5, 5, 4),
    "usefulness": (4, 5, 3, 5, 4, 4, 5, 2),
    "organization": (4, 3, 5, 4, 2, 4, 3, 5, 4, 3, 1),
}
_NAY_SAYERS = 11


def evaluate(training: Training, *, now: datetime) -> None:
    """Let three of four people answer by link and some on paper on the day after, and close; what is done stays."""
    if queries.is_closed(training):
        return
    ended_at = training.ends_at
    when = min(now, ended_at + timedelta(days=1)) if ended_at else now
    questions = queries.get_form(training).questions
    people = [one for place, one in enumerate(queries.list_asked(training)) if place % 4 != 1]
    answered = len(people)
    for place, registration in enumerate(people):
        _answer(registration, _form(questions, place), when)
    for place in range(queries.get_turnout(training).paper_forms, _PAPER_FORMS):
        with transaction():
            answers = _form(questions, answered + place)
            operations.enter_paper(training, answers, actor=Operator(), now=when)
    with transaction():
        operations.close(training, actor=Operator(), now=now)


def _answer(registration: Registration, answers: list[Answer], now: datetime) -> None:
    if not queries.has_answered(registration):
        with transaction():
            operations.answer(registration, answers, now=now)


def _form(questions: list[EvaluationQuestion], number: int) -> list[Answer]:
    found = []
    for question in questions:
        marks, comments = _MARKS.get(question.topic, (4,)), EVALUATION_COMMENTS.get(question.topic, ())
        if question.kind == QuestionKind.SCALE:
            found.append(Answer(question.id, rating=marks[number % len(marks)]))
        elif question.kind == QuestionKind.YES_NO:
            found.append(Answer(question.id, rating=int(number % _NAY_SAYERS > 0)))
        elif number < len(comments):
            found.append(Answer(question.id, words=comments[number]))
    return found

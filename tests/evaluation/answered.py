"""People who answer an evaluation, as the page lets them."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.rules import Answer, QuestionKind
from portal.platform.db import Base, db, transaction
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests.factories import NOW

OPERATOR = Operator()
LATER = NOW + timedelta(days=3)
CANARY = "Канарейка-в-ответе"


def answers_of(training: Training, rating: int = 4, words: str = "") -> list[Answer]:
    """Return an answer to every question of a training."""
    found = []
    for question in evaluation_queries.get_form(training).questions:
        if question.is_open:
            found += [Answer(question.id, words=words)] if words else []
        else:
            found.append(Answer(question.id, rating=rating if question.kind == QuestionKind.SCALE else rating % 2))
    return found


def answer(registration: Registration, rating: int = 4, words: str = "", *, now=LATER) -> None:
    with transaction():
        evaluation_operations.answer(registration, answers_of(registration.training, rating, words), now=now)


def type_in(training: Training, rating: int = 4, words: str = "", *, now=LATER) -> None:
    with transaction():
        evaluation_operations.enter_paper(training, answers_of(training, rating, words), actor=OPERATOR, now=now)


def close(training: Training, now: datetime = LATER) -> None:
    with transaction():
        evaluation_operations.close(training, actor=OPERATOR, now=now)


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def forms(training: Training) -> int:
    return evaluation_queries.get_turnout(training).forms

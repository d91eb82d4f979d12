"""Evaluations with their answers."""

from typing import Any

from portal.evaluation import queries as evaluation_queries
from portal.evaluation.models import Evaluation, EvaluationAnswer
from portal.platform import tokens
from portal.platform.db import db
from portal.trainings.models import Training
from tests.factories.base import NOW, add


def make_evaluation(training: Training, forms: int = 0, *, words: str = "Баары жакшы", **values: Any) -> Evaluation:
    """Make a closed evaluation to which this many forms came in: marks 3, 4, 5 in turn, yes, and `words`."""
    form = evaluation_queries.get_form(training)
    defaults = {"opened_at": NOW, "closed_at": NOW, "paper_forms": 0}
    evaluation = add(Evaluation(training_id=training.id, form_id=form.id, forms=forms, **{**defaults, **values}))
    db.session.add_all(
        EvaluationAnswer(
            key=tokens.random_token(),
            training_id=training.id,
            question_id=question.id,
            rating={"scale": 3 + number % 3, "yes_no": 1}.get(question.kind),
            words=words if question.is_open else None,
        )
        for number in range(forms)
        for question in form.questions
    )
    db.session.flush()
    return evaluation

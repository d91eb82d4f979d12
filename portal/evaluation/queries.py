"""Read evaluations: questions, state, and results once they may be shown."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import NotNullable, Select, Subquery, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import selectinload

from portal.attendance import queries as attendance
from portal.evaluation import rules
from portal.evaluation.models import Evaluation, EvaluationAnswer, EvaluationForm, EvaluationQuestion, EvaluationTurnout
from portal.evaluation.rules import FEWEST, Distribution, EvaluationState, EvaluationStatus, Question, QuestionKind
from portal.platform.db import AnySelect, db
from portal.registration.models import Registration
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training, TrainingSession
from portal.trainings.rules import TrainingState

OVERALL = "overall"  # The topic by which every form asks for the training as a whole.


def closed_forms(trainings: Select[int]) -> Subquery:
    """Return the question for the forms of closed evaluations, how many rated the whole, and how many of them well.

    An evaluation whose results nobody may read counts nothing: a total would give them away.
    """
    answer = EvaluationAnswer
    by_link = Evaluation.forms - Evaluation.paper_forms
    may_show = or_(by_link >= FEWEST, and_(by_link == 0, Evaluation.forms >= FEWEST))
    overall = select(EvaluationQuestion.id).where(EvaluationQuestion.topic == OVERALL)
    is_rating = (answer.training_id == Evaluation.training_id) & answer.question_id.in_(overall)
    return (
        select(
            Evaluation.training_id,
            Evaluation.forms,
            func.count(answer.rating).label("rated"),
            func.count(case((answer.rating >= 4, 1))).label("favorable"),
        )
        .join(answer, is_rating, isouter=True)
        .where(Evaluation.training_id.in_(trainings), Evaluation.closed_at.is_not(None), may_show)
        .group_by(Evaluation.training_id, Evaluation.forms)
        .subquery()
    )


_ANSWERED_STATES = (TrainingState.APPROVED.value, TrainingState.HELD.value)
_FIRST_FORM = Path(__file__).parent / "data" / "evaluation-form.json"


@dataclass(frozen=True)
class Turnout:
    """How many forms came in, how many of them on paper, and how many people are asked."""

    forms: int
    paper_forms: int
    asked: int

    @property
    def missing(self) -> int:
        return max(0, self.asked - self.forms)

    @property
    def by_link(self) -> int:
        return self.forms - self.paper_forms


@dataclass(frozen=True)
class QuestionResult:
    """A question as it was asked, with its distribution; open questions have comments instead."""

    question: EvaluationQuestion
    distribution: Distribution | None
    comments: tuple[str, ...] = ()


def first_form() -> list[Question]:
    """Return the questions that every installation begins with."""
    facts = json.loads(_FIRST_FORM.read_text(encoding="utf-8"))
    return [Question(fact.pop("topic"), QuestionKind(fact.pop("kind")), fact) for fact in facts]


def get_evaluation(training: Training) -> Evaluation | None:
    """Return the evaluation of a training once anybody has opened or answered it."""
    return db.session.get(Evaluation, training.id)


def get_form(training: Training) -> EvaluationForm:
    """Return the questions of a training: those that were asked, else the newest of its course, else the first ones."""
    evaluation = get_evaluation(training)
    query = select(EvaluationForm).options(selectinload(EvaluationForm.questions))
    if evaluation is not None:
        return db.session.scalars(query.where(EvaluationForm.id == evaluation.form_id)).one()
    of_course = (EvaluationForm.course_id == training.course_id) | EvaluationForm.course_id.is_(None)
    newest = query.where(of_course).order_by(EvaluationForm.course_id.is_(None), EvaluationForm.number.desc())
    return db.session.scalars(newest.limit(1)).one()


def get_state(training: Training, now: datetime) -> EvaluationState:
    """Return how the evaluation of a training stands."""
    evaluation = get_evaluation(training)
    return rules.state(
        ends_at=training.ends_at,
        opened_at=evaluation.opened_at if evaluation else None,
        closed_at=evaluation.closed_at if evaluation else None,
        is_cancelled=training.is_cancelled,
        now=now,
    )


def closes_on(training: Training) -> date | None:
    """Return the day, at the venue, on which the evaluation closes by itself."""
    evaluation = get_evaluation(training)
    end = rules.closes_at(training.ends_at, evaluation.opened_at if evaluation else None)
    return end.astimezone(ZoneInfo(training.time_zone)).date() if end else None


def is_to_close(training: Training, now: datetime) -> bool:
    """Tell whether the evaluation has begun and is not closed yet, be it overdue."""
    return get_state(training, now) in (EvaluationState.OPEN, EvaluationState.CLOSED) and not is_closed(training)


def list_due(now: datetime) -> list[int]:
    """Return the ids of the trainings whose evaluation closes by itself now."""
    latest = now - rules.OPEN_FOR
    last = func.max(TrainingSession.ends_at)
    query = (
        select(Training.id)
        .outerjoin(Evaluation, Evaluation.training_id == Training.id)
        .outerjoin(TrainingSession, TrainingSession.training_id == Training.id)
        .where(Training.state.in_(_ANSWERED_STATES), Evaluation.closed_at.is_(None))
        .group_by(Training.id, Evaluation.opened_at)
        .having(
            func.coalesce(last, Evaluation.opened_at) <= latest, func.coalesce(Evaluation.opened_at, last) <= latest
        )
    )
    return list(db.session.scalars(query.order_by(Training.id)))


def get_status(registration: Registration, now: datetime) -> EvaluationStatus:
    """Return how a participant stands to the evaluation."""
    return rules.status(
        get_state(registration.training, now),
        is_asked=is_asked(registration),
        has_answered=has_answered(registration),
    )


def has_answered(registration: Registration) -> bool:
    """Tell whether somebody has answered."""
    turnout = EvaluationTurnout
    query = exists().where(turnout.training_id == registration.training_id, turnout.registration_id == registration.id)
    return bool(db.session.scalar(select(query)))


def is_asked(registration: Registration) -> bool:
    """Tell whether somebody is asked: a confirmed participant who was there, or whom nobody has marked yet."""
    if registration.state != RegistrationState.CONFIRMED or registration.role not in attendance.MARKED_ROLES:
        return False
    return rules.was_there(attendance.attended(registration.training, as_of=None)[registration.id])


def list_asked(training: Training) -> list[Registration]:
    """Return everyone who is asked, in the Kyrgyz order of names."""
    known = attendance.attended(training, as_of=None)
    return [one for one in attendance.list_listed(training) if rules.was_there(known[one.id])]


def list_answered_ids(training: Training) -> set[int]:
    """Return the ids of the registrations of those who have answered by link; no page names them."""
    turnout = EvaluationTurnout
    return set(db.session.scalars(select(turnout.registration_id).where(turnout.training_id == training.id)))


def is_closed(training: Training) -> bool:
    """Tell whether nobody can answer any more."""
    evaluation = get_evaluation(training)
    return evaluation is not None and evaluation.closed_at is not None


def get_turnout(training: Training) -> Turnout:
    """Return how many forms came in, of how many people who are asked."""
    evaluation = get_evaluation(training)
    asked = len(list_asked(training))
    return Turnout(evaluation.forms, evaluation.paper_forms, asked) if evaluation else Turnout(0, 0, asked)


def progress_of(ids: Sequence[int]) -> list[AnySelect]:
    """Return queries for how many forms came in to trainings, and for whether their evaluations are open or closed.

    Each row is (training id, what is counted, how many).
    """
    evaluation = Evaluation
    known = select(evaluation.training_id).where(evaluation.training_id.in_(ids))
    state = case((evaluation.closed_at.is_(None), "evaluations_open"), else_="evaluations_closed")
    return [
        known.add_columns(literal("evaluation_forms"), evaluation.forms),
        known.add_columns(state, literal(1)),
    ]


def list_results(training: Training, *, with_comments: bool) -> list[QuestionResult]:
    """Return the results question by question, as asked; nothing while the evaluation is open or has too few forms."""
    evaluation = get_evaluation(training)
    if evaluation is None or not rules.may_show(**_counts(evaluation)):
        return []
    answer = EvaluationAnswer
    query = (
        select(answer.question_id, NotNullable(answer.rating), func.count())
        .where(answer.training_id == training.id, answer.rating.is_not(None))
        .group_by(answer.question_id, answer.rating)
    )
    counted: dict[int, dict[int, int]] = defaultdict(dict)
    for question_id, rating, number in db.session.execute(query):
        counted[question_id][rating] = number
    comments = _comments(training) if with_comments and rules.may_show_comments(**_counts(evaluation)) else {}
    known = rules.known_answers(forms=evaluation.forms, paper_forms=evaluation.paper_forms)
    return [
        QuestionResult(one, None, comments.get(one.id, ()))
        if one.is_open
        else QuestionResult(one, rules.distribution(QuestionKind(one.kind), counted[one.id], known))
        for one in evaluation.form.questions
    ]


def _counts(evaluation: Evaluation) -> dict[str, Any]:
    is_closed = evaluation.closed_at is not None
    return {"is_closed": is_closed, "forms": evaluation.forms, "paper_forms": evaluation.paper_forms}


def _comments(training: Training) -> dict[int, tuple[str, ...]]:
    answer = EvaluationAnswer
    query = (
        select(answer.question_id, NotNullable(answer.words))
        .where(answer.training_id == training.id, answer.words.is_not(None))
        .order_by(answer.key)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for question_id, words in db.session.execute(query):
        found[question_id].append(words)
    return {question_id: tuple(words) for question_id, words in found.items()}

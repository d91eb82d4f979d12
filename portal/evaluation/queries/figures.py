"""Read what tests and evaluations of many trainings say together, in a few queries."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Select, case, func, select

from portal.attendance.queries import MARKED_ROLES
from portal.evaluation.models.assessments import Assessment, AssessmentItem, AssessmentQuestion, AssessmentSheet
from portal.evaluation.models.evaluations import Evaluation, EvaluationAnswer, EvaluationQuestion
from portal.evaluation.rules.assessments import Moment, percent
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules.states import RegistrationState

OVERALL = "overall"  # The topic by which every form asks for the training as a whole.

Scores = Mapping[tuple[int, str], tuple[int, int]]


def list_scores(trainings: Select[tuple[int]]) -> dict[tuple[int, str], tuple[int, int]]:
    """Return points and maximum by registration and moment, of those who take part; the last revision counts."""
    sheet = AssessmentSheet
    query = (
        select(sheet.registration_id, Assessment.moment, sheet.points, sheet.maximum)
        .join(Assessment, Assessment.id == sheet.assessment_id)
        .join(Registration, Registration.id == sheet.registration_id)
        .where(
            Assessment.training_id.in_(trainings),
            Registration.state == RegistrationState.CONFIRMED,
            Registration.role.in_(MARKED_ROLES),
        )
        .order_by(sheet.revision)
    )
    return {(person, moment): (points, most) for person, moment, points, most in db.session.execute(query)}


def paired_percents(trainings: Select[tuple[int]], scores: Scores) -> dict[int, list[tuple[float, float]]]:
    """Return by training the percent scores of everybody who took both tests, where these measure the same."""
    comparable = _comparable(trainings)
    query = select(Registration.id, Registration.training_id).where(Registration.training_id.in_(trainings))
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for registration, training in db.session.execute(query.order_by(Registration.id)):
        pre, post = (scores.get((registration, moment)) for moment in Moment)
        if pre and post and training in comparable:
            found[training].append((percent(*pre), percent(*post)))
    return found


def forms_of(trainings: Select[tuple[int]]) -> dict[int, dict[str, int]]:
    """Return by training the forms of its closed evaluation, how many of them rated the whole, and how many well."""
    answer, question = EvaluationAnswer, EvaluationQuestion
    closed = select(Evaluation.training_id).where(
        Evaluation.training_id.in_(trainings), Evaluation.closed_at.is_not(None)
    )
    counted = (
        select(answer.training_id, func.count(), func.sum(case((answer.rating >= 4, 1), else_=0)))
        .join(question, question.id == answer.question_id)
        .where(answer.training_id.in_(closed), question.topic == OVERALL, answer.rating.is_not(None))
        .group_by(answer.training_id)
    )
    found = {
        training: {"forms": forms, "rated": 0, "favorable": 0}
        for training, forms in db.session.execute(closed.add_columns(Evaluation.forms))
    }
    for training, rated, favorable in db.session.execute(counted):
        found[training] |= {"rated": rated, "favorable": int(favorable)}
    return found


def _comparable(trainings: Select[tuple[int]]) -> set[int]:
    """Return the trainings whose two tests measure the same things, each as often."""
    measured: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    query = (
        select(
            Assessment.training_id, Assessment.moment, func.coalesce(AssessmentQuestion.twin_id, AssessmentQuestion.id)
        )
        .join(AssessmentItem, AssessmentItem.assessment_id == Assessment.id)
        .join(AssessmentQuestion, AssessmentQuestion.id == AssessmentItem.question_id)
        .where(Assessment.training_id.in_(trainings))
    )
    for training, moment, measures in db.session.execute(query):
        measured[training][moment].append(measures)
    return {one for one, by in measured.items() if sorted(by[Moment.PRE]) == sorted(by[Moment.POST]) != []}

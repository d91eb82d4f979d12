"""Read what tests and evaluations of many trainings say together, in a few queries."""

from collections.abc import Mapping

from sqlalchemy import Select, Subquery, and_, case, func, or_, select

from portal.attendance.queries import MARKED_ROLES
from portal.evaluation.models.assessments import Assessment, AssessmentItem, AssessmentQuestion, AssessmentSheet
from portal.evaluation.models.evaluations import Evaluation, EvaluationAnswer, EvaluationQuestion
from portal.evaluation.rules.assessments import Moment, percent
from portal.evaluation.rules.evaluations import FEWEST
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules.states import RegistrationState

OVERALL = "overall"  # The topic by which every form asks for the training as a whole.


def list_scores(trainings: Select[int]) -> dict[tuple[int, str], tuple[int, int]]:
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


def paired(scores: Mapping[tuple[int, str], tuple[int, int]], registration_id: int) -> tuple[float, float] | None:
    """Return both scores of somebody in percent, if both tests were taken."""
    pre, post = (scores.get((registration_id, moment)) for moment in Moment)
    return (percent(*pre), percent(*post)) if pre and post else None


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


def comparable(trainings: Select[int]) -> Subquery:
    """Return the question for the trainings whose two tests measure the same things, each as often."""
    measure = func.coalesce(AssessmentQuestion.twin_id, AssessmentQuestion.id)
    more_after = func.sum(case((Assessment.moment == Moment.POST, 1), else_=-1))
    balance = (
        select(Assessment.training_id, more_after.label("more_after"))
        .join(AssessmentItem, AssessmentItem.assessment_id == Assessment.id)
        .join(AssessmentQuestion, AssessmentQuestion.id == AssessmentItem.question_id)
        .where(Assessment.training_id.in_(trainings))
        .group_by(Assessment.training_id, measure)
        .subquery()
    )
    is_even = func.max(func.abs(balance.c.more_after)) == 0
    return select(balance.c.training_id).group_by(balance.c.training_id).having(is_even).subquery()

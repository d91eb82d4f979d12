"""Read the question bank of a course."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from portal.access.policy import Scope
from portal.assessments.models import Assessment, AssessmentItem, AssessmentQuestion, AssessmentSheet
from portal.assessments.rules import Item, Moment, UsedIn
from portal.platform.db import db
from portal.trainings import queries as trainings
from portal.trainings.models import Training

_WITH_OPTIONS = selectinload(AssessmentQuestion.options)


@dataclass(frozen=True)
class BankQuestion:
    """A question seen from a training of its course; whoever runs the training looks after the bank."""

    training: Training
    question: AssessmentQuestion

    @property
    def scope(self) -> Scope:
        return self.training.scope


def get_bank_question(code: str, question_reference: str) -> BankQuestion | None:
    """Return a question of the course that a training delivers."""
    training = trainings.get_training(code)
    query = (
        select(AssessmentQuestion)
        .options(_WITH_OPTIONS, joinedload(AssessmentQuestion.twin))
        .where(AssessmentQuestion.reference == question_reference)
    )
    question = db.session.scalars(query).one_or_none()
    if training is None or question is None or question.course_id != training.course_id:
        return None
    return BankQuestion(training, question)


def list_questions(course_id: int) -> list[AssessmentQuestion]:
    """Return all questions of a course in their order, retired ones too."""
    query = (
        select(AssessmentQuestion)
        .options(_WITH_OPTIONS, joinedload(AssessmentQuestion.twin))
        .where(AssessmentQuestion.course_id == course_id)
        .order_by(AssessmentQuestion.order, AssessmentQuestion.id)
    )
    return list(db.session.scalars(query))


def list_for_moment(course_id: int, moment: Moment) -> list[AssessmentQuestion]:
    """Return the questions that the test before or after a training asks now, in their order."""
    return [question for question in list_questions(course_id) if is_asked(question, moment)]


def is_asked(question: AssessmentQuestion, moment: Moment) -> bool:
    """Tell whether a question stands in this version of the test."""
    return question.retired_at is None and question.used_in in (UsedIn.BOTH, moment.value)


def find_answered(course_id: int) -> set[int]:
    """Return the ids of the questions of a course that somebody has answered."""
    query = (
        select(AssessmentItem.question_id)
        .join(AssessmentQuestion, AssessmentQuestion.id == AssessmentItem.question_id)
        .where(AssessmentQuestion.course_id == course_id, _has_sheets())
    )
    return set(db.session.scalars(query))


def has_answers(question: AssessmentQuestion) -> bool:
    """Tell whether somebody has answered a question."""
    query = select(AssessmentItem.question_id).where(AssessmentItem.question_id == question.id, _has_sheets())
    return db.session.scalars(query.limit(1)).first() is not None


def lock_tests_of(question: AssessmentQuestion) -> list[Assessment]:
    """Return the tests that ask a question, locked against sheets that are being handed in."""
    query = (
        select(Assessment)
        .join(AssessmentItem, AssessmentItem.assessment_id == Assessment.id)
        .where(AssessmentItem.question_id == question.id)
        .order_by(Assessment.id)
        .with_for_update(of=Assessment)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def find_by_reference(course_id: int, reference: str) -> AssessmentQuestion | None:
    """Return one question of a course."""
    query = select(AssessmentQuestion).where(
        AssessmentQuestion.course_id == course_id, AssessmentQuestion.reference == reference
    )
    return db.session.scalars(query).one_or_none()


def items_of(questions: Iterable[AssessmentQuestion]) -> list[Item]:
    """Return questions as a test scores them."""
    return [Item(one.kind, len(one.options), one.key, one.twin_id or one.id) for one in questions]


def load_items(assessment_ids: Iterable[int]) -> dict[int, list[AssessmentQuestion]]:
    """Return the questions of tests in their places, with options, by test."""
    query = (
        select(AssessmentItem.assessment_id, AssessmentQuestion)
        .join(AssessmentQuestion, AssessmentQuestion.id == AssessmentItem.question_id)
        .options(_WITH_OPTIONS)
        .where(AssessmentItem.assessment_id.in_(list(assessment_ids)))
        .order_by(AssessmentItem.assessment_id, AssessmentItem.position)
    )
    found: dict[int, list[AssessmentQuestion]] = {}
    for assessment_id, question in db.session.execute(query):
        found.setdefault(assessment_id, []).append(question)
    return found


def _has_sheets() -> ColumnElement[bool]:
    return select(AssessmentSheet.id).where(AssessmentSheet.assessment_id == AssessmentItem.assessment_id).exists()

"""Questions, tests and sheets."""

from typing import Any

from sqlalchemy import func, select

from portal.assessments import queries as assessment_queries
from portal.assessments import question_queries
from portal.assessments import rules as assessment_rules
from portal.assessments.models import Assessment, AssessmentItem, AssessmentOption, AssessmentQuestion, AssessmentSheet
from portal.assessments.rules import LETTERS, Moment
from portal.catalog.models import Course
from portal.platform import tokens
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests.factories.base import NOW, add
from tests.factories.trainings import get_course


def make_question(
    course: Course | None = None, key: str = "A", *, options: int = 4, **values: Any
) -> AssessmentQuestion:
    """Make a question whose right answers are the letters of `key`; several letters make a multiple choice."""
    course = course or get_course()
    order = db.session.scalar(select(func.count()).where(AssessmentQuestion.course_id == course.id)) or 0
    defaults: dict[str, Any] = {
        "kind": "multiple" if len(key) > 1 else "single",
        "used_in": "both",
        "text_ky": f"Суроо {order + 1}",
        "text_ru": f"Вопрос {order + 1}",
        "text_en": f"Question {order + 1}",
        "topic_en": "Identification",
    }
    choices = [
        AssessmentOption(place=place, text_ky=letter, text_ru=letter, text_en=letter, is_correct=letter in key)
        for place, letter in enumerate(LETTERS[:options])
    ]
    return add(
        AssessmentQuestion(
            reference=tokens.random_token(),
            course=course,
            order=order + 1,
            options=choices,
            created_at=NOW,
            **{**defaults, **values},
        )
    )


def make_questions(course: Course | None = None, keys: str = "A B CD A") -> list[AssessmentQuestion]:
    """Make a question for each word of `keys`."""
    return [make_question(course, key) for key in keys.split()]


def make_assessment(training: Training, moment: str = "pre", **values: Any) -> Assessment:
    """Make an open test of the questions that the course has."""
    questions = question_queries.list_for_moment(training.course_id, Moment(moment))
    items = [AssessmentItem(position=place, question=one) for place, one in enumerate(questions, start=1)]
    defaults = {"code": tokens.random_code(5), "opened_at": NOW, "items": items}
    return add(Assessment(training=training, moment=moment, **{**defaults, **values}))


def make_sheet(
    registration: Registration, moment: str = "pre", letters: str = "A B CD A", **values: Any
) -> AssessmentSheet:
    """Make a sheet of a test, which is made open if it is not there."""
    training = registration.training
    test = assessment_queries.find_assessment(training.id, moment) or make_assessment(training, moment)
    items = question_queries.items_of(assessment_queries.list_questions(test))
    answers = assessment_rules.split_answers(letters)
    defaults = {
        "letters": letters,
        "points": assessment_rules.points(items, answers),
        "maximum": len(items),
        "source": "phone",
        "entered_at": NOW,
        "entered_by": f"participant {registration.reference}",
    }
    return add(AssessmentSheet(assessment=test, registration=registration, **{**defaults, **values}))

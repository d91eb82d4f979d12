"""Write, correct, order, retire and delete the questions of a course."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from portal.access.policy import Actor
from portal.assessments import question_queries, rules
from portal.assessments.models import AssessmentItem, AssessmentOption, AssessmentQuestion
from portal.assessments.rules import Fault, Moment, QuestionDraft, UsedIn
from portal.audit import operations as audit
from portal.catalog.models import Course
from portal.platform import tokens
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, label


class QuestionRefused(Refusal):
    def __init__(self, faults: list[Fault]) -> None:
        super().__init__()
        self.faults = faults

    def __str__(self) -> str:
        return " ".join(label(fault) for fault in self.faults)


class QuestionChanged(Conflict):
    message = _l(
        "Somebody has changed this question meanwhile. Below is what you typed, and above it the question as it stands "
        "now. Save again to put yours in its place."
    )


def add(course: Course, draft: QuestionDraft, *, actor: Actor, now: datetime) -> AssessmentQuestion:
    """Add a question at the end of a course's bank.

    :raises QuestionRefused: if something stands against it.
    :raises Conflict: if the test would be too long.
    :raises Refusal: if it cannot be equated with the other question.
    """
    twin = _require(draft, course, None)
    for moment in Moment:
        if len(question_queries.list_for_moment(course.id, moment)) >= rules.MOST_QUESTIONS:
            raise Conflict(
                "too_many_questions",
                _l("A test holds at most %(most)s questions. Retire one first."),
                most=rules.MOST_QUESTIONS,
            )
    last = db.session.scalar(
        select(func.max(AssessmentQuestion.order)).where(AssessmentQuestion.course_id == course.id)
    )
    question = AssessmentQuestion(
        reference=tokens.random_token(), course=course, order=(last or 0) + 1, created_at=now, options=[]
    )
    _write(draft, question, twin)
    db.session.add(question)
    db.session.flush()
    _record("evaluation.assessment_question_added", question, actor, now, after=recorded(question))
    return question


def change(
    question: AssessmentQuestion, draft: QuestionDraft, *, version: int, actor: Actor, now: datetime
) -> AssessmentQuestion:
    """Bring a question in line with a draft; what scores depend on stands still once somebody has answered.

    :raises QuestionChanged: if it is not the version that the page showed.
    :raises Conflict: if it was answered and the draft would change a score.
    :raises QuestionRefused: if something stands against it.
    :raises Refusal: if it cannot be equated with the other question.
    """
    question_queries.lock_tests_of(question)
    if question.version != version:
        raise QuestionChanged
    twin = _require(draft, question.course, question)
    if question_queries.has_answers(question) and draft.substance != _substance(question):
        raise Conflict(
            "key_stands",
            _l(
                "People have answered this question: the kind, the number of answers, the right answer and the "
                "version no longer change; words may be corrected. For anything else retire it and write a new one."
            ),
        )
    before = recorded(question)
    _write(draft, question, twin)
    db.session.flush()
    after = recorded(question)
    if after != before:
        _record("evaluation.assessment_question_changed", question, actor, now, before=before, after=after)
    return question


def retire(question: AssessmentQuestion, *, actor: Actor, now: datetime) -> None:
    """Ask a question in no further test; twice is once."""
    if question.retired_at is None:
        question.retired_at = now
        db.session.flush()
        _record("evaluation.assessment_question_retired", question, actor, now)


def restore(question: AssessmentQuestion, *, actor: Actor, now: datetime) -> None:
    """Ask a retired question again; twice is once."""
    if question.retired_at is not None:
        question.retired_at = None
        db.session.flush()
        _record("evaluation.assessment_question_restored", question, actor, now)


def remove(question: AssessmentQuestion, *, actor: Actor, now: datetime) -> None:
    """Delete a question that nobody has answered.

    :raises Conflict: if somebody has, or a test that asks it is open.
    """
    tests = question_queries.lock_tests_of(question)
    if question_queries.has_answers(question):
        raise Conflict(
            "question_answered",
            _l(
                "People have answered this question, so their scores depend on it. Retire it instead: new tests no "
                "longer ask it, and the old results stay."
            ),
        )
    if any(test.is_open for test in tests):
        raise Conflict("question_asked", _l("This question stands in a test that is open now. Close the test first."))
    before = recorded(question)
    paired = update(AssessmentQuestion).where(AssessmentQuestion.twin_id == question.id)
    db.session.execute(paired.values(twin_id=None))
    db.session.execute(delete(AssessmentItem).where(AssessmentItem.question_id == question.id))
    db.session.delete(question)
    db.session.flush()
    _record("evaluation.assessment_question_deleted", question, actor, now, before=before)


def move(question: AssessmentQuestion, *, up: bool, actor: Actor, now: datetime) -> None:
    """Let a question change places with the one before or after it; tests that have begun keep their order."""
    shown = [one for one in question_queries.list_questions(question.course_id) if one.retired_at is None]
    if question not in shown:
        return
    place = shown.index(question)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(shown):
        return
    shown[place], shown[other] = shown[other], shown[place]
    for order, one in enumerate(shown, start=1):
        if one.order != order:
            one.order = order
    db.session.flush()
    _record("evaluation.assessment_question_moved", question, actor, now, after={"place": other + 1})


def recorded(question: AssessmentQuestion) -> dict[str, Any]:
    """Return what the audit log keeps of a question."""
    return {
        "kind": question.kind,
        "used_in": question.used_in,
        "twin": question.twin.reference if question.twin else None,
        "key": question.key,
        "options": [[*option.text] for option in question.options],
        **question.topic.columns("topic"),
        **question.text.columns("text"),
    }


def _require(draft: QuestionDraft, course: Course, question: AssessmentQuestion | None) -> AssessmentQuestion | None:
    """Refuse a question that cannot stand; return the one that it is equated with."""
    if faults := rules.question_faults(draft):
        raise QuestionRefused(faults)
    if not draft.twin:
        return None
    twin = question_queries.find_by_reference(course.id, draft.twin)
    pairs = select(AssessmentQuestion.id).where(AssessmentQuestion.twin_id == (twin.id if twin else None))
    others = set(db.session.scalars(pairs)) - {question.id if question else None}
    if twin is None or twin.used_in != UsedIn.PRE or others:
        words = _l("The equated question must stand in the test before the training only, and have no other pair.")
        raise Refusal("wrong_twin", words)
    return twin


def _write(draft: QuestionDraft, question: AssessmentQuestion, twin: AssessmentQuestion | None) -> None:
    question.kind, question.used_in, question.twin = draft.kind, draft.used_in, twin
    question.topic, question.text = draft.topic, draft.text
    standing = {option.place: option for option in question.options}
    options = [standing.get(place) or AssessmentOption(place=place) for place in range(len(draft.offered))]
    for option, text in zip(options, draft.offered, strict=True):
        option.text, option.is_correct = text, option.place in draft.correct
    question.options = options


def _substance(question: AssessmentQuestion) -> tuple[Any, ...]:
    return (
        question.kind,
        question.used_in,
        len(question.options),
        question.key,
        question.twin.reference if question.twin else "",
    )


def _record(
    event: str,
    question: AssessmentQuestion,
    actor: Actor,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    subject = f"assessment question {question.reference}"
    audit.record(event, subject, before=before, after=after, actor=actor, now=now)

"""Open an evaluation, take answers without knowing whose they are, and close it.

A form comes in by one transaction: that the person has answered, and a sealed ballot. Whoever reads the database, two
copies of it or its log can tell when a ballot came, and not what it says. Closing opens all of a training at once and
writes the answers in the order of random keys.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.evaluation import queries, rules
from portal.evaluation.models import (
    Evaluation,
    EvaluationAnswer,
    EvaluationBallot,
    EvaluationForm,
    EvaluationQuestion,
    EvaluationTurnout,
)
from portal.evaluation.rules import Answer, EvaluationState, Question, QuestionKind
from portal.platform import jobs, tokens, vault
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.texts import LANGUAGES
from portal.records.rules import RecordFault
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations import TrainingCancelled, lock_open

SETTLE = "evaluation.settle"


class AlreadyAnswered(Conflict):
    message = _l("Your answers are in. Each person answers once: a second form is not counted.")


class QuestionsChanged(Conflict):
    message = _l("Somebody else has changed these questions meanwhile. Their questions are shown below yours.")


class FormRefused(Refusal):
    """Refuse questions that cannot be asked; `faults` says which and why."""

    message = _l("Some questions cannot be asked like this.")

    def __init__(self, faults: Sequence[RecordFault]) -> None:
        super().__init__()
        self.faults = faults


def load_first_form(*, actor: Actor, now: datetime) -> bool:
    """Add the questions that all courses begin with, unless they are there; return whether they were added."""
    known = select(EvaluationForm.id).where(EvaluationForm.course_id.is_(None)).limit(1)
    if db.session.scalar(known) is not None:
        return False
    _add_form(None, 1, queries.first_form(), actor, now)
    return True


def open_early(training: Training, *, actor: Actor, now: datetime) -> None:
    """Open the evaluation before the last session has ended.

    :raises Conflict: if it is open or was closed.
    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    lock_open(training.id)
    state = queries.get_state(training, now)
    if state == EvaluationState.OPEN:
        raise Conflict("already_open", _l("The evaluation is open already."))
    if state != EvaluationState.UPCOMING:
        raise _refusal(state)
    _take_evaluation(training, opened_at=now)
    audit.record("evaluation.opened", f"training {training.code}", actor=actor, now=now)


def answer(registration: Registration, answers: Sequence[Answer], *, now: datetime) -> None:
    """Take the form of somebody by link. There is no entry in the log: it would say when.

    :raises Conflict: if it is too early or too late, or the person was not there.
    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises AlreadyAnswered: if the person has answered.
    :raises Refusal: if the form is empty. :raises Refusal: if an answer does not fit.
    """
    training = lock_open(registration.training_id)
    _ensure_open(training, now)
    kinds = _check(training, answers)
    if queries.has_answered(registration):
        raise AlreadyAnswered
    if not queries.is_asked(registration):
        raise Conflict("not_asked", _l("Only those who took part in the training are asked."))
    _take_evaluation(training, opened_at=training.ends_at or now)
    db.session.add(EvaluationTurnout(training_id=training.id, registration_id=registration.id))
    try:
        db.session.flush()
    except IntegrityError:
        raise AlreadyAnswered from None
    _cast(training, answers, kinds)


def enter_paper(training: Training, answers: Sequence[Answer], *, actor: Actor, now: datetime) -> int:
    """Take a paper form, which carries no name; return the number of paper forms.

    :raises Conflict: if as many forms are in as people took part, or it is too early or too late.
    :raises Refusal: if the form is empty. :raises Refusal: if an answer does not fit.
    """
    training = lock_open(training.id)
    _ensure_open(training, now)
    kinds = _check(training, answers)
    turnout = queries.get_turnout(training)
    if not turnout.missing:
        raise Conflict(
            "all_forms_in", _l("%(forms)s forms are in already, as many as people took part."), forms=turnout.forms
        )
    _take_evaluation(training, opened_at=training.ends_at or now)
    _cast(training, answers, kinds, is_paper=True)
    audit.record("evaluation.paper_entered", f"training {training.code}", actor=actor, now=now)
    return turnout.paper_forms + 1


def close(training: Training, *, actor: Actor, now: datetime) -> None:
    """Close the evaluation for good, open its ballots, and write all answers in the order of random keys.

    It is never opened again: one more answer after a look at the results would be known to whoever compares the two.

    :raises Conflict: if it is not open yet, or closed.
    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    lock_open(training.id)
    if not queries.is_to_close(training, now):
        raise _refusal(queries.get_state(training, now))
    evaluation = _take_evaluation(training, opened_at=training.ends_at or now)
    _open_ballots(training.id)
    evaluation.closed_at = now
    db.session.flush()
    jobs.enqueue(SETTLE, subject=training.code, requested_by=actor.label, now=now, code=training.code)
    counts = {"forms": evaluation.forms, "paper_forms": evaluation.paper_forms}
    audit.record("evaluation.closed", f"training {training.code}", after=counts, actor=actor, now=now)


def change_form(
    training: Training, questions: Sequence[Question], *, form_id: int, actor: Actor, now: datetime
) -> EvaluationForm:
    """Ask other questions in this training and the later ones of its course; `form_id` is the version that was shown.

    :raises FormRefused: if a question cannot be asked.
    :raises Conflict: if the evaluation is open or closed.
    :raises QuestionsChanged: if the form shown is not the newest one.
    """
    if found := rules.faults(questions):
        raise FormRefused(found)
    lock_open(training.id)
    if queries.get_state(training, now) != EvaluationState.UPCOMING or queries.get_evaluation(training):
        raise Conflict(
            "questions_asked",
            _l("These questions are being answered or were answered. Other ones can be asked in the next training."),
        )
    known = queries.get_form(training)
    if known.id != form_id:
        raise QuestionsChanged
    if questions_of(known) == list(questions):
        return known
    number = known.number + 1 if known.course_id else 1
    try:
        with db.session.begin_nested():
            return _add_form(training, number, questions, actor, now, before=known)
    except IntegrityError:
        raise QuestionsChanged from None


def questions_of(form: EvaluationForm) -> list[Question]:
    """Return the questions of a version as they can be compared and changed."""
    return [_question_of(row) for row in form.questions]


def _question_of(row: EvaluationQuestion) -> Question:
    kind = QuestionKind(row.kind)
    names = ("text", "low", "high") if kind == QuestionKind.SCALE else ("text",)
    columns = [f"{name}_{language}" for name in names for language in LANGUAGES]
    return Question(row.topic, kind, {column: getattr(row, column) for column in columns})


def _add_form(
    training: Training | None,
    number: int,
    questions: Sequence[Question],
    actor: Actor,
    now: datetime,
    before: EvaluationForm | None = None,
) -> EvaluationForm:
    form = EvaluationForm(
        course_id=training.course_id if training else None, number=number, created_at=now, created_by=actor.label
    )
    form.questions = [
        EvaluationQuestion(place=place, topic=one.topic, kind=one.kind.value, **one.texts)
        for place, one in enumerate(questions, start=1)
    ]
    db.session.add(form)
    db.session.flush()
    audit.record(
        "evaluation.questions_changed",
        f"course {training.course.code}" if training else "all courses",
        before={"questions": _texts(questions_of(before))} if before else None,
        after={"questions": _texts(questions)},
        actor=actor,
        now=now,
    )
    return form


def _texts(questions: Sequence[Question]) -> list[dict[str, str]]:
    return [{"topic": one.topic, "kind": one.kind.value, **one.texts} for one in questions]


def _ensure_open(training: Training, now: datetime) -> None:
    state = queries.get_state(training, now)
    if state != EvaluationState.OPEN:
        raise _refusal(state)


def _refusal(state: EvaluationState) -> Conflict:
    if state == EvaluationState.CLOSED:
        return Conflict("evaluation_closed", _l("The evaluation is closed and takes no more answers."))
    if state == EvaluationState.CANCELLED:
        return TrainingCancelled()
    return Conflict("not_open", _l("The evaluation opens at the end of the last session."))


def _check(training: Training, answers: Sequence[Answer]) -> list[QuestionKind]:
    """Return the kinds of the questions that the answers fit."""
    if not answers:
        raise Refusal("nothing_answered", _l("Answer at least one question."))
    kinds = {one.id: QuestionKind(one.kind) for one in queries.get_form(training).questions}
    ids = [answer.question_id for answer in answers]
    is_fit = all(one.question_id in kinds and rules.can_be_answer(kinds[one.question_id], one) for one in answers)
    if not is_fit or len(set(ids)) < len(ids):
        raise Refusal("answer_refused", _l("An answer does not fit its question. Load the page again."))
    return list(kinds.values())


def _take_evaluation(training: Training, *, opened_at: datetime) -> Evaluation:
    """Return the evaluation, made if it is not there, with the questions that are asked from now on."""
    evaluation = queries.get_evaluation(training)
    if evaluation is None:
        form = queries.get_form(training)
        evaluation = Evaluation(training_id=training.id, form_id=form.id, opened_at=opened_at, forms=0, paper_forms=0)
        db.session.add(evaluation)
        db.session.flush()
    return evaluation


def _cast(
    training: Training, answers: Sequence[Answer], kinds: Sequence[QuestionKind], *, is_paper: bool = False
) -> None:
    counted = update(Evaluation).where(Evaluation.training_id == training.id)
    more = {"forms": Evaluation.forms + 1, "paper_forms": Evaluation.paper_forms + int(is_paper)}
    db.session.execute(counted.values(more))
    key = tokens.random_token()
    sealed = vault.encrypt(rules.ballot(answers, kinds), _place(training.id, key))
    db.session.execute(insert(EvaluationBallot).values(key=key, training_id=training.id, sealed=sealed))


def _open_ballots(training_id: int) -> None:
    """Take the ballots away and write all answers under new random keys and in their order: none tells when it came."""
    taken = delete(EvaluationBallot.__table__).where(EvaluationBallot.training_id == training_id)
    ballots = db.session.execute(taken.returning(EvaluationBallot.key, EvaluationBallot.sealed)).all()
    forms = [rules.read_ballot(vault.decrypt(sealed, _place(training_id, key))) for key, sealed in ballots]
    answers = [(one.question_id, one.rating, one.words) for form in forms for one in form]
    # Before there were ballots, answers were written as they came.
    column = EvaluationAnswer.__table__.c
    written = delete(EvaluationAnswer.__table__).where(column.training_id == training_id)
    answers += map(tuple, db.session.execute(written.returning(column.question_id, column.rating, column.words)))
    keyed = sorted((tokens.random_token(), training_id, *row) for row in answers)
    if keyed:
        names = ("key", "training_id", "question_id", "rating", "words")
        db.session.execute(insert(EvaluationAnswer.__table__), [dict(zip(names, row, strict=True)) for row in keyed])


def _place(training_id: int, key: str) -> str:
    """Return to what the seal of a ballot is bound."""
    return f"evaluation_ballot {training_id} {key}"

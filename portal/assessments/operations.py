"""Open and close a training's tests, and take answers from phones and paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.assessments import queries, question_queries, rules
from portal.assessments.models import Assessment, AssessmentItem, AssessmentSheet
from portal.assessments.rules import AssessmentRefusal, Item, Moment, SheetFault, SheetProblem
from portal.audit import operations as audit
from portal.platform import tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations import TrainingCancelled, TrainingLocked, lock_open

CODE_LENGTH = 5
PHONE, PAPER = "phone", "paper"
WORDS: Mapping[AssessmentRefusal, Any] = {
    AssessmentRefusal.NO_QUESTIONS: _l("This version of the test has no questions yet."),
    AssessmentRefusal.PRE_STILL_OPEN: _l("Close the test before the training first."),
    AssessmentRefusal.POST_HAS_BEGUN: _l("The test after the training has begun, so the one before it stays closed."),
    AssessmentRefusal.NOT_OPEN: _l(
        "The test is closed: the answers were not taken. Tell your coordinator if that is a mistake."
    ),
    AssessmentRefusal.NEVER_OPENED: _l("The test was not opened yet."),
    AssessmentRefusal.NOT_CONFIRMED: _l("Only people with a confirmed seat take the test."),
    AssessmentRefusal.NOT_A_PARTICIPANT: _l("Facilitators and guests take no test."),
    AssessmentRefusal.TRAINING_FINALIZED: _l("The training is finalized: its tests no longer change."),
    AssessmentRefusal.TRAINING_CANCELLED: _l("The training is cancelled: it has no tests."),
}
SHEET_WORDS: Mapping[SheetFault, Any] = {
    SheetFault.TOO_MANY: _l("%(given)s answers for %(wanted)s questions: there are too many."),
    SheetFault.TOO_FEW: _l("%(given)s answers for %(wanted)s questions. Type - for a question that was left out."),
    SheetFault.NOT_LATIN: _l(
        "“%(found)s” is a Cyrillic letter. Switch the keyboard to Latin, or type numbers: 1 for A, 2 for B."
    ),
    SheetFault.NO_SUCH_OPTION: _l("Question %(number)s has %(wanted)s answers; “%(found)s” is none of them."),
    SheetFault.ONE_ANSWER: _l("Question %(number)s takes one answer, not “%(found)s”. Type - if there are several."),
}


class AssessmentRefused(Conflict):
    """Refuse to open, close or answer a test."""

    def __init__(self, refusal: AssessmentRefusal) -> None:
        super().__init__()
        self.refusal = refusal
        self.message = WORDS[refusal]


class SheetRefused(Refusal):
    """Refuse a row of letters that does not fit the test; nothing of it is kept."""

    def __init__(self, problem: SheetProblem) -> None:
        super().__init__(number=problem.number, given=problem.given, wanted=problem.wanted, found=problem.found)
        self.problem = problem
        self.message = SHEET_WORDS[problem.fault]


class AlreadyHandedIn(Conflict):
    """Refuse a second sheet of the same person."""

    message = _l("You have handed in this test already. The first sheet counts.")


class WrongCode(Refusal):
    """Refuse a code that is of no test of this person's training."""

    message = _l("This is not the code of a test in your training. Look at the code on the wall again.")


class SheetExists(Conflict):
    """Refuse to type in a sheet over the one on record; both are shown."""

    message = _l("A sheet of this person is on record already. Compare both below.")

    def __init__(self, standing: AssessmentSheet, typed: str) -> None:
        super().__init__()
        self.standing = standing
        self.typed = typed


@dataclass(frozen=True)
class Handing:
    """Answers on their way in: for whom the page was made, and a text of letters by the question's reference."""

    reference: str
    answers: Mapping[str, str]


def open_test(training: Training, moment: Moment, *, actor: Actor, now: datetime) -> Assessment:
    """Open a test, or open it again; opening twice is opening once.

    It takes the questions of the bank as they stand, unless somebody has handed in a sheet before.

    :raises AssessmentRefused: if it has no questions, or the order of the two tests forbids it.
    """
    _lock(training)
    test = _locked(training, moment)
    if test is not None and test.is_open:
        return test
    pre, post = (queries.find_assessment(training.id, one) for one in Moment)
    is_kept = test is not None and queries.count_sheets(test) > 0
    questions = (
        queries.list_questions(test)
        if test and is_kept
        else question_queries.list_for_moment(training.course_id, moment)
    )
    refusal = rules.opening_refusal(
        moment,
        questions=len(questions),
        is_pre_open=pre is not None and pre.is_open,
        has_post_begun=post is not None and (post.is_open or queries.count_sheets(post) > 0),
    )
    if refusal:
        raise AssessmentRefused(refusal)
    is_again = test is not None
    if test is None:
        code = tokens.random_code(CODE_LENGTH)
        test = Assessment(training=training, moment=moment.value, code=code, opened_at=now, items=[])
        db.session.add(test)
    test.closed_at = None
    if not is_kept:
        test.items.clear()
        db.session.flush()
        test.items = [AssessmentItem(position=place, question=one) for place, one in enumerate(questions, start=1)]
    db.session.flush()
    after = {"moment": moment.value, "questions": len(questions), "is_again": is_again}
    audit.record("evaluation.assessment_opened", f"training {training.code}", after=after, actor=actor, now=now)
    return test


def close_test(training: Training, moment: Moment, *, actor: Actor, now: datetime) -> None:
    """Close a test; closing twice is closing once.

    :raises AssessmentRefused: if it was never opened, or the training is over and done with.
    """
    _lock(training)
    test = _locked(training, moment)
    if test is None:
        raise AssessmentRefused(AssessmentRefusal.NEVER_OPENED)
    if not test.is_open:
        return
    test.closed_at = now
    db.session.flush()
    after = {"moment": moment.value, "sheets": queries.count_sheets(test)}
    audit.record("evaluation.assessment_closed", f"training {training.code}", after=after, actor=actor, now=now)


def hand_in(
    registration: Registration, moment: Moment, handing: Handing, *, actor: Actor, now: datetime
) -> AssessmentSheet:
    """Take the answers that somebody gives on their own page: all of them, once, while the test is open.

    :raises Conflict: if the page was made for another registration.
    :raises AlreadyHandedIn: if there is a sheet of this person.
    :raises AssessmentRefused: if the test is not open, or not for this person.
    :raises SheetRefused: if an answer is none of its question's.
    """
    if handing.reference != registration.reference:
        raise Conflict(
            "wrong_person",
            _l(
                "Another person's page was opened in this browser meanwhile, so these answers were "
                "not taken. Open your own link or slip again."
            ),
        )
    _lock(registration.training)
    test = _locked(registration.training, moment)
    if test is None:
        raise AssessmentRefused(AssessmentRefusal.NEVER_OPENED)
    if queries.find_sheet(test, registration) is not None:
        raise AlreadyHandedIn
    refusal = _refusal(registration) or (None if test.is_open else AssessmentRefusal.NOT_OPEN)
    if refusal:
        raise AssessmentRefused(refusal)
    questions = queries.list_questions(test)
    items = question_queries.items_of(questions)
    answers = [handing.answers.get(question.reference, "") for question in questions]
    problem = rules.sheet_problem(answers, items)
    if problem:
        raise SheetRefused(problem)
    sheet = _sheet(test, registration, items, answers, source=PHONE)
    _keep(sheet, AlreadyHandedIn(), actor=actor, now=now)
    after = {"moment": moment.value, "source": PHONE}
    subject = f"registration {registration.reference}"
    audit.record("evaluation.assessment_answered", subject, after=after, actor=actor, now=now)
    return sheet


def enter(
    registration: Registration, moment: Moment, typed: str, *, seen: int, actor: Actor, now: datetime
) -> AssessmentSheet:
    """Take the row of letters of a paper sheet, also after the test was closed.

    `seen` is the revision on record that the page showed and that this row shall replace; 0 if it showed none.

    :raises SheetExists: if another sheet is on record than the page showed.
    :raises AssessmentRefused: if the test was never opened, or is not for this person.
    :raises SheetRefused: if the row does not fit the test.
    """
    _lock(registration.training)
    test = _locked(registration.training, moment)
    if test is None:
        raise AssessmentRefused(AssessmentRefusal.NEVER_OPENED)
    refusal = _refusal(registration)
    if refusal:
        raise AssessmentRefused(refusal)
    items = queries.list_items(test)
    answers = rules.read_row(typed, items)
    if isinstance(answers, SheetProblem):
        raise SheetRefused(answers)
    standing = queries.find_sheet(test, registration)
    letters = rules.join_answers(answers)
    if standing is not None and standing.revision != seen:
        raise SheetExists(standing, letters)
    if standing is not None and standing.letters == letters:
        return standing
    sheet = _sheet(test, registration, items, answers, source=PAPER)
    sheet.revision = standing.revision + 1 if standing else 1
    _keep(sheet, AlreadyHandedIn(), actor=actor, now=now)
    after = {"moment": moment.value, "source": PAPER, "revision": sheet.revision}
    before = {"source": standing.source, "revision": standing.revision} if standing else None
    subject = f"registration {registration.reference}"
    audit.record("evaluation.assessment_entered", subject, before=before, after=after, actor=actor, now=now)
    return sheet


def _lock(training: Training) -> None:
    try:
        lock_open(training.id)
    except TrainingLocked:
        raise AssessmentRefused(AssessmentRefusal.TRAINING_FINALIZED) from None
    except TrainingCancelled:
        raise AssessmentRefused(AssessmentRefusal.TRAINING_CANCELLED) from None


def _locked(training: Training, moment: Moment) -> Assessment | None:
    test = queries.find_assessment(training.id, moment)
    return lock(Assessment, test.id) if test else None


def _refusal(registration: Registration) -> AssessmentRefusal | None:
    return rules.person_refusal(registration.state, registration.role)


def _sheet(
    test: Assessment, registration: Registration, items: Sequence[Item], answers: Sequence[str], *, source: str
) -> AssessmentSheet:
    return AssessmentSheet(
        assessment=test,
        registration=registration,
        revision=1,
        letters=rules.join_answers(answers),
        points=rules.points(items, answers),
        maximum=len(items),
        source=source,
    )


def _keep(sheet: AssessmentSheet, refusal: Refusal, *, actor: Actor, now: datetime) -> None:
    """Add a sheet; the database has the last word on whether there is one of this revision."""
    sheet.entered_at, sheet.entered_by = now, actor.label
    try:
        with db.session.begin_nested():
            db.session.add(sheet)
    except IntegrityError:
        raise refusal from None

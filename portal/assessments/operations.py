"""Open and close a training's tests, and take answers from phones and paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from portal.access.policy import Actor
from portal.assessments import queries, question_queries, rules
from portal.assessments.models import Assessment, AssessmentItem, AssessmentSheet
from portal.assessments.rules import AssessmentRefusal, Item, Moment, SheetProblem
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


class AssessmentRefused(Conflict):
    def __init__(self, refusal: AssessmentRefusal) -> None:
        super().__init__()
        self.refusal = refusal
        self.message = _l(refusal.label)


class SheetRefused(Refusal):
    """Refuse a row of letters that does not fit the test; nothing of it is kept."""

    def __init__(self, problem: SheetProblem) -> None:
        super().__init__(**vars(problem))
        self.problem = problem
        self.message = _l(problem.fault.label)


class AlreadyHandedIn(Conflict):
    message = _l("You have handed in this test already. The first sheet counts.")


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
    if refusal := rules.opening_refusal(
        moment,
        questions=len(questions),
        is_pre_open=pre is not None and pre.is_open,
        has_post_begun=post is not None and (post.is_open or queries.count_sheets(post) > 0),
    ):
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
    test = _opened(training, moment)
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
    test = _opened(registration.training, moment)
    if queries.find_sheet(test, registration) is not None:
        raise AlreadyHandedIn
    _ensure_takes_test(registration)
    if not test.is_open:
        raise AssessmentRefused(AssessmentRefusal.NOT_OPEN)
    questions = queries.list_questions(test)
    items = question_queries.items_of(questions)
    answers = [handing.answers.get(question.reference, "") for question in questions]
    if problem := rules.sheet_problem(answers, items):
        raise SheetRefused(problem)
    sheet = _sheet(test, registration, items, answers, source=PHONE)
    _keep(sheet, actor, now)
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
    test = _opened(registration.training, moment)
    _ensure_takes_test(registration)
    items = question_queries.items_of(queries.list_questions(test))
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
    _keep(sheet, actor, now)
    after = {"moment": moment.value, "source": PAPER, "revision": sheet.revision}
    before = {"source": standing.source, "revision": standing.revision} if standing else None
    subject = f"registration {registration.reference}"
    audit.record("evaluation.assessment_entered", subject, before=before, after=after, actor=actor, now=now)
    return sheet


def _locked(training: Training, moment: Moment) -> Assessment | None:
    """Lock an open training and its test, if it was ever opened."""
    try:
        lock_open(training.id)
    except TrainingLocked:
        raise AssessmentRefused(AssessmentRefusal.TRAINING_FINALIZED) from None
    except TrainingCancelled:
        raise AssessmentRefused(AssessmentRefusal.TRAINING_CANCELLED) from None
    test = queries.find_assessment(training.id, moment)
    return lock(Assessment, test.id) if test else None


def _opened(training: Training, moment: Moment) -> Assessment:
    test = _locked(training, moment)
    if test is None:
        raise AssessmentRefused(AssessmentRefusal.NEVER_OPENED)
    return test


def _ensure_takes_test(registration: Registration) -> None:
    if refusal := rules.person_refusal(registration.state, registration.role):
        raise AssessmentRefused(refusal)


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


def _keep(sheet: AssessmentSheet, actor: Actor, now: datetime) -> None:
    """Add a sheet; the database has the last word on whether there is one of this revision."""
    sheet.entered_at, sheet.entered_by = now, actor.label
    try:
        with db.session.begin_nested():
            db.session.add(sheet)
    except IntegrityError:
        raise AlreadyHandedIn from None

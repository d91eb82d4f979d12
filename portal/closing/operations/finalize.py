"""Finalize a training: look once more whether everything agrees, while nobody can change it, and lock it."""

from collections.abc import Sequence
from datetime import datetime

from portal.access.policy import Actor
from portal.closing.operations import books, states
from portal.closing.queries import standings as queries
from portal.closing.rules.reconciliation import Mismatch, reconcile
from portal.evaluation.operations import assessments, evaluations
from portal.evaluation.queries import assessments as tests
from portal.evaluation.queries import evaluations as forms
from portal.evaluation.rules.assessments import Moment
from portal.platform.errors import Conflict
from portal.platform.wording import _l
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open
from portal.trainings.rules.states import TrainingState


class NotApproved(Conflict):
    """Refuse to finalize what was never approved."""

    message = _l("The plan is not approved yet: there is nothing to close.")


class StillOpen(Conflict):
    """Refuse to finalize while something does not agree; `mismatches` names what and whom."""

    message = _l("The training cannot be finalized yet: what is listed below does not agree.")

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        super().__init__()
        self.mismatches = mismatches


def finalize(training: Training, *, is_ahead: bool = False, actor: Actor, now: datetime) -> None:
    """Lock a training in which everything agrees; from an approved one it is noted first that it was held.

    A test or an evaluation that is still open is closed with it, and the log is told what the books say. An operator's
    command may go ahead of the end: then everything that is marked counts.

    :raises TrainingClosed: if the training is finalized already, or cancelled.
    :raises NotApproved: if its plan was never approved.
    :raises Conflict: if its last session has not ended, unless `is_ahead`.
    :raises StillOpen: if something does not agree.
    """
    training = lock_open(training.id)
    if training.state not in (TrainingState.APPROVED, TrainingState.HELD):
        raise NotApproved
    if not is_ahead and not training.has_ended(now):
        raise Conflict("not_ended", _l("The training can be closed when its last session is over."))
    people = queries.list_standings(training, as_of=None if is_ahead else now)
    mismatches = reconcile(people, queries.list_receipts(training))
    if mismatches:
        raise StillOpen(mismatches)
    _close_what_is_open(training, actor=actor, now=now)
    if training.state == TrainingState.APPROVED:
        states.move(training, TrainingState.HELD, actor=actor, now=now)
    states.enter(training, TrainingState.FINALIZED, actor=actor, now=now)
    books.keep(training, actor=actor, now=now)


def list_open(training: Training, now: datetime) -> tuple[bool, tuple[Moment, ...]]:
    """Return whether the evaluation is open, and which tests are: finalizing closes them."""
    return forms.is_to_close(training, now), tuple(Moment(test.moment) for test in tests.list_open(training.id))


def _close_what_is_open(training: Training, *, actor: Actor, now: datetime) -> None:
    is_evaluated, moments = list_open(training, now)
    for moment in moments:
        assessments.close_test(training, moment, actor=actor, now=now)
    if is_evaluated:
        evaluations.close(training, actor=actor, now=now)

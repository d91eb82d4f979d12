"""The one door to a training that may still change: every operation that writes about one comes through here."""

from portal.platform.db import lock
from portal.platform.errors import Conflict
from portal.platform.wording import _l
from portal.trainings.models import Training


class TrainingClosed(Conflict):
    """Refuse to change a training that is over for good."""


class TrainingLocked(TrainingClosed):
    """Refuse to change a finalized training otherwise than by a numbered correction."""

    message = _l("The training is finalized. It changes only by a correction with a number and a reason.")


class TrainingCancelled(TrainingClosed):
    """Refuse to change a training that does not take place."""

    message = _l("The training is cancelled and stays as it is.")


def lock_open(training_id: int, *, correction: int | None = None) -> Training:
    """Return the training, its row locked until the end of the transaction, so that whoever finalizes it waits.

    A finalized one is given out only for the correction that is open in this transaction: its number is the key.

    :raises TrainingLocked: if the training is finalized.
    :raises TrainingCancelled: if it is cancelled.
    """
    training = lock(Training, training_id)
    expect_open(training, correction=correction)
    return training


def expect_open(training: Training, *, correction: int | None = None) -> None:
    """Refuse a closed training without locking it: for those who only look ahead at what they would do.

    :raises TrainingLocked: if the training is finalized.
    :raises TrainingCancelled: if it is cancelled.
    """
    if training.is_locked and (correction is None or correction != training.corrections):
        raise TrainingLocked
    if training.is_cancelled:
        raise TrainingCancelled

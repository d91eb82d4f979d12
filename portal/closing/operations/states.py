"""Move a training along: draft, waiting for approval, approved, held; and back while nothing stands against it."""

from datetime import date, datetime

from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.wording import _l
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.rules.states import TrainingState, can_move


def move(training: Training, to: TrainingState, *, today: date | None = None, actor: Actor, now: datetime) -> None:
    """Move a training to the next state, or back to the one before; `today` is where its venue is.

    An operator's command gives no day and may call any training held.

    :raises Conflict: if its state does not lead there.
    :raises Refusal: if it would be held before its last day.
    :raises Refusal: if an approval would be taken back from a training with people.
    """
    training = lock(Training, training.id)
    if not can_move(training.state, to):
        raise Conflict("state_moved", _l("The training's state has changed meanwhile. Look at it, then decide again."))
    if to is TrainingState.HELD and today is not None and today < training.ends_on:
        raise Refusal("not_over", _l("The training is held when its last day has come."))
    if to is TrainingState.PENDING_APPROVAL and training.state == TrainingState.APPROVED and _has_people(training):
        raise Refusal(
            "people_nominated",
            _l("People are nominated already, so the approval stays. Cancel the training if it will not take place."),
        )
    enter(training, to, actor=actor, now=now)


def enter(training: Training, to: TrainingState, *, actor: Actor, now: datetime) -> None:
    """Bring a training that the caller has locked and looked at into a state, and record it."""
    before, training.state = training.state, to.value
    db.session.flush()
    audit.record(
        "trainings.state_moved",
        f"training {training.code}",
        before={"state": before},
        after={"state": to.value},
        actor=actor,
        now=now,
    )


def _has_people(training: Training) -> bool:
    query = select(Registration.id).where(Registration.training_id == training.id).limit(1)
    return db.session.scalars(query).first() is not None

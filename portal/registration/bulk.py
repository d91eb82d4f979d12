"""One operation on many registrations: each succeeds or is refused with a reason, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform import tokens
from portal.platform.db import db
from portal.registration import operations, queries
from portal.registration.models import BulkAct, Registration
from portal.registration.operations import Reason
from portal.registration.rules import RegistrationState, allocate, can_move
from portal.trainings.models import Training
from portal.trainings.operations import lock_open

S = RegistrationState


class BulkRefusal(StrEnum):
    """Why an act did not do one of the many."""

    CHANGED = "changed"
    NOT_POSSIBLE = "not_possible"
    NO_SEAT = "no_seat"
    WAITLISTED = "waitlisted"
    VETTING_MISSING = "vetting_missing"


def confirm(training: Training, chosen: Mapping[str, int], *, actor: Actor, now: datetime) -> BulkAct:
    """Give the chosen people seats as far as they go; `chosen` holds by reference the version that was looked at.

    Participants come before alternates, each in the order of nomination. Who is nominated and finds no seat goes onto
    the waiting list; who waits already stays there.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    training = lock_open(training.id)
    able, refused = _part(training, chosen, S.CONFIRMED)
    if queries.obstacle(training) is not None:
        refused += [(entry, BulkRefusal.VETTING_MISSING) for entry in able]
        able = []
    seating = queries.get_seating(training)
    allocated = allocate([(entry, seating.seat_of(entry)) for entry in able], seating.room)
    seated = [entry for entry, shortage in allocated if shortage is None]
    lacking = [(entry, shortage) for entry, shortage in allocated if shortage is not None]
    put = [(one, short) for one, short in lacking if one.state != S.WAITLISTED]
    refused += [(entry, BulkRefusal.NO_SEAT) for entry, _short in lacking if entry.state == S.WAITLISTED]
    refused += [(entry, BulkRefusal.WAITLISTED) for entry, _short in put]
    operations.move([(entry, Reason()) for entry in seated], S.CONFIRMED, actor=actor, now=now)
    waiting = [(entry, operations.shortage_reason(seating.allotments, shortage)) for entry, shortage in put]
    operations.move(waiting, S.WAITLISTED, actor=actor, now=now)
    if seated or put:
        after = {
            "registrations": [entry.reference for entry in seated],
            "waitlisted": [entry.reference for entry, _shortage in put],
        }
        audit.record("registration.confirmed", f"training {training.code}", after=after, actor=actor, now=now)
    return _keep(training, S.CONFIRMED, seated, refused, actor=actor, now=now)


def decide(
    training: Training,
    chosen: Mapping[str, int],
    state: RegistrationState,
    *,
    reason: Reason,
    actor: Actor,
    now: datetime,
) -> BulkAct:
    """Decline the chosen people or put them on the waiting list, all for one reason.

    :raises CauseMissing: if the move needs a reason and has none.
    :raises MoveNotPossible: if the act is another one.
    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    if state not in (S.DECLINED, S.WAITLISTED):
        raise operations.MoveNotPossible
    operations.ensure_cause(state, reason)
    training = lock_open(training.id)
    able, refused = _part(training, chosen, state)
    operations.move([(entry, reason) for entry in able], state, actor=actor, now=now)
    if able:
        after = {
            "state": state.value,
            "reason": reason.words or reason.cause,
            "registrations": [entry.reference for entry in able],
        }
        audit.record("registration.decided_many", f"training {training.code}", after=after, actor=actor, now=now)
    return _keep(training, state, able, refused, actor=actor, now=now)


def _part(
    training: Training, chosen: Mapping[str, int], state: RegistrationState
) -> tuple[list[Registration], list[tuple[Registration, BulkRefusal]]]:
    """Read the chosen anew, now that nobody else can move them, and part those that can move from the others."""
    able, refused = [], []
    for entry in queries.list_chosen(training.id, chosen):
        if entry.version != chosen[entry.reference]:
            refused.append((entry, BulkRefusal.CHANGED))
        elif not can_move(S(entry.state), state):
            refused.append((entry, BulkRefusal.NOT_POSSIBLE))
        else:
            able.append(entry)
    return able, refused


def _keep(
    training: Training,
    state: RegistrationState,
    done: Sequence[Registration],
    refused: Sequence[tuple[Registration, BulkRefusal]],
    *,
    actor: Actor,
    now: datetime,
) -> BulkAct:
    kept = BulkAct(
        reference=tokens.random_token(),
        training_id=training.id,
        act=state.value,
        done=[entry.reference for entry in done],
        refused=[[entry.reference, why.value] for entry, why in refused],
        made_at=now,
        made_by=actor.label,
    )
    db.session.add(kept)
    db.session.flush()
    return kept

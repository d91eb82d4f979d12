"""Nominate people, give them seats, change decisions, and export lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people.models import Person
from portal.platform import tokens
from portal.platform.db import db, insert_many
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.registration import queries
from portal.registration.models import BulkAct, Registration, RegistrationDecision
from portal.registration.queries import Filters
from portal.registration.rules import CAUSES, Cause, RegistrationRole, RegistrationState, Shortage, WhyNot, can_move
from portal.trainings.models import Allotment, Training
from portal.trainings.operations import lock_open


def export(training: Training, filters: Filters | None, *, actor: Actor, now: datetime) -> list[Registration]:
    """Return who passes the filters, or without them who is confirmed, by name; record who took the list along."""
    if filters is None:
        kind, registrations = "confirmed", queries.list_confirmed(training.id)
    else:
        kind, registrations = "registrations", queries.list_filtered(training.id, filters)
    after = {"kind": kind, "rows": len(registrations)}
    audit.record("registration.exported", f"training {training.code}", after=after, actor=actor, now=now)
    return registrations


_REFERENCE_LETTERS = 8


class MoveNotPossible(Conflict):
    message = _l(WhyNot.NOT_POSSIBLE.label)


@dataclass(frozen=True)
class Nomination:
    """One person on the way into a training, with what holds at this time."""

    person_id: int
    role: str = RegistrationRole.PARTICIPANT.value
    institution_id: int | None = None
    region_code: str | None = None
    post: str = ""
    rank: str = ""


@dataclass(frozen=True)
class Reason:
    """Why a registration moves: a usual cause, somebody's words, or the seats that are full; and who said no."""

    cause: str = ""
    words: str = ""
    shortage: dict[str, Any] | None = None
    said_by: str = ""


_NONE = Reason()


def create_all(
    training: Training, nominations: Sequence[Nomination], *, source: str, actor: Actor, now: datetime
) -> list[int]:
    """Nominate people after those who are nominated already, in the given order; return the ids of the registrations.

    The caller records the act: one audit entry for a list, not one for each of its rows.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if one of them is in this training already.
    """
    training = lock_open(training.id)
    _ensure_unregistered(training, nominations)
    last = db.session.scalar(select(func.max(Registration.order)).where(Registration.training_id == training.id)) or 0
    values = [
        {
            "reference": tokens.random_code(_REFERENCE_LETTERS),
            "training_id": training.id,
            **vars(nomination),
            "order": order,
            "source": source,
            "state": RegistrationState.NOMINATED.value,
            "created_at": now,
        }
        for order, nomination in enumerate(nominations, start=last + 1)
    ]
    registration_ids = insert_many(Registration, values)
    first = {"sequence": 1, "state": RegistrationState.NOMINATED.value, "decided_at": now, "decided_by": actor.label}
    decisions = [{"registration_id": registration_id, **first} for registration_id in registration_ids]
    if decisions:
        db.session.execute(insert(RegistrationDecision.__table__), decisions)
    return registration_ids


def confirm(
    registration: Registration, *, version: int | None = None, actor: Actor, now: datetime
) -> queries.Placement:
    """Give one person a seat, or a place on the waiting list with the reason; counted while the training is locked.

    Somebody's own choice outranks the order: whoever is chosen need not be the next in the queue.

    :raises Refusal: if the training demands vetting.
    :raises Conflict: if the training is closed, the registration changed or has no way to a seat, or no seat is free
        for somebody who waits already.
    """
    training = lock_open(registration.training_id)
    _ensure_movable(registration, RegistrationState.CONFIRMED, version)
    if (why_not := queries.why_nobody(training)) is not None:
        raise Refusal(why_not.value, _l(why_not.label))
    seating = queries.get_seating(training)
    shortage = seating.capacity.shortage(seating.seat_of(registration))
    if shortage is not None and registration.state == RegistrationState.WAITLISTED:
        raise Conflict("no_seat", _l(WhyNot.NO_SEAT.label))
    reason = shortage_reason(seating.allotments, shortage)
    state = RegistrationState.CONFIRMED if shortage is None else RegistrationState.WAITLISTED
    move([(registration, reason)], state, actor=actor, now=now)
    _record(registration, reason, actor=actor, now=now)
    return queries.Placement(registration, shortage=shortage)


def confirm_all(training: Training, *, actor: Actor, now: datetime) -> queries.Placements:
    """Give everyone who waits a seat in the order of nomination, or a place on the waiting list with the reason.

    Participants come before alternates (`rules.allocate`); whoever waits for a seat since earlier keeps their
    place in the queue, so that nobody nominated later overtakes them. Repeated, it changes nothing.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    training = lock_open(training.id)
    placements = queries.plan(training)
    carry_out(training, placements, actor=actor, now=now)
    return placements


def carry_out(training: Training, placements: queries.Placements, *, actor: Actor, now: datetime) -> None:
    """Give seats and places on the waiting list as planned; the caller has locked the training."""
    seated = [(place.registration, _NONE) for place in placements.confirmed]
    move(seated, RegistrationState.CONFIRMED, actor=actor, now=now)
    allotments = {allotment.id: allotment for allotment in queries.list_allotments(training.id)}
    waiting = [(place.registration, shortage_reason(allotments, place.shortage)) for place in placements.waitlisted]
    move(waiting, RegistrationState.WAITLISTED, actor=actor, now=now)
    if seated or waiting:
        after = {
            "registrations": [registration.reference for registration, _reason in seated],
            "waitlisted": [registration.reference for registration, _reason in waiting],
        }
        audit.record("registration.confirmed", f"training {training.code}", after=after, actor=actor, now=now)


def decide(
    registration: Registration,
    state: RegistrationState,
    *,
    reason: Reason = _NONE,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Decline, withdraw, put on the waiting list, or take back to the nominated; a seat is given by `confirm` only.

    :raises Refusal: if the move needs a reason and has none, or another one that is not written down.
    :raises Conflict: if the training is closed, the registration changed, or this move does not exist.
    """
    lock_open(registration.training_id)
    if state == RegistrationState.CONFIRMED:
        raise MoveNotPossible
    _ensure_movable(registration, state, version)
    ensure_cause(state, reason)
    move([(registration, reason)], state, actor=actor, now=now)
    _record(registration, reason, actor=actor, now=now)


def confirm_chosen(training: Training, chosen: Mapping[str, int], *, actor: Actor, now: datetime) -> BulkAct:
    """Give the chosen people seats as far as they go; `chosen` holds by reference the version that was looked at.

    Participants come before alternates, each in the order of nomination. Who is nominated and finds no seat goes onto
    the waiting list; who waits already stays there.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    training = lock_open(training.id)
    able, refused = _part_movable(training, chosen, RegistrationState.CONFIRMED)
    placements = queries.plan(training, able)
    carry_out(training, placements, actor=actor, now=now)
    refused += [(place.registration, WhyNot.VETTING_MISSING) for place in placements.refused]
    refused += [(place.registration, WhyNot.NO_SEAT) for place in placements.waiting]
    refused += [(place.registration, WhyNot.WAITLISTED) for place in placements.waitlisted]
    seated = [place.registration for place in placements.confirmed]
    return _keep(training, RegistrationState.CONFIRMED, seated, refused, actor=actor, now=now)


def decide_chosen(
    training: Training,
    chosen: Mapping[str, int],
    state: RegistrationState,
    *,
    reason: Reason,
    actor: Actor,
    now: datetime,
) -> BulkAct:
    """Decline the chosen people or put them on the waiting list, all for one reason.

    :raises Refusal: if the move needs a reason and has none.
    :raises MoveNotPossible: if the act is another one.
    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    if state not in (RegistrationState.DECLINED, RegistrationState.WAITLISTED):
        raise MoveNotPossible
    ensure_cause(state, reason)
    training = lock_open(training.id)
    able, refused = _part_movable(training, chosen, state)
    move([(entry, reason) for entry in able], state, actor=actor, now=now)
    if able:
        after = {
            "state": state.value,
            "reason": reason.words or reason.cause,
            "registrations": [entry.reference for entry in able],
        }
        audit.record("registration.decided_many", f"training {training.code}", after=after, actor=actor, now=now)
    return _keep(training, state, able, refused, actor=actor, now=now)


def _part_movable(
    training: Training, chosen: Mapping[str, int], state: RegistrationState
) -> tuple[list[Registration], list[tuple[Registration, WhyNot]]]:
    """Read the chosen anew, now that nobody else can move them, and part those that can move from the others."""
    able, refused = [], []
    for entry in queries.list_chosen(training.id, chosen):
        if entry.version != chosen[entry.reference]:
            refused.append((entry, WhyNot.CHANGED))
        elif not can_move(RegistrationState(entry.state), state):
            refused.append((entry, WhyNot.NOT_POSSIBLE))
        else:
            able.append(entry)
    return able, refused


def _keep(
    training: Training,
    state: RegistrationState,
    done: Sequence[Registration],
    refused: Sequence[tuple[Registration, WhyNot]],
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


def withdraw_own(registration: Registration, *, cause: str = "", words: str = "", actor: Actor, now: datetime) -> None:
    """Withdraw as the participant on their own page, with or without a reason, before the training's first day.

    Repeated, it changes nothing.

    :raises Conflict: if the training has begun or is closed, or the person takes no part any more.
    """
    training = lock_open(registration.training_id)
    if training.day_at(now) >= training.starts_on:
        raise Conflict("training_begun", _l("The training has begun. Tell the coordinator if you cannot come."))
    db.session.refresh(registration)
    if registration.state == RegistrationState.WITHDRAWN:
        return
    if not can_move(RegistrationState(registration.state), RegistrationState.WITHDRAWN):
        raise MoveNotPossible
    known = cause if cause in CAUSES[RegistrationState.WITHDRAWN] else Cause.UNKNOWN.value
    reason = Reason(cause=known, words=words, said_by="participant")
    move([(registration, reason)], RegistrationState.WITHDRAWN, actor=actor, now=now)
    _record(registration, reason, actor=actor, now=now)


def ensure_cause(state: RegistrationState, reason: Reason) -> None:
    """Refuse a move without the reason that it needs, or with another one that is not written down."""
    causes = CAUSES.get(state, ())
    if (causes and reason.cause not in causes) or (reason.cause == Cause.OTHER and not reason.words):
        words = _l("Choose the reason; if it is another one, write it down.")
        raise Refusal("cause_missing", words, field="cause")


def _ensure_movable(registration: Registration, state: RegistrationState, version: int | None) -> None:
    """Read the registration anew, now that nobody else can move it, and check that the move is still meant."""
    db.session.refresh(registration)
    if version is not None and registration.version != version:
        raise Conflict("registration_changed", _l(WhyNot.CHANGED.label))
    if not can_move(RegistrationState(registration.state), state):
        raise MoveNotPossible


def _ensure_unregistered(training: Training, nominations: Sequence[Nomination]) -> None:
    taken = set(db.session.scalars(select(Registration.person_id).where(Registration.training_id == training.id)))
    for nomination in nominations:
        if nomination.person_id in taken:
            raise Conflict(
                "already_registered",
                _l("%(name)s is registered for this training already."),
                name=db.session.get_one(Person, nomination.person_id).full_name,
            )
        taken.add(nomination.person_id)


def shortage_reason(allotments: Mapping[int, Allotment], shortage: Shortage | None) -> Reason:
    """Return the reason as it will be told, even when the allotment has changed since."""
    if shortage is None:
        return _NONE
    full = allotments.get(shortage.quota_id or 0)
    if full is None:
        return Reason(cause=Cause.TRAINING_FULL.value, shortage={"seats": shortage.seats})
    sides = {
        "allotment": full.id,
        "institution": full.institution.code if full.institution else None,
        "region": full.region_code,
        "role": full.role,
    }
    return Reason(cause=Cause.ALLOTMENT_FULL.value, shortage={"seats": shortage.seats, **sides})


def move(
    entries: Sequence[tuple[Registration, Reason]], state: RegistrationState, *, actor: Actor, now: datetime
) -> None:
    """Bring registrations into a state, each with a decision; the training's lock keeps the sequence free of gaps."""
    last = queries.last_decisions([registration.id for registration, _reason in entries])
    for registration, reason in entries:
        registration.state = state.value
        decision = last.get(registration.id)
        db.session.add(
            RegistrationDecision(
                registration_id=registration.id,
                sequence=decision.sequence + 1 if decision else 1,
                state=state.value,
                cause=reason.cause,
                shortage=reason.shortage,
                reason=reason.words,
                said_by=reason.said_by,
                decided_at=now,
                decided_by=actor.label,
            )
        )
    db.session.flush()


def _record(registration: Registration, reason: Reason, *, actor: Actor, now: datetime) -> None:
    subject = f"registration {registration.reference}"
    after = {"state": registration.state, "reason": reason.words or reason.cause}
    audit.record("registration.decided", subject, after=after, actor=actor, now=now)

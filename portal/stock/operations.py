"""Move stock: the only way in which copies change place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import update

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.materials import rules as material_rules
from portal.materials.operations import ensure_open
from portal.materials.rules import PlaceKind
from portal.platform import tokens
from portal.platform.db import change_rows, db, insert_if_missing, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, long_day, text_of
from portal.stock import queries, rules, serials
from portal.stock.models import Cause, MovedNumbers, Step, StockBalance, StockMovement
from portal.stock.rules import Reason
from portal.trainings.models import Training
from portal.trainings.operations import TrainingLocked


def move(steps: Sequence[Step], cause: Cause, *, actor: Actor, now: datetime) -> list[StockMovement]:
    """Move copies, all of them or none, and note it in the audit log once.

    The balances are changed in a fixed order, each only if enough is there, so that no two givers take the same copy
    and none waits for the other. A source gives as many as are asked for.

    :raises Refusal: if a number is not from 1 to a million; if copies would not move; if the place that receives them
        is closed on that day; if numbered copies are not where they are taken from: see `serials.take`; if on that day
        no copies had come yet.
    :raises InstitutionClosed: if the receiving institution is closed on that day.
    :raises TrainingLocked: if the training at which copies were given is finalized.
    :raises Conflict: if a place holds fewer copies than are taken; if on that day, or on a later one, a place would
        have held fewer than none.
    """
    for step in steps:
        _ensure_plausible(step, cause)
    _ensure_open_books(steps, cause)
    steps = [replace(step, numbers=some) for step, some in zip(steps, serials.take(steps, cause), strict=True)]
    _apply(steps, cause.moved_on)
    batch = tokens.random_token()
    movements = [
        StockMovement(
            reference=tokens.random_token(),
            batch=batch,
            material_id=step.material.id,
            from_place_id=step.from_place.id,
            to_place_id=step.to_place.id,
            quantity=step.quantity,
            reason=(step.reason or cause.reason).value,
            moved_on=cause.moved_on,
            note=step.note or cause.note,
            handover_id=cause.handover.id if cause.handover else None,
            recorded_at=now,
            recorded_by=actor.label,
        )
        for step in steps
    ]
    db.session.add_all(movements)
    db.session.flush()
    db.session.add_all(
        MovedNumbers(movement_id=movement.id, first=first, last=last)
        for movement, step in zip(movements, steps, strict=True)
        for first, last in step.numbers.ranges
    )
    audit.record(
        "materials.stock_moved",
        f"stock {batch}",
        after={
            "reason": cause.reason.value,
            "moved_on": cause.moved_on.isoformat(),
            "copies": sum(step.quantity for step in steps),
            "places": sorted({place.key for step in steps for place in (step.from_place, step.to_place)}),
            **({"act": cause.handover.number} if cause.handover else {}),
        },
        actor=actor,
        now=now,
    )
    return movements


def quantity_implausible() -> Refusal:
    """Return the refusal of a number of copies that cannot be meant."""
    return Refusal(
        "quantity_implausible",
        _l("Give the number of copies as a number from 1 to %(most)s."),
        field="quantity",
        most=material_rules.MOST_COPIES,
    )


def _ensure_plausible(step: Step, cause: Cause) -> None:
    if not 1 <= step.quantity <= material_rules.MOST_COPIES:
        raise quantity_implausible()
    if step.from_place.id == step.to_place.id:
        raise Refusal("same_place", _l("The copies are there already. Choose another place."))
    kinds = PlaceKind(step.from_place.kind), PlaceKind(step.to_place.kind)
    reason = step.reason or cause.reason
    if not rules.leads(reason, *kinds):
        raise ValueError(f"{reason} leads not from {kinds[0]} to {kinds[1]}.")
    if step.to_place.institution is not None:
        ensure_open(step.to_place.institution, cause.moved_on)
    if step.to_place.closed_on is not None and step.to_place.closed_on <= cause.moved_on:
        raise Refusal(
            "place_closed",
            _l("The place was closed on %(day)s. Choose another one, or open it again."),
            field="end",
            day=long_day(step.to_place.closed_on),
        )


def _ensure_open_books(steps: Sequence[Step], cause: Cause) -> None:
    """Refuse to change what finalized trainings count: copies given there, and those handed over from there."""
    counted = [
        place.training_id
        for step in steps
        for place in (step.from_place, step.to_place)
        if place.training_id is not None
        and (place.kind == PlaceKind.PARTICIPANTS or cause.reason == Reason.HANDED_OVER)
    ]
    if cause.handover is not None and cause.handover.training_id is not None:
        counted.append(cause.handover.training_id)
    for training_id in sorted(set(counted)):
        training = lock(Training, training_id)
        if training.is_locked:
            raise TrainingLocked


def _apply(steps: Sequence[Step], day: date) -> None:
    change: Counter[tuple[int, int]] = Counter()
    materials = {step.material.id: step.material for step in steps}
    for step in steps:
        for place, copies in ((step.from_place, -step.quantity), (step.to_place, step.quantity)):
            if place.kind != PlaceKind.SOURCE:
                change[step.material.id, place.id] += copies
    for material_id, place_id in sorted(change):
        copies = change[material_id, place_id]
        title = text_of(materials[material_id], "title")
        if not _change_balance(material_id, place_id, copies):
            held = sum(earlier for _day, earlier in queries.changes(material_id, place_id))
            raise Conflict(
                "not_enough",
                _l("There are only %(balance)s copies of “%(title)s” there, not %(quantity)s."),
                field="quantity",
                balance=held,
                title=title,
                quantity=-copies,
            )
        if copies < 0:
            _ensure_then(queries.changes(material_id, place_id), day, -copies, title)


def _change_balance(material_id: int, place_id: int, change: int) -> bool:
    """Change a balance if it stays at or above zero, and hold its row until the end; False if it would not."""
    insert_if_missing(StockBalance, material_id=material_id, place_id=place_id, quantity=0)
    statement = (
        update(StockBalance)
        .where(
            StockBalance.material_id == material_id,
            StockBalance.place_id == place_id,
            StockBalance.quantity + change >= 0,
        )
        .values(quantity=StockBalance.quantity + change)
        .execution_options(synchronize_session=False)
    )
    return change_rows(statement) == 1


def _ensure_then(changes: Sequence[tuple[date, int]], day: date, quantity: int, title: str) -> None:
    first = min(when for when, change in changes if change > 0)
    if first > day:
        raise Refusal(
            "not_there_yet",
            _l("The first copies of “%(title)s” came there on %(day)s only. Check the date."),
            field="moved_on",
            title=title,
            day=long_day(first),
        )
    lowest = rules.lowest_from(changes, day)
    if lowest < quantity:
        raise Conflict(
            "not_enough_then",
            _l(
                "On %(day)s and after there were at least once only %(balance)s copies of “%(title)s”, not "
                "%(quantity)s."
            ),
            field="quantity",
            day=long_day(day),
            balance=lowest,
            title=title,
            quantity=quantity,
        )

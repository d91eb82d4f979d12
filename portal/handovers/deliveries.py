"""Deliver copies in parts, void a mistaken part, end an act with fewer copies than planned, and take copies back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.handovers import documents, papers, queries, rules
from portal.handovers.operations import ensure_possible, refusal
from portal.handovers.papers import Press
from portal.handovers.rules import ActStatus, ActStep, NotPossible
from portal.materials import operations as material_operations
from portal.materials import rules as material_rules
from portal.materials.models import Handover, HandoverDelivery, HandoverEnding, Material
from portal.materials.operations import subject
from portal.materials.queries import list_by_ids
from portal.materials.serial_numbers import Numbers
from portal.platform import clock
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, text_of
from portal.platform.texts import Text
from portal.stock import movements
from portal.stock import operations as stock
from portal.stock.models import Cause, Step, StockMovement
from portal.stock.movements import SAY_WHY
from portal.stock.rules import REASON_OF, Act, Reason
from portal.stock.serials import numbers_of

_WRONG_DAY = _l("The day lies between the day of the act, %(first)s, and today.")
_SAY_WHY = _l("Say in a few words why, in at most %(most)s letters.")


@dataclass(frozen=True)
class PlannedDelivery:
    """A part that left: how many copies of which title, on which day, and who took them with which paper."""

    copies: Mapping[int, int]
    delivered_on: date
    taken_by: str
    paper: str = ""
    numbers: Mapping[int, Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedReturn:
    """What happened to copies that an institution had got: `end` is the key of the place to which they came back."""

    act: Act
    copies: Mapping[int, int]
    happened_on: date
    note: str
    end: str = ""
    numbers: Mapping[int, Numbers] = field(default_factory=dict)


def deliver(handover: Handover, planned: PlannedDelivery, *, actor: Actor, now: datetime) -> HandoverDelivery:
    """Let a part of an act's copies leave; whatever other parts do at the same time, no more than was agreed leaves.

    :raises Refusal: if there are no copies in it; if nobody took them; if it left before the day of the act, or is
        still to leave; if the act allows no part, or `stock.operations.move` refuses.
    :raises Conflict: if it holds more than are still to come.
    """
    status = ensure_possible(ActStep.DELIVER, handover)
    _ensure_plausible(handover, planned, status, now)
    serial = len(handover.deliveries) + 1
    end = material_operations.take_institution(handover.receiving_institution)
    titles = {item.material_id: item.material for item in handover.items}
    steps = [
        Step(titles[title], handover.from_place, end, copies, numbers=planned.numbers.get(title, Numbers()))
        for title, copies in planned.copies.items()
    ]
    cause = Cause(Reason.HANDED_OVER, planned.delivered_on, f"№ {handover.number} / {serial}", handover)
    movements = stock.move(steps, cause, actor=actor, now=now)
    delivery = HandoverDelivery(
        handover_id=handover.id,
        serial=serial,
        batch=movements[0].batch,
        delivered_on=planned.delivered_on,
        taken_by=planned.taken_by,
        paper=planned.paper,
        recorded_at=now,
        recorded_by=actor.label,
    )
    handover.deliveries.append(delivery)
    db.session.flush()
    after = {"number": handover.number, "part": serial, "delivered_on": planned.delivered_on.isoformat()}
    after["copies"] = sum(planned.copies.values())
    audit.record("materials.part_delivered", subject(handover), after=after, actor=actor, now=now)
    return delivery


def void(handover: Handover, serial: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Make a part void that did not leave as it was recorded: its copies go back, and can leave by another part.

    :raises Conflict: if it is void already, or there is none.
    :raises Refusal: if nobody says why.
    :raises Refusal: if the act is signed, ended or void, or the institution no longer has the copies.
    """
    ensure_possible(ActStep.VOID, handover)
    if handover.ending is not None:
        raise refusal(NotPossible.ENDED, handover)
    found = {one.serial: (one, moves) for one, moves in queries.list_deliveries(handover)}
    delivery, moves = found.get(serial, (None, []))
    if delivery is None or delivery.voided_at is not None:
        raise Conflict("delivery_void", _l("This part is void already."))
    if not 0 < len(reason) <= material_rules.MAX_REASON:
        raise Refusal("reason_missing", _SAY_WHY, most=material_rules.MAX_REASON)
    delivery.voided_at, delivery.void_reason = now, reason
    db.session.flush()
    day = max(clock.country_day(now), delivery.delivered_on)
    cause = Cause(Reason.RETURNED, day, f"№ {handover.number} / {serial}", handover)
    carried = numbers_of({move.id for move in moves})
    steps = [
        Step(one.material, one.to_place, one.from_place, one.quantity, numbers=carried.get(one.id, Numbers()))
        for one in moves
    ]
    stock.move(steps, cause, actor=actor, now=now)
    after = {"number": handover.number, "part": serial, "reason": reason}
    audit.record("materials.part_voided", subject(handover), after=after, actor=actor, now=now)


def end(
    handover: Handover, *, ended_on: date, reason: Text, press: Press, actor: Actor, now: datetime
) -> HandoverEnding:
    """End an act with fewer copies than planned: the discrepancy note that says so is printed and kept.

    :raises Refusal: if nobody says why; if the day lies before the last part, or is still to come; if the act cannot be
        ended: nothing has left, or everything has.
    :raises NotPrintable: if a text holds a letter that cannot be printed.
    """
    status = ensure_possible(ActStep.END, handover)
    texts = [text for text in reason if text]
    if not texts or max(map(len, texts)) > rules.MAX_ENDING:
        raise Refusal("reason_missing", _SAY_WHY, most=rules.MAX_ENDING)
    deliveries = [(one, moves) for one, moves in queries.list_deliveries(handover) if one.voided_at is None]
    first = max(one.delivered_on for one, _moves in deliveries)
    if not first <= ended_on <= clock.country_day(now):
        raise Refusal("day_implausible", _WRONG_DAY, first=first.isoformat())
    facts = documents.discrepancy_note(
        handover, deliveries, ended_on=ended_on, reason=reason, audit_head=press.audit_head
    )
    frozen = facts.as_dict()
    document = papers.keep(
        papers.Paper(documents.TEMPLATE, frozen, facts.document_title),
        {"act": handover.number, "discrepancies": ended_on.isoformat()},
        kind="discrepancy_note",
        filename=f"handover-{handover.number}-discrepancies.pdf",
        press=press,
        now=now,
    )
    ending = HandoverEnding(
        handover_id=handover.id,
        ended_on=ended_on,
        reason=reason,
        facts=frozen,
        document_id=document.id,
        recorded_at=now,
        recorded_by=actor.label,
    )
    handover.ending = ending
    db.session.flush()
    after = {"number": handover.number, "missing": status.to_come, "sha256": document.sha256}
    audit.record("materials.parts_ended", subject(handover), after=after, actor=actor, now=now)
    return ending


def take_back(handover: Handover, planned: PlannedReturn, *, actor: Actor, now: datetime) -> list[StockMovement]:
    """Take copies back, or write off copies at the institution, never more than it got by the act and still has.

    :raises Refusal: if there are no copies in it; if nobody says why; if the day lies before the act, or is still to
        come; if they come back to no place within reach; if the act allows it not, or `stock.operations.move` refuses.
    :raises Conflict: if the institution has fewer copies by this act.
    """
    status = ensure_possible(ActStep.TAKE_BACK, handover)
    if not planned.copies:
        raise Refusal("nothing_back", _l("Give the copies of at least one title."))
    if not 0 < len(planned.note) <= material_rules.MAX_NOTE:
        raise Refusal("reason_missing", SAY_WHY, field="note")
    if not handover.handed_on <= planned.happened_on <= clock.country_day(now):
        raise Refusal("day_implausible", _WRONG_DAY, field="happened_on", first=handover.handed_on.isoformat())
    titles = {one.id: one for one in list_by_ids(planned.copies)}
    there = {line.material_id: line.there for line in status.lines}
    words = _l("By this act the institution has %(there)s copies of “%(title)s”, not %(quantity)s.")
    _ensure_left(planned.copies, there, titles, ("more_than_got", words))
    start = material_operations.take_institution(handover.receiving_institution)
    if planned.act == Act.RETURN:
        end = movements.reached(planned.end, actor)
    else:
        end = movements.written_off(planned.act, handover.region_code)
    steps = [
        Step(titles[title], start, end, copies, numbers=planned.numbers.get(title, Numbers()))
        for title, copies in planned.copies.items()
    ]
    cause = Cause(REASON_OF[planned.act], planned.happened_on, planned.note, handover)
    return stock.move(steps, cause, actor=actor, now=now)


def _ensure_plausible(handover: Handover, planned: PlannedDelivery, status: ActStatus, now: datetime) -> None:
    if not planned.copies:
        raise Refusal("nothing_taken", _l("Give the copies of at least one title."))
    if not 0 < len(planned.taken_by) <= rules.MAX_TAKER or len(planned.paper) > rules.MAX_TAKER:
        raise Refusal(
            "taker_missing",
            _l("Say who took the copies, in at most %(most)s letters."),
            field="taken_by",
            most=rules.MAX_TAKER,
        )
    if not handover.handed_on <= planned.delivered_on <= clock.country_day(now):
        raise Refusal("day_implausible", _WRONG_DAY, field="delivered_on", first=handover.handed_on.isoformat())
    titles = {item.material_id: item.material for item in handover.items}
    to_come = {line.material_id: line.to_come for line in status.lines}
    words = _l("Only %(open)s copies of “%(title)s” are still to come, not %(quantity)s.")
    _ensure_left(planned.copies, to_come, titles, ("more_than_agreed", words))


def _ensure_left(
    copies: Mapping[int, int], left: Mapping[int, int], titles: Mapping[int, Material], refusal: tuple[str, Any]
) -> None:
    """Refuse to take more than is left, by this code and in these words."""
    for title, quantity in copies.items():
        if quantity > left.get(title, 0):
            shown, there = titles[title], left.get(title, 0)
            words: dict[str, Any] = {"title": text_of(shown, "title"), "quantity": quantity, "material": shown}
            raise Conflict(*refusal, open=there, there=there, **words)

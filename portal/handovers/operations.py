"""Hand over: number, words, file and movements of an act, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.handovers import papers, queries, rules
from portal.handovers.documents import corrected_of
from portal.handovers.papers import Press, Printer
from portal.handovers.queries import Exchange
from portal.handovers.rules import ActStatus, ActStep, NotPossible, base_of, moved
from portal.materials import documents as material_documents
from portal.materials import operations as material_operations
from portal.materials import rules as material_rules
from portal.materials.models import Handover, HandoverCounter, HandoverItem, HandoverShare, Material
from portal.materials.operations import recorded, subject
from portal.materials.queries import list_by_ids
from portal.materials.rules import HandoverState, ProxyKind
from portal.materials.serial_numbers import Numbers
from portal.platform import clock, numbers, storage, tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.scans import Scan
from portal.records.rules import YEARS
from portal.stock import operations as stock
from portal.stock import queries as stock_queries
from portal.stock import serials
from portal.stock.models import Cause, Step
from portal.stock.rules import Reason
from portal.trainings.models import Training
from portal.trainings.operations import TrainingLocked


def refusal(reason: NotPossible, handover: Handover, **counts: Any) -> Conflict:
    """Return the refusal of a step for this reason; `counts` are the numbers that its sentence names."""
    return Conflict(reason.value, _l(reason.label), number=handover.number, **counts)


def why_not(step: ActStep, handover: Handover, status: ActStatus) -> Conflict | None:
    """Return the refusal of a step that an act does not allow, None if it does."""
    reason = rules.why_not(step, status)
    return refusal(reason, handover, copies=status.to_come) if reason else None


def ensure_possible(step: ActStep, handover: Handover) -> ActStatus:
    """Hold an act until the end of the transaction, and return where it stands.

    :raises Conflict: if it does not allow the step, saying why, and what to do instead.
    """
    lock(Handover, handover.id)
    status = queries.status_of(handover)
    refused = why_not(step, handover, status)
    if refused is not None:
        raise refused
    return status


def draft_anew(handover: Handover, *, actor: Actor, now: datetime) -> Handover:
    """Draft an act that says the same as another one, to set that right: what is wrong is then changed in the draft.

    A void act is replaced. A signed one is corrected: it stays, the new act starts from the copies that it accounts
    for and moves the difference alone. Where the training's books are closed, its counts stand, so that the correcting
    act belongs to no training.

    :raises TrainingLocked: if a void act of a training whose books are closed is to be replaced.
    :raises Conflict: if another act does so already.
    """
    lock(Handover, handover.id)
    is_correction = handover.state == HandoverState.SIGNED
    status = ensure_possible(ActStep.CORRECT if is_correction else ActStep.REDRAW, handover)
    is_locked = handover.training is not None and handover.training.is_locked
    if is_locked and not is_correction:
        raise TrainingLocked
    kept = base_of(status) if is_correction else {item.material_id: item.quantity for item in handover.items}
    copied = (*material_rules.TERMS, "training_id", "region_code", "from_place_id")
    values = {name: getattr(handover, name) for name in copied}
    if is_correction:
        values |= {"in_parts": False, "handed_on": max(handover.handed_on, clock.country_day(now))}
        values |= {"training_id": None} if is_locked else {}
    new = Handover(
        reference=tokens.random_token(),
        corrects_id=handover.id,
        created_at=now,
        created_by=actor.label,
        items=[
            _copy(item, HandoverItem, quantity=kept[item.material_id])
            for item in handover.items
            if item.material_id in kept
        ],
        shares=[_copy(share, HandoverShare) for share in handover.shares if share.material_id in kept],
        **values,
    )
    db.session.add(new)
    db.session.flush()
    audit.record("materials.act_drafted", subject(new), after=recorded(new), actor=actor, now=now)
    return new


def _copy(row: Any, kind: type[Any], **changed: Any) -> Any:
    columns = [column.key for column in kind.__table__.columns if column.key not in ("id", "handover_id")]
    return kind(**{name: getattr(row, name) for name in columns} | changed)


_LABELS = {
    "giving_name": _l("name of whoever hands over"),
    "receiving_name": _l("name of whoever receives"),
    "giving_position": _l("position of whoever hands over"),
    "receiving_position": _l("position of whoever receives"),
    "place": _l("place"),
    "basis": _l("basis"),
    "purpose": _l("purpose"),
    "lines": _l("titles"),
    "unit_value": _l("value of each copy, 0 for without charge"),
}


def hand_over(handover: Handover, *, press: Press, base_url: str, actor: Actor, now: datetime) -> Handover:
    """Print and seal an act: number, frozen words, file and movements of stock stand in one transaction.

    The counter's row is locked before the stock is touched, so that numbers have no gaps: what is refused takes none.
    All that can refuse the act does so before its paper is ordered (see `papers.tried`).
    Of an act in parts nothing leaves yet; a correcting act moves the difference to the one that it corrects.

    :raises Conflict: if it has its number.
    :raises Refusal: if it leaves blank what an act must say; if it is to correct an act and says the same; whatever
        `stock.operations.move` refuses: too few copies, a closed institution, a day too early.
    :raises NotPrintable: if a text holds a letter that cannot be printed.
    """
    lock(Handover, handover.id)
    base = queries.base_of_corrected(handover)
    _ensure_ready(handover, base)
    cause = Cause(Reason.HANDED_OVER, handover.handed_on, handover=handover)
    steps = _steps(handover, base)
    series, year = handover.giving_institution.code[: material_rules.SERIES_LENGTH], handover.handed_on.year
    (serial,) = numbers.take(HandoverCounter, series=series, year=year)
    handover.series, handover.year, handover.serial = series, year, serial
    handover.number = material_rules.number_of(series, year, serial)
    steps = _named(handover, steps, cause)
    facts = material_documents.act_facts(
        handover,
        record_url=record_url(handover, base_url),
        audit_head=press.audit_head,
        corrects=corrected_of(handover, base),
    )
    handover.state, handover.printed_at, handover.facts = HandoverState.PRINTED.value, now, facts.as_dict()
    db.session.flush()
    if steps:
        stock.move(steps, cause, actor=actor, now=now)
    document = papers.keep(
        papers.Paper(material_documents.TEMPLATE, material_documents.as_standing(handover.facts), facts.document_title),
        {"act": handover.number, "date": handover.handed_on.isoformat()},
        kind="handover_act",
        filename=f"handover-{handover.number}.pdf",
        press=press,
        now=now,
    )
    handover.document_id = document.id
    db.session.flush()
    copies = sum(item.quantity for item in handover.items)
    after = {"number": handover.number, "sha256": document.sha256, "copies": copies}
    audit.record("materials.handed_over", subject(handover), after=after, actor=actor, now=now)
    return handover


def sign(handover: Handover, *, signed_on: date, scan: Scan, actor: Actor, now: datetime) -> None:
    """Keep the scan of the signed paper; from now on the act can no longer be made void.

    :raises Conflict: if it is not printed yet, void, or signed already; or if copies are still to come, and nobody has
        said that fewer than planned will.
    :raises Refusal: if the day lies before the act, or before its last copies left, or is still to come.
    """
    ensure_possible(ActStep.SIGN, handover)
    first = max([handover.handed_on, *(one.delivered_on for one in handover.deliveries if one.voided_at is None)])
    if not first <= signed_on <= max(clock.country_day(now), first):
        raise Refusal(
            "signed_on_implausible",
            _l("The day of signing lies between the day of the act, %(first)s, and today."),
            field="signed_on",
            first=first.isoformat(),
        )
    document = storage.put(
        scan.content,
        kind="handover_scan",
        filename=f"handover-{handover.number}-signed.{scan.extension}",
        media_type=scan.media_type,
        now=now,
    )
    handover.scan_document_id, handover.signed_on = document.id, signed_on
    handover.state = HandoverState.SIGNED.value
    db.session.flush()
    after = {"signed_on": signed_on.isoformat(), "sha256": document.sha256}
    audit.record("materials.act_signed", subject(handover), after=after, actor=actor, now=now)


def void(handover: Handover, *, reason: str, actor: Actor, now: datetime) -> None:
    """Make a printed act void: its number stays with it, and what it moved goes back to where it came from.

    Copies that the institution has given back, or reported damaged or lost, are where they are.

    :raises Conflict: if it is a draft, which is thrown away instead; if both sides have signed it; if it is void.
    :raises Refusal: if no reason is given.
    :raises Refusal: if the stock refuses, for instance because the institution has given copies back meanwhile.
    """
    ensure_possible(ActStep.VOID, handover)
    if not 0 < len(reason) <= material_rules.MAX_REASON:
        raise Refusal(
            "reason_missing",
            _l("Say why the act becomes void, in at most %(most)s letters."),
            most=material_rules.MAX_REASON,
        )
    handover.state, handover.voided_at = HandoverState.VOID.value, now
    handover.void_reason = reason
    db.session.flush()
    day = max([clock.country_day(now), handover.handed_on, *(one.delivered_on for one in handover.deliveries)])
    cause = Cause(Reason.RETURNED, day, note=f"№ {handover.number}", handover=handover)
    change = {title: -copies for title, copies in queries.net_of([handover.id]).items()}
    steps = _between(handover, change, queries.undone(handover))
    if steps:
        stock.move(steps, cause, actor=actor, now=now)
    after = {"number": handover.number, "reason": reason}
    audit.record("materials.act_voided", subject(handover), after=after, actor=actor, now=now)


def note_letter(handover: Handover, *, number: str, day: date, actor: Actor, now: datetime) -> None:
    """Note the letter that confirms what somebody without a power of attorney has signed; the paper stays as it is.

    :raises Conflict: if nobody signs on a letter to come, or the letter has come already.
    :raises Refusal: if number or day cannot be right.
    """
    lock(Handover, handover.id)
    is_open = handover.proxy_kind == ProxyKind.LETTER and not handover.proxy_number
    if not is_open or handover.state not in (HandoverState.PRINTED, HandoverState.SIGNED):
        raise Conflict("letter_not_expected", _l("No letter is waited for on this act."))
    if not 0 < len(number) <= material_rules.MAX_PROXY_NUMBER or day.year not in YEARS or day > clock.country_day(now):
        raise Refusal(
            "letter_refused",
            _l("Give the number of the letter, in at most %(most)s letters, and its day, up to today."),
            most=material_rules.MAX_PROXY_NUMBER,
        )
    handover.proxy_number, handover.proxy_date = number, day
    db.session.flush()
    after = {"number": handover.number, "letter": number, "letter_date": day.isoformat()}
    audit.record("materials.letter_noted", subject(handover), after=after, actor=actor, now=now)


def preview(handover: Handover, *, printer: Printer, base_url: str, now: datetime) -> bytes:
    """Return the page as it would be printed, marked as a draft and without a number.

    :raises NotPrintable: if a text holds a letter that cannot be printed.
    :raises Refusal: if there is no title on it.
    """
    if not handover.items:
        raise _not_ready(str(_LABELS["lines"]))
    corrects = corrected_of(handover, queries.base_of_corrected(handover))
    facts = material_documents.act_facts(handover, record_url=record_url(handover, base_url), corrects=corrects)
    return papers.draw(
        printer,
        papers.Paper(material_documents.TEMPLATE, material_documents.as_draft(facts), facts.document_title),
        now,
    )


def void_copy(handover: Handover, *, printer: Printer) -> bytes:
    """Return a copy of a void act that says so across its text; the file that was issued stays as it is.

    :raises Conflict: if the act is not void.
    """
    if handover.state != HandoverState.VOID or handover.facts is None or handover.voided_at is None:
        raise refusal(NotPossible.NOT_PRINTED, handover)
    day = clock.country_day(handover.voided_at)
    facts = material_documents.as_void(handover.facts, voided_on=day, reason=handover.void_reason)
    title = material_documents.title_of(handover.number or "")
    return papers.draw(printer, papers.Paper(material_documents.TEMPLATE, facts, title), handover.voided_at)


def record_url(handover: Handover, base_url: str) -> str:
    return f"{base_url}/hand-over-acts/{handover.reference}"


def list_short(handover: Handover) -> list[tuple[Material, int]]:
    """Return the titles of which the act will take more than its place holds, with what is there.

    A draft takes its copies by being printed, an act in parts by the deliveries that are still to come.
    """
    needed = {item.material_id: item.quantity for item in handover.items}
    if handover.in_parts:
        status = queries.status_of(handover)
        needed = {line.material_id: line.to_come for line in status.lines if status.to_come}
    elif handover.state != HandoverState.DRAFT:
        return []
    else:
        needed = moved(queries.base_of_corrected(handover), needed)
    held = {one.material.id: one.quantity for one in stock_queries.list_balances(places=[handover.from_place_id])}
    found = {item.material_id: item.material for item in handover.items}
    short = (title for title, copies in needed.items() if title in found and copies > held.get(title, 0))
    return [(found[title], held.get(title, 0)) for title in short]


def missing(handover: Handover) -> list[str]:
    """Return what an act still leaves blank, in words."""
    of_lines = {"lines": handover.items, "unit_value": all(item.unit_value is not None for item in handover.items)}
    return [str(words) for name, words in _LABELS.items() if not of_lines.get(name, getattr(handover, name, None))]


def _ensure_ready(handover: Handover, base: Mapping[int, int]) -> None:
    """Refuse an act that is printed already, leaves something blank, or corrects nothing."""
    if handover.state != HandoverState.DRAFT:
        raise Conflict(
            "already_handed_over",
            _l("The act is printed already, as № %(number)s. Nothing was taken from the stock a second time."),
            number=handover.number,
        )
    blank = missing(handover)
    if blank:
        raise _not_ready(", ".join(blank))
    material_operations.ensure_open(handover.receiving_institution, handover.handed_on)
    corrected = corrected_of(handover, base)
    if corrected is not None and not corrected.differences:
        raise Refusal(
            "nothing_corrected",
            _l("This says the same as act № %(number)s. Change what is wrong in it first."),
            number=corrected.number,
        )


def _steps(handover: Handover, base: Mapping[int, int]) -> list[Step]:
    """Return what moves when an act is printed: all copies, of a correction the difference, of parts nothing yet."""
    if handover.in_parts:
        if handover.training_id is not None and lock(Training, handover.training_id).is_locked:
            raise TrainingLocked
        return []
    agreed = {item.material_id: item.quantity for item in handover.items}
    return _between(handover, moved(base, agreed), queries.asked(handover))


def _named(handover: Handover, steps: Sequence[Step], cause: Cause) -> list[Step]:
    """Return the steps of printing with the copies of each, and write on each line which the institution then has.

    An act in parts names none: its copies leave later.

    :raises Refusal: if numbered copies are not where they are taken from: see `take` of the stock.
    """
    taken = serials.take(steps, cause)
    steps = [replace(step, numbers=some) for step, some in zip(steps, taken, strict=True)]
    has = queries.there_by(handover)
    for step in steps:
        before = has.get(step.material.id, Numbers())
        comes = step.to_place.institution_id is not None
        has[step.material.id] = before | step.numbers if comes else before - step.numbers
    for item in handover.items:
        item.numbers = "" if handover.in_parts else str(has.get(item.material_id, Numbers()))
    return steps


def _between(handover: Handover, change: Mapping[int, int], named: Mapping[int, Exchange]) -> list[Step]:
    """Return the steps that bring copies to the institution, or back from it where the number is below zero.

    Where it is said which numbered copies come and go, these are the steps, whatever the numbers are together.
    """
    start, end = handover.from_place, material_operations.take_institution(handover.receiving_institution)
    titles = {one.id: one for one in list_by_ids({*change, *named})}
    steps = []
    for title in titles:
        come, back = named.get(title, Exchange())
        many = (len(come), len(back)) if title in named else (max(change[title], 0), max(-change[title], 0))
        if many[1]:
            steps.append(Step(titles[title], end, start, many[1], reason=Reason.RETURNED, numbers=back))
        if many[0]:
            steps.append(Step(titles[title], start, end, many[0], reason=Reason.HANDED_OVER, numbers=come))
    return steps


def _not_ready(missing: str) -> Refusal:
    return Refusal("not_ready", _l("The act still leaves blank: %(missing)s."), missing=missing)

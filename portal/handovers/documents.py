"""The facts of a discrepancy note, and the differences that a correcting act prints."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.materials import spelling
from portal.materials.documents import Corrected, Difference, Party, day_of_act, party, sides
from portal.materials.models import Handover, HandoverDelivery, HandoverItem
from portal.platform.dates import numeric_date
from portal.platform.texts import Text, Trilingual
from portal.printing.orders import Facts
from portal.stock.models import StockMovement

_NAMES = ("giving_name", "receiving_name", "witness", "proxy_name", "proxy_number")
_TEXTS = ("giving_position", "giving_authority", "receiving_position", "receiving_authority", "proxy_position")
_TERMS = ("place", "basis", "purpose", "discrepancies")
_MINUS = "\u2013"  # the typesetter's dash: the fonts have no other minus


def corrected_of(handover: Handover, base: Mapping[int, int]) -> Corrected | None:
    """Return the signed act that this one corrects with all differences; None if it corrects none.

    `base` are the copies of each title that the corrected act accounts for.
    """
    before = handover.corrects
    if before is None or not handover.is_correction:
        return None
    differences = (*_lines(before, handover, base), *_sum(before, handover, base), *_words(before, handover))
    return Corrected(before.number or "", day_of_act(before.handed_on), differences)


def _lines(before: Handover, after: Handover, base: Mapping[int, int]) -> Iterator[Difference]:
    was, now = ({item.material_id: item for item in act.items} for act in (before, after))
    for title in dict.fromkeys([*was, *now]):
        old, new = was.get(title), now.get(title)
        shown = new or old
        assert shown is not None
        yield from _line(old, new, base.get(title, 0), shown.material.title.printed())


def _line(old: HandoverItem | None, new: HandoverItem | None, base: int, title: Trilingual) -> Iterator[Difference]:
    copies = new.quantity if new else 0
    if copies != base:
        was, now = (_same(spelling.grouped(one)) for one in (base, copies))
        yield Difference("quantity", title, was, now, _signed(copies - base))
    if old is None or new is None:
        return
    if old.unit_value != new.unit_value:
        change = (new.unit_value or 0) - (old.unit_value or 0)
        sums = _same(_money(old.unit_value)), _same(_money(new.unit_value))
        yield Difference("unit_value", title, *sums, _sign(change) + spelling.amount(abs(change)))
    for name in ("condition", "note", *(("numbers",) if new.numbers else ())):  # left empty, they are not said yet
        if getattr(old, name) != getattr(new, name):
            yield Difference(name, title, _same(getattr(old, name)), _same(getattr(new, name)))


def _sum(before: Handover, after: Handover, base: Mapping[int, int]) -> Iterator[Difference]:
    """Yield what the act hands over in all, where the lines change it."""
    values = {item.material_id: item.unit_value or 0 for item in before.items}
    copies = sum(base.values()), sum(item.quantity for item in after.items)
    worth = (
        sum(many * values.get(title, 0) for title, many in base.items()),
        sum(item.quantity * (item.unit_value or 0) for item in after.items),
    )
    if copies[0] != copies[1]:
        was, now = (_same(spelling.grouped(one)) for one in copies)
        yield Difference("copies", None, was, now, _signed(copies[1] - copies[0]))
    if worth[0] != worth[1]:
        change = worth[1] - worth[0]
        was, now = (_same(spelling.amount(one)) for one in worth)
        yield Difference("sum", None, was, now, _sign(change) + spelling.amount(abs(change)))


def _words(before: Handover, after: Handover) -> Iterator[Difference]:
    for name in _NAMES:
        if getattr(before, name) != getattr(after, name):
            yield Difference(name, None, _same(getattr(before, name)), _same(getattr(after, name)))
    for name in (*_TEXTS, *_TERMS):
        was, now = getattr(before, name).printed(), getattr(after, name).printed()
        if was != now:
            yield Difference(name, None, was, now)
    if before.proxy_date != after.proxy_date:
        was, now = (day_of_act(act.proxy_date) if act.proxy_date else _same("") for act in (before, after))
        yield Difference("proxy_date", None, was, now)
    if before.transfer != after.transfer:
        yield Difference("transfer", None, _transfer(before), _transfer(after))


def _same(text: str) -> Trilingual:
    """Return figures or a name, which are the same in every language."""
    return sides(lambda _side: text)


def _transfer(handover: Handover) -> Trilingual:
    return sides(spelling.WORDS["transfers"][handover.transfer].__getitem__)


def _money(value: int | None) -> str:
    return spelling.amount(value) if value else "0,00"


def _sign(change: int) -> str:
    return _MINUS if change < 0 else "+"


def _signed(change: int) -> str:
    return _sign(change) + spelling.grouped(abs(change))


TEMPLATE = "discrepancy_note.html"


@dataclass(frozen=True)
class NoteFacts(Facts):
    number: str
    act_date: Trilingual
    date: Trilingual
    place: Trilingual
    giving: Party
    receiving: Party
    lines: tuple[dict[str, Any], ...]  # of the act: agreed, delivered, missing
    agreed: str
    delivered: str
    missing: str
    parts: tuple[dict[str, Any], ...]  # that left, and who took them with which paper
    reason: Trilingual
    is_in_english: bool
    record_url: str
    audit_head: str

    @property
    def document_title(self) -> str:
        return f"Акт о расхождениях к акту № {self.number}"


def discrepancy_note(
    handover: Handover,
    deliveries: Sequence[tuple[HandoverDelivery, Sequence[StockMovement]]],
    *,
    ended_on: date,
    reason: Text,
    audit_head: str,
) -> NoteFacts:
    """Return the printed facts of the note that belongs to an act, from the parts that have left, with their copies."""
    delivered: Counter[int] = Counter()
    for _delivery, moves in deliveries:
        for move in moves:
            delivered[move.material_id] += move.quantity
    agreed, came = sum(item.quantity for item in handover.items), delivered.total()
    return NoteFacts(
        number=handover.number or "",
        act_date=day_of_act(handover.handed_on),
        date=day_of_act(ended_on),
        place=handover.place.printed(),
        giving=party(handover, "giving"),
        receiving=party(handover, "receiving"),
        lines=tuple(
            {
                "number": str(number),
                "title": item.material.title.printed(),
                "unit": spelling.SHORT_UNITS[item.material.unit],
                "agreed": spelling.grouped(item.quantity),
                "delivered": spelling.grouped(delivered[item.material_id]),
                "missing": spelling.grouped(item.quantity - delivered[item.material_id]),
            }
            for number, item in enumerate(handover.items, start=1)
        ),
        agreed=spelling.grouped(agreed),
        delivered=spelling.grouped(came),
        missing=spelling.grouped(agreed - came),
        parts=tuple(
            {
                "number": str(one.serial),
                "day": numeric_date(one.delivered_on),
                "copies": spelling.grouped(sum(move.quantity for move in moves)),
                "taken_by": one.taken_by,
                "paper": one.paper,
            }
            for one, moves in deliveries
        ),
        reason=reason.printed(),
        is_in_english=handover.with_english,
        record_url=str((handover.facts or {})["record_url"]),
        audit_head=audit_head,
    )

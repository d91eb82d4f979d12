"""What a correcting act says otherwise than the one that it corrects, line by line."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from portal.materials.documents.acts import Corrected, Difference, act_date
from portal.materials.documents.deeds import three
from portal.materials.models.handovers import Handover, HandoverItem
from portal.materials.rules import spelling
from portal.materials.rules.handovers import Transfer
from portal.platform.texts import LANGUAGES, Passage, Trilingual

_NAMES = ("giving_name", "receiving_name", "witness", "proxy_name", "proxy_number")
_TEXTS = ("giving_position", "giving_authority", "receiving_position", "receiving_authority", "proxy_position")
_TERMS = ("place", "basis", "purpose", "discrepancies")
_MINUS = "\u2013"  # the typesetter's dash: the fonts have no other minus
_TRANSFERS = {
    Transfer.OWNERSHIP: {"ky": "менчикке", "ru": "в собственность", "en": "into ownership"},
    Transfer.CUSTODY: {
        "ky": "сактоого жана пайдаланууга",
        "ru": "на хранение и в пользование",
        "en": "for custody and use",
    },
}


def corrected_of(handover: Handover, base: Mapping[int, int]) -> Corrected | None:
    """Return the signed act that this one corrects with all differences; None if it corrects none.

    `base` are the copies of each title that the corrected act accounts for.
    """
    before = handover.corrects
    if before is None or not handover.is_correction:
        return None
    differences = (*_lines(before, handover, base), *_sum(before, handover, base), *_words(before, handover))
    return Corrected(before.number or "", before.handed_on, differences)


def _lines(before: Handover, after: Handover, base: Mapping[int, int]) -> Iterator[Difference]:
    was, now = ({item.material_id: item for item in act.items} for act in (before, after))
    for title in dict.fromkeys([*was, *now]):
        old, new = was.get(title), now.get(title)
        shown = new or old
        assert shown is not None
        yield from _line(old, new, base.get(title, 0), three(shown.material, "title"))


def _line(old: HandoverItem | None, new: HandoverItem | None, base: int, title: Trilingual) -> Iterator[Difference]:
    copies = new.quantity if new else 0
    if copies != base:
        yield Difference("quantity", title, _same(_figure(base)), _same(_figure(copies)), _signed(copies - base))
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
        was, now = (_same(_figure(one)) for one in copies)
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
        was, now = three(before, name), three(after, name)
        if was != now:
            yield Difference(name, None, was, now)
    if before.proxy_date != after.proxy_date:
        yield Difference("proxy_date", None, _day(before.proxy_date), _day(after.proxy_date))
    if before.transfer != after.transfer:
        was, now = (_sides(_TRANSFERS[Transfer(act.transfer)]) for act in (before, after))
        yield Difference("transfer", None, was, now)


def _same(text: str) -> Trilingual:
    """Return figures or a name, which are the same in every language."""
    return Trilingual(*(Passage(text, side) for side in LANGUAGES))


def _sides(texts: Mapping[str, Any]) -> Trilingual:
    return Trilingual(*(Passage(texts[side], side) for side in LANGUAGES))


def _day(day: date | None) -> Trilingual:
    return _sides({side: act_date(day, side) if day else "" for side in LANGUAGES})


def _figure(copies: int) -> str:
    return spelling.grouped(copies)


def _money(value: int | None) -> str:
    return spelling.amount(value) if value else "0,00"


def _sign(change: int) -> str:
    return _MINUS if change < 0 else "+"


def _signed(change: int) -> str:
    return _sign(change) + _figure(abs(change))

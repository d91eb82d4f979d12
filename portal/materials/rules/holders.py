"""Who in an institution keeps which copies: one line each, as somebody types them or pastes them from a table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.materials.rules import numbers
from portal.materials.rules.numbers import Numbers
from portal.platform import texts
from portal.records.rules import letter_faults

MOST_HOLDERS = 500
MAX_FIELD = 200
NAMES_KEPT_YEARS = 5  # after the act: longer than audits look back, and no longer
_FIELDS = re.compile(r"[;\t]")
_MOST_FIELDS = 4


@dataclass(frozen=True)
class Holder:
    """A unit, a post in it, or a person by name; how many copies, and of a numbered title which."""

    unit: str
    post: str = ""
    name: str = ""
    quantity: int = 0
    numbers: Numbers = Numbers()


class HolderFault(StrEnum):
    """What stands against a line."""

    UNREADABLE = "unreadable"
    UNIT_MISSING = "unit_missing"
    TEXT_TOO_LONG = "text_too_long"
    COPIES_UNREADABLE = "copies_unreadable"
    NUMBERS_TWICE = "numbers_twice"
    NUMBERS_NOT_THERE = "numbers_not_there"
    TOO_MANY = "too_many"


class HoldersRefused(ValueError):
    """Stop at the first line that cannot be kept; `line` is counted from one."""

    def __init__(self, fault: HolderFault, line: int, text: str = "") -> None:
        super().__init__(fault, line, text)
        self.fault, self.line, self.text = fault, line, text


def read(typed: str, *, held: int, of: Numbers | None) -> list[Holder]:
    """Return the holders that a text lists; `of` are the copies of a numbered title, `held` how many there are.

    :raises HoldersRefused: if a line cannot be kept, or all together hold more than there is.
    """
    found: list[Holder] = []
    taken = Numbers()
    for line, text in enumerate(typed.splitlines(), start=1):
        if not text.strip():
            continue
        holder = _read_line(text, line, of)
        if holder.numbers & taken:
            raise HoldersRefused(HolderFault.NUMBERS_TWICE, line, str(holder.numbers & taken))
        taken = taken | holder.numbers
        found.append(holder)
        if len(found) > MOST_HOLDERS or sum(one.quantity for one in found) > held:
            raise HoldersRefused(HolderFault.TOO_MANY, line, str(held))
    return found


def written(holders: Sequence[Holder]) -> str:
    """Return holders as the lines that `read` takes."""
    return "\n".join(
        "; ".join(part for part in (one.unit, one.post, one.name, str(one.numbers or one.quantity)) if part)
        if not (one.name and not one.post)
        else f"{one.unit}; ; {one.name}; {one.numbers or one.quantity}"
        for one in holders
    )


def _read_line(text: str, line: int, of: Numbers | None) -> Holder:
    fields = [texts.clean(field) for field in _FIELDS.split(text)]
    if not 2 <= len(fields) <= _MOST_FIELDS:
        raise HoldersRefused(HolderFault.UNREADABLE, line)
    *said, copies = fields
    unit, post, name = (*said, "", "")[:3]
    if not unit:
        raise HoldersRefused(HolderFault.UNIT_MISSING, line)
    for one in said:
        if letter_faults(one, MAX_FIELD):
            raise HoldersRefused(HolderFault.TEXT_TOO_LONG, line, one[:40])
    if of is None:
        if not (copies.isascii() and copies.isdecimal() and 0 < int(copies) <= numbers.LARGEST):
            raise HoldersRefused(HolderFault.COPIES_UNREADABLE, line, copies[:40])
        return Holder(unit, post, name, int(copies))
    try:
        some = numbers.read(copies)
    except numbers.NumbersUnreadable as unread:
        raise HoldersRefused(HolderFault.COPIES_UNREADABLE, line, str(unread.args[0])[:40]) from unread
    if not some:
        raise HoldersRefused(HolderFault.COPIES_UNREADABLE, line, copies[:40])
    if absent := some - of:
        raise HoldersRefused(HolderFault.NUMBERS_NOT_THERE, line, str(absent))
    return Holder(unit, post, name, len(some), some)

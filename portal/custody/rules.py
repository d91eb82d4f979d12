"""The chain of custody computed twice, end holders, and the pages of receipt lists."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.materials import serial_numbers
from portal.materials.rules import IN_STOCK, PlaceKind
from portal.materials.serial_numbers import Numbers
from portal.platform import texts
from portal.platform.texts import N_, Labelled
from portal.records.rules import letter_faults


class Line(Labelled):
    IN_STOCK = "stock", N_("In stock")
    HANDED_OVER = "institutions", N_("Handed over to institutions")
    GIVEN = "participants", N_("Given to participants")
    DAMAGED = "damaged", N_("Damaged")
    LOST = "lost", N_("Lost")


KINDS: Mapping[Line, frozenset[PlaceKind]] = {
    Line.IN_STOCK: IN_STOCK,
    Line.HANDED_OVER: frozenset({PlaceKind.INSTITUTION}),
    Line.GIVEN: frozenset({PlaceKind.PARTICIPANTS}),
    Line.DAMAGED: frozenset({PlaceKind.DAMAGED}),
    Line.LOST: frozenset({PlaceKind.LOST}),
}


@dataclass(frozen=True)
class Held:
    """Copies at one place: as its movements add up, and as its kept balance says when what came later is taken back."""

    place_id: int
    kind: PlaceKind
    moved: int
    kept: int

    @property
    def agrees(self) -> bool:
        """Tell whether both say the same; a source keeps no balance."""
        return self.kind == PlaceKind.SOURCE or self.moved == self.kept


@dataclass(frozen=True)
class Papers:
    """What the papers say: copies on acts in force less those that came back, and copies signed for.

    `returned` are the copies that participants no longer have: brought back, damaged or lost.
    """

    on_acts: int = 0
    signed: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Account:
    """All copies of a title on a day. `printed` left the sources; every other number is of those who have them."""

    held: tuple[Held, ...]
    papers: Papers

    @property
    def printed(self) -> int:
        """Return the copies that have come from the sources."""
        return -sum(one.moved for one in self.held if one.kind == PlaceKind.SOURCE)

    def moved(self, line: Line) -> int:
        return sum(one.moved for one in self.held if one.kind in KINDS[line])

    def kept(self, line: Line) -> int:
        return sum(one.kept for one in self.held if one.kind in KINDS[line])

    @property
    def accounted_for(self) -> int:
        """Return the copies that somebody has or that are written off, by the kept balances."""
        return sum(self.kept(line) for line in Line)

    @property
    def differing(self) -> tuple[Held, ...]:
        return tuple(one for one in self.held if not one.agrees)

    @property
    def acts_agree(self) -> bool:
        """Tell whether institutions have what the acts say."""
        return self.papers.on_acts == self.moved(Line.HANDED_OVER)

    @property
    def lists_agree(self) -> bool:
        """Tell whether nobody signed for a copy that was not given; lists that are not typed in yet are no fault."""
        return self.papers.signed <= self.moved(Line.GIVEN) + self.papers.returned

    @property
    def unsigned(self) -> int:
        """Return the copies given for which no signature was typed in yet."""
        return max(0, self.moved(Line.GIVEN) + self.papers.returned - self.papers.signed)

    def numbers_agree(self, numbered: Mapping[int, int]) -> bool:
        """Tell whether each place holds as many numbers as copies; given are the numbers at each place."""
        return all(one.kind == PlaceKind.SOURCE or numbered.get(one.place_id, 0) == one.moved for one in self.held)

    @property
    def closes(self) -> bool:
        """Tell whether printed = in stock + handed over + given + damaged + lost, however it is reckoned."""
        is_even = self.printed == self.accounted_for
        return is_even and not self.differing and self.acts_agree and self.lists_agree


def account(
    moved: Mapping[int, int], kept: Mapping[int, int], kinds: Mapping[int, PlaceKind], papers: Papers
) -> Account:
    """Return the account of a title from the copies at each place; places without any are left out."""
    ids: Iterable[int] = sorted(moved.keys() | kept.keys())
    held = (Held(one, kinds[one], moved.get(one, 0), kept.get(one, 0)) for one in ids)
    return Account(tuple(one for one in held if one.moved or one.kept), papers)


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


class HolderFault(Labelled):
    UNREADABLE = "unreadable", N_("Line %(line)s: write unit; post; name; copies. Post and name may be left out.")
    UNIT_MISSING = "unit_missing", N_("Line %(line)s: name the unit.")
    TEXT_TOO_LONG = "text_too_long", N_("Line %(line)s: “%(text)s…” is too long or holds an invisible character.")
    COPIES_UNREADABLE = "copies_unreadable", N_("Line %(line)s: “%(text)s” says neither how many copies nor which.")
    NUMBERS_TWICE = "numbers_twice", N_("Line %(line)s: № %(text)s stand in another line already.")
    NUMBERS_NOT_THERE = "numbers_not_there", N_("Line %(line)s: № %(text)s were not handed over by this act.")
    TOO_MANY = "too_many", N_("Line %(line)s: more copies than the institution has by this act, which are %(text)s.")


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
        if not (copies.isascii() and copies.isdecimal() and 0 < int(copies) <= serial_numbers.LARGEST):
            raise HoldersRefused(HolderFault.COPIES_UNREADABLE, line, copies[:40])
        return Holder(unit, post, name, int(copies))
    try:
        some = serial_numbers.read(copies)
    except serial_numbers.NumbersUnreadable as unread:
        raise HoldersRefused(HolderFault.COPIES_UNREADABLE, line, str(unread.args[0])[:40]) from unread
    if not some:
        raise HoldersRefused(HolderFault.COPIES_UNREADABLE, line, copies[:40])
    if absent := some - of:
        raise HoldersRefused(HolderFault.NUMBERS_NOT_THERE, line, str(absent))
    return Holder(unit, post, name, len(some), some)


FIRST_PAGE_ROWS = 17
PAGE_ROWS = 21
BLANK_ROWS = 6
MOST_BLANK_ROWS = 60


@dataclass(frozen=True)
class PaperRow:
    """What one row of the paper says: signed or not, and the number of the copy if copies are numbered.

    `signed_by` is the colleague who signed in the person's place.
    """

    registration: str
    row: int
    is_signed: bool
    copy_number: str = ""
    signed_by: str = ""


def page_of(row: int) -> int:
    """Return the page on which a row is printed; rows are counted from one, through all pages."""
    if row <= FIRST_PAGE_ROWS:
        return 1
    return 2 + (row - FIRST_PAGE_ROWS - 1) // PAGE_ROWS


def begins_page(row: int) -> bool:
    return row > 1 and page_of(row) != page_of(row - 1)

"""The way of a title's copies from the print run to those who have them, reckoned twice so that a fault shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.materials.rules.stock import IN_STOCK, PlaceKind


class Line(StrEnum):
    """One of the lines into which printed copies part."""

    IN_STOCK = "stock"
    HANDED_OVER = "institutions"
    GIVEN = "participants"
    DAMAGED = "damaged"
    LOST = "lost"


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
        """Return the copies of a line by the movements."""
        return sum(one.moved for one in self.held if one.kind in KINDS[line])

    def kept(self, line: Line) -> int:
        """Return the copies of a line by the kept balances."""
        return sum(one.kept for one in self.held if one.kind in KINDS[line])

    @property
    def accounted_for(self) -> int:
        """Return the copies that somebody has or that are written off, by the kept balances."""
        return sum(self.kept(line) for line in Line)

    @property
    def differing(self) -> tuple[Held, ...]:
        """Return the places whose movements do not add up to their balance."""
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

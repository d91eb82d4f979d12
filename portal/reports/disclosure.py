"""Which counts of a table may be published, alone and together with linked tables and earlier releases.

By category and training they make one table with two kinds of known sums: of each training (its public total) and, of
each category whose sum is shown, of all trainings up to that release. Hidden counts are the arcs of a network between
trainings and sums; how far one may move without moving anything that is known is a greatest flow (Ford and Fulkerson),
exact in whole numbers. A count that can hardly move is exposed.

A training's table counts whoever completed it, a sum only whoever no training before has counted. The others came
again; how many those are in all is public, and of which category is hidden like a table of its own: what trainings show
of a category is a node too, from which people go to the sum or among those who came again.

A table counts people by category; its total is public and always known. `k` is the fewest people that a shown count
stands for. Whoever reads knows this rule, the total, every shown count, and everything that was shown before.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

FEWEST = 5
LOWEST, HIGHEST = 3, 11  # Between what settings may move `k`.

Counts = Mapping[str, int]


class Bound(StrEnum):
    """How a share is meant: as it is, or as the least or the most that it may be."""

    EXACT = "exact"
    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True)
class Share:
    percent: int
    bound: Bound


@dataclass(frozen=True)
class Difference:
    """How a table has changed since it was last published; `unknown` are the categories that were hidden there."""

    changes: Counts
    unknown: frozenset[str] = frozenset()


def is_small(count: int, k: int) -> bool:
    """Tell whether a count singles out somebody: at least one person, and fewer than k."""
    return 0 < count < k


def hidden_cells(
    counts: Counts,
    k: int = FEWEST,
    *,
    forced: Collection[str] = (),
    since: Sequence[Difference] = (),
    draw: Callable[[str], str] = lambda _name: "",
) -> frozenset[str]:
    """Return the categories to hide: the small ones, and others until nothing comes back by subtraction.

    A count is small if it stands for 1 to k - 1 people, or if only so many are outside it; so is a change since an
    earlier table. Hidden counts are at least two, and leave room for k more; where that cannot be, all are hidden,
    zeros too. Of two small ones each leaves that room to the other with a third, so that whoever belongs to one of them
    and knows how many they are does not learn how many the others are. What is hidden beside the small ones is the
    smallest, or one of hardly more by a `draw` that no reader knows: always the smallest would tell of the sizes.
    """
    hidden = {*forced, *_small(counts, k)}
    for difference in since:
        known = difference.changes.keys() - difference.unknown
        hidden |= {name for name in known if is_small(abs(difference.changes[name]), k)}
        if not any(difference.changes[name] for name in difference.unknown & difference.changes.keys()):
            hidden |= difference.unknown
    hidden &= counts.keys()
    again = {name for difference in since for name in difference.unknown}
    while not _is_safe(counts, hidden, since, k):
        left = [name for name in counts if name not in hidden and counts[name]]
        if not left:
            return frozenset(counts)
        left = [name for name in left if name in again] or left
        least = min(counts[name] for name in left)
        alike = sorted(name for name in left if counts[name] < least + k)
        hidden.add(min(alike, key=lambda name: (draw(name), counts[name])))
    return frozenset(hidden)


def share(part: int, whole: int, k: int = FEWEST) -> Share | None:
    """Return what may be said of a share of people whose number is known; None if they are too few to say anything.

    Where k or fewer are outside the part, or in it, the share is only bounded: by their number it would single them
    out, and a share of all or of nobody would say what each one answered.
    """
    if whole <= 2 * k:
        return None
    if whole - part <= k:
        return Share(100 * (whole - k) // whole, Bound.LEAST)
    if part <= k:
        return Share(-(-100 * k // whole), Bound.MOST)
    return Share(percent(part, whole), Bound.EXACT)


def percent(part: int, whole: int) -> int:
    """Return a share in whole percent, rounded half up."""
    return (200 * part + whole) // (2 * whole)


def may_follow(now: tuple[int, int], before: tuple[int, int], told: Bound, k: int = FEWEST) -> bool:
    """Tell whether a share, as (part, whole), may be said after an earlier one of fewer people was `told`.

    What has come between is a share like any other. After a bound an exact share must leave it as wide as it was.
    """
    said, came = share(*now, k), now[1] - before[1]
    if said is None or now == before:
        return said is not None
    if said.bound != Bound.EXACT:
        return came >= k
    if told == Bound.EXACT:
        between = share(now[0] - before[0], came, k)
        return between is not None and between.bound == Bound.EXACT
    return came >= (now[1] - now[0] if told == Bound.LEAST else now[0])


def room(counts: Counts, hidden: Collection[str]) -> int:
    """Return how far each hidden count may move, for all that a reader of this one table knows.

    A reader is taken to know who was there at all: of what is hidden, zeros leave no room, and the others are not zero.
    """
    present = [counts[name] for name in hidden if counts[name]]
    return sum(present) - len(present) if len(present) > 1 else 0


def _small(counts: Counts, k: int) -> set[str]:
    total = sum(counts.values())
    return {name for name, count in counts.items() if is_small(count, k) or is_small(total - count, k)}


def _is_safe(counts: Counts, hidden: Collection[str], since: Sequence[Difference], k: int) -> bool:
    if hidden and len(hidden) < len(counts) and not _has_room(counts, hidden, k):
        return False
    if len(hidden) == len(counts) == 1:
        return True
    return all(_hides_change(difference, set(hidden), k) for difference in since)


def _has_room(counts: Counts, hidden: Collection[str], k: int) -> bool:
    """Tell whether hidden counts stay hidden, also from those who know one small one because it is their own."""
    small = {name for name in hidden if is_small(counts[name], k)}
    return room(counts, hidden) >= k and all(room(counts, {*hidden} - {own}) >= k for own in small if small - {own})


def _hides_change(difference: Difference, hidden: set[str], k: int) -> bool:
    """Tell whether a change that is not known of each category stays so.

    Where nothing has moved among the unknown ones, showing one of them would show what was hidden before.
    """
    unknown = difference.unknown | hidden
    moved = sum(abs(change) for name, change in difference.changes.items() if name in unknown)
    if moved == 0:
        return difference.unknown <= hidden
    return len(unknown) >= 2 and moved >= k or hidden >= difference.changes.keys()


Node = tuple[str, str, int]
_OUTSIDE: Node = ("outside", "", 0)  # Where the sums meet that nobody knows.
_ROW, _SUM, _AGAIN = "row", "sum", "again"


@dataclass(frozen=True)
class Row:
    """One training's table, with what of it is hidden; `new` are those whom no training before has counted.

    Where a table is withheld that need not be hidden, `small` is what of it must not come back.
    """

    name: str
    counts: Counts
    hidden: frozenset[str]
    new: Counts | None = None
    small: frozenset[str] | None = None  # All that is hidden, if nothing is said.

    def open_to(self, *, knows_who_came: bool) -> list[str]:
        """Return the hidden categories that somebody may have been in, for all that a reader knows."""
        return sorted(name for name in self.hidden if self.counts[name] or not knows_who_came)

    def floor(self, *, knows_who_came: bool) -> int:
        """Return what a reader knows of each of these from below: one, unless a whole table is withheld."""
        return 1 if knows_who_came or self.hidden < self.counts.keys() else 0

    def need(self, *, knows_who_came: bool) -> int:
        """Return how far each of these may move if only this table is known."""
        names, floor = self.open_to(knows_who_came=knows_who_came), self.floor(knows_who_came=knows_who_came)
        return sum(self.counts[name] - floor for name in names) if len(names) > 1 else 0

    def first(self, category: str) -> int:
        """Return how many of a category no earlier training has counted."""
        return (self.counts if self.new is None else self.new).get(category, 0)

    def again(self, category: str) -> int:
        """Return how many of a category came again."""
        return max(0, self.counts.get(category, 0) - self.first(category))


@dataclass(frozen=True)
class Known:
    """The sums of one publication: over which trainings, and of which categories they are shown."""

    rows: frozenset[str]
    shown: frozenset[str]


@dataclass(frozen=True)
class Table:
    """What is to be published: the sums by category, since when they have changed how, and by which draw."""

    counts: Counts
    since: Sequence[Difference] = ()
    draw: Callable[[str], str] = lambda _name: ""

    def hidden(self, k: int, forced: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return what is hidden if only these sums are known."""
        return hidden_cells(self.counts, k, forced=forced, since=self.since, draw=self.draw)


def hidden_sums(
    table: Table, rows: Sequence[Row], earlier: Sequence[Known], k: int, over: frozenset[str] | None = None
) -> frozenset[str]:
    """Return the categories whose sum is to be hidden, so that nothing hidden in a row comes back.

    The sums are over all rows, or those named in `over`: the others stand only in earlier sums. What comes back even if
    no sum is shown, from earlier releases and from totals, hides nothing more.
    """
    everything = over or frozenset(row.name for row in rows)

    def published_with(hidden: frozenset[str]) -> list[Known]:
        return [*earlier, Known(everything, frozenset(table.counts) - hidden)]

    anyway = exposed(rows, published_with(frozenset(table.counts)), k)

    def open_to(hidden: frozenset[str]) -> set[str]:
        found = exposed(rows, published_with(hidden), k)
        return {one.category for one, moves in found.items() if moves < anyway.get(one, k)}

    hidden = table.hidden(k)
    while len(hidden) < len(table.counts) and (categories := open_to(hidden)):
        shown = sorted(
            table.counts.keys() - hidden, key=lambda name: (not table.counts[name], table.counts[name], name)
        )
        trials = [table.hidden(k, hidden | {one}) for one in shown]
        enough = next((trial for trial in trials if not open_to(trial)), None)
        if enough is not None:
            return enough
        hidden = table.hidden(k, hidden | (categories & set(shown) or {shown[0]}))
    return hidden


@dataclass(frozen=True)
class Exposed:
    """A hidden count that can hardly move: of a training's row, of those who came again, or of a sum.

    `knows_who_came` tells which reader it is open to: one who knows which categories came to each training, or not.
    """

    kind: str
    row: str
    category: str
    knows_who_came: bool


def exposed(rows: Sequence[Row], known: Sequence[Known], k: int) -> dict[Exposed, int]:
    """Return how far each hidden count may move that may move by less than k and less than its own table lets it.

    That nobody was there tells of nobody: hidden zeros are there to make room, and need none themselves. For a reader
    who knows which categories came to each training they are not even room, so each count is held against both readers.
    """
    return {
        Exposed(kind, row, category, knows): moves
        for knows in (True, False)
        for kind, row, category, moves in _exposed(_Network(rows, known, knows), k)
    }


def _exposed(network: "_Network", k: int) -> Iterator[tuple[str, str, str, int]]:
    for row in network.rows:
        need = min(k, row.need(knows_who_came=network.knows_who_came))
        for category in sorted(row.hidden if row.small is None else row.small):
            if need and row.counts[category] and (moves := network.moves(row, category, need)) < need:
                yield _ROW, row.name, category, moves
    for category, need in network.open_sums(k):
        if (moves := network.moves_of_sum(category, need)) < need:
            yield _SUM, "", category, moves
    for one in network.came_again(k):
        if (moves := network.moves_again(one)) < one.need:
            yield _AGAIN, str(one.all_of_them[2]), one.category, moves


@dataclass(frozen=True)
class _Again:
    """Those of a category who came again to trainings that show it, and how far their number must be able to move."""

    shown: Node
    all_of_them: Node
    category: str
    need: int


@dataclass
class _Network:
    """Trainings and sums as nodes; `spare` is how far what stands between two of them may fall."""

    rows: Sequence[Row]
    known: Sequence[Known]
    knows_who_came: bool
    spare: dict[tuple[Node, Node], int] = field(default_factory=dict)
    beside: dict[Node, dict[Node, None]] = field(default_factory=dict)
    swaps: dict[tuple[Node, Node], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            again = self._again(row.name)
            floor = row.floor(knows_who_came=self.knows_who_came)
            parts: dict[Node, int] = {}
            for category in row.open_to(knows_who_came=self.knows_who_came):
                came_again = row.again(category)
                parts[self._sum(row.name, category)] = max(0, row.first(category) - (0 if came_again else floor))
                if self._totals[self._first_in(row.name)][0]:
                    parts[again] = parts.get(again, 0) + max(0, came_again - floor)
            self._place(self._row(row.name), parts)
        for (place, category), (first, came_again) in self._shown.items():
            node = "shown", category, place
            self._place(node, {self._sum_from(place, category): first, (_AGAIN, "", place): came_again})

    def moves(self, row: Row, category: str, most: int) -> int:
        """Return how far one hidden count may move, up and down together, and at most `most`."""
        return self._moves(self._row(row.name), self._sum(row.name, category), most)

    def moves_again(self, one: _Again) -> int:
        """Return how far the number of those may move who came again, at most as far as it needs."""
        return self._moves(one.shown, one.all_of_them, one.need)

    def moves_of_sum(self, category: str, most: int) -> int:
        """Return how far a sum may move that is not shown."""
        node = (_SUM, category, len(self.known))
        up = self._flow(node, _OUTSIDE, most)
        return up if up >= most else up + self._flow(_OUTSIDE, node, most - up)

    def open_sums(self, k: int) -> Iterator[tuple[str, int]]:
        """Return the sums that are not shown and hold something hidden, with how far they must be able to move."""
        needs: dict[str, int] = {}
        for row in self.rows:
            need = min(k, row.need(knows_who_came=self.knows_who_came))
            for category in row.open_to(knows_who_came=self.knows_who_came):
                if self._sum(row.name, category)[2] == len(self.known):
                    needs[category] = max(needs.get(category, 0), need)
        return ((category, need) for category, need in sorted(needs.items()) if need)

    def came_again(self, k: int) -> Iterator[_Again]:
        """Return those who came again and are few of a category, as far as the public totals do not tell them."""
        for (place, category), (first, again) in self._shown.items():
            in_all, came = self._totals[place]
            others = came - first - again
            room = min(first + again, in_all) - max(0, in_all - others)
            if again and (is_small(again, k) or is_small(in_all - again, k)):
                yield _Again(("shown", category, place), (_AGAIN, "", place), category, min(k, room))

    def _moves(self, one: Node, other: Node, most: int) -> int:
        if self._swapped(one, other) >= most:
            return most
        down = min(most, self.spare[other, one])
        down = self._flow(one, other, down)
        return down if down >= most else down + self._flow(other, one, most - down)

    def _swapped(self, one: Node, other: Node) -> int:
        """Return how far a count may surely move: against one of its row, which other rows move the other way round."""
        own = self.spare[other, one]
        up = down = 0
        for third in self.beside[one]:
            if third == other:
                continue
            theirs = self.spare[third, one]
            if other[2] == third[2] == len(self.known):
                up, down = max(up, theirs), own
                continue
            up = max(up, min(theirs, self.swaps[other, third] - own))
            down = max(down, min(own, self.swaps[third, other] - theirs))
        return up + down

    def _place(self, node: Node, parts: Mapping[Node, int]) -> None:
        """Join a node with what its people are part of, each with how far that part may fall."""
        for other, spare in parts.items():
            self.spare[other, node] = spare
            self._join(node, other)
            if other[2] == len(self.known):
                self._join(other, _OUTSIDE)
            for third in parts.keys() - {other}:
                self.swaps[other, third] = self.swaps.get((other, third), 0) + spare

    def _join(self, one: Node, other: Node) -> None:
        self.beside.setdefault(one, {})[other] = None
        self.beside.setdefault(other, {})[one] = None

    @cached_property
    def _shown(self) -> dict[tuple[int, str], tuple[int, int]]:
        """Return what the new trainings of each publication show of a category: who came first, and who came again."""
        shown: dict[tuple[int, str], tuple[int, int]] = {}
        for row in self.rows:
            for category in row.counts.keys() - row.hidden:
                place = self._first_in(row.name)
                first, again = shown.get((place, category), (0, 0))
                again_here = row.again(category)
                shown[place, category] = first + row.counts[category] - again_here, again + again_here
        return {key: shown[key] for key in sorted(shown) if self._totals[key[0]][0]}

    @cached_property
    def _totals(self) -> dict[int, tuple[int, int]]:
        """Return how many came again to the new trainings of each publication, and how many came in all."""
        totals: dict[int, tuple[int, int]] = {}
        for row in self.rows:
            again, came = totals.get(self._first_in(row.name), (0, 0))
            again += sum(row.again(category) for category in row.counts)
            totals[self._first_in(row.name)] = again, came + sum(row.counts.values())
        return totals

    def _row(self, name: str) -> Node:
        return _ROW, name, 0

    def _again(self, name: str) -> Node:
        return _AGAIN, "", self._first_in(name)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, one in reversed(list(enumerate(self.known))) for name in one.rows}

    def _first_in(self, name: str) -> int:
        """Return the publication that counted a training first."""
        return self._places[name]

    def _sum(self, name: str, category: str) -> Node:
        """Return the difference of shown sums that holds a count: the first publication that shows it, or none."""
        return self._sum_from(self._first_in(name), category, name)

    def _sum_from(self, first: int, category: str, name: str | None = None) -> Node:
        place = next(
            (
                number
                for number in range(first, len(self.known))
                if category in self.known[number].shown and (name is None or name in self.known[number].rows)
            ),
            len(self.known),
        )
        return _SUM, category, place

    def _flow(self, source: Node, sink: Node, most: int) -> int:
        """Return how much may go from one node to another past the arc between them, up to `most`."""
        moved: dict[tuple[Node, Node], int] = {}
        total = 0
        while total < most:
            path = self._path(source, sink, moved)
            if not path:
                break
            amount = min([most - total, *(self._left(arc, moved) for arc in path)])
            for arc in path:
                moved[arc] = moved.get(arc, 0) + amount
                moved[arc[::-1]] = moved.get(arc[::-1], 0) - amount
            total += amount
        return total

    def _left(self, arc: tuple[Node, Node], moved: Mapping[tuple[Node, Node], int]) -> int:
        """Return what may still go along an arc: a hidden count falls to its floor, and rises as far as it likes."""
        return self.spare.get(arc, 1 << 30) - moved.get(arc, 0)

    def _path(self, source: Node, sink: Node, moved: Mapping[tuple[Node, Node], int]) -> list[tuple[Node, Node]]:
        came: dict[Node, Node] = {source: source}
        waiting = deque([source])
        while waiting:
            node = waiting.popleft()
            for following in self.beside.get(node, ()):
                is_direct = node == source and following == sink
                if following in came or is_direct or not self._left((node, following), moved):
                    continue
                came[following] = node
                if following == sink:
                    return _way(came, sink)
                waiting.append(following)
        return []


def _way(came: Mapping[Node, Node], sink: Node) -> list[tuple[Node, Node]]:
    path, node = [], sink
    while came[node] != node:
        path.append((came[node], node))
        node = came[node]
    return path[::-1]

"""Tables of the same thing that are published together: each training's, and their sum, now and earlier.

By category and training they make one table with two kinds of known sums: of each training (its public total) and, of
each category whose sum is shown, of all trainings up to that release. Hidden counts are the arcs of a network between
trainings and sums; how far one may move without moving anything that is known is a greatest flow (Ford and Fulkerson),
exact and in whole numbers. A count that can hardly move is exposed.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portal.trainings.rules import disclosure
from portal.trainings.rules.disclosure import Counts, Difference

Node = tuple[str, str, int]
_OUTSIDE: Node = ("outside", "", 0)  # Where the sums meet that nobody knows.


@dataclass(frozen=True)
class Row:
    """One training's table, with what of it is hidden."""

    name: str
    counts: Counts
    hidden: frozenset[str]

    @property
    def need(self) -> int:
        """Return how far its hidden counts may move if only this table is known."""
        return disclosure.room(self.counts, self.hidden)

    @property
    def floor(self) -> int:
        """Return what a reader knows of each hidden count from below: it is not zero, unless zeros are hidden too."""
        return 1 if all(self.counts[name] for name in self.hidden) else 0


@dataclass(frozen=True)
class Known:
    """The sums of one publication: over which trainings, and of which categories they are shown."""

    rows: frozenset[str]
    shown: frozenset[str]


@dataclass(frozen=True)
class Table:
    """What is to be published: the sums by category, since when they have changed how, and whether as a list."""

    counts: Counts
    since: Sequence[Difference] = ()
    is_listed: bool = False

    def hidden(self, k: int, forced: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return what is hidden if only these sums are known."""
        return disclosure.hidden_cells(self.counts, k, forced=forced, since=self.since, is_listed=self.is_listed)


def hidden_sums(
    table: Table, rows: Sequence[Row], earlier: Sequence[Known], k: int, over: frozenset[str] | None = None
) -> frozenset[str]:
    """Return the categories whose sum is to be hidden, so that nothing hidden in a row comes back.

    The sums are over all rows, or those named in `over`: the others stand only in earlier sums.
    """
    everything = over or frozenset(row.name for row in rows)

    def found(hidden: frozenset[str]) -> set[tuple[str, str]]:
        return exposed(rows, [*earlier, Known(everything, frozenset(table.counts) - hidden)], k)

    hidden = table.hidden(k)
    while len(hidden) < len(table.counts) and (open_to := found(hidden)):
        shown = sorted(
            table.counts.keys() - hidden, key=lambda name: (not table.counts[name], table.counts[name], name)
        )
        trials = [table.hidden(k, hidden | {one}) for one in shown]
        enough = next((trial for trial in trials if not found(trial)), None)
        if enough is not None:
            return enough
        further = {category for _row, category in open_to} & set(shown) or {shown[0]}
        hidden = table.hidden(k, hidden | further)
    return hidden


def exposed(rows: Sequence[Row], known: Sequence[Known], k: int) -> set[tuple[str, str]]:
    """Return (row, category) of every hidden count that may move by less than k and less than its own table lets it.

    That nobody was there tells of nobody: hidden zeros are there to make room, and need none themselves.

    With an empty row: the sums of categories that nobody shows and that come back all the same.
    """
    network = _Network(rows, known)
    found = set()
    for row in rows:
        need = min(k, row.need)
        for category in sorted(row.hidden):
            if need and row.counts[category] and network.moves(row, category, need) < need:
                found.add((row.name, category))
    for category, need in network.open_sums(k):
        if network.moves_of_sum(category, need) < need:
            found.add(("", category))
    return found


@dataclass
class _Network:
    """Trainings and sums as nodes; `spare` is how far a hidden count may fall."""

    rows: Sequence[Row]
    known: Sequence[Known]
    spare: dict[tuple[Node, Node], int] = field(default_factory=dict)
    beside: dict[Node, dict[Node, None]] = field(default_factory=dict)
    swaps: dict[tuple[Node, Node], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            node = self._row(row.name)
            sums = {self._sum(row.name, category): row.counts[category] - row.floor for category in row.hidden}
            for other, spare in sums.items():
                self.spare[other, node] = spare
                self._join(node, other)
                if other[2] == len(self.known):
                    self._join(other, _OUTSIDE)
                for third in sums.keys() - {other}:
                    self.swaps[other, third] = self.swaps.get((other, third), 0) + spare

    def moves(self, row: Row, category: str, most: int) -> int:
        """Return how far one hidden count may move, up and down together, and at most `most`."""
        one, other = self._row(row.name), self._sum(row.name, category)
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

    def moves_of_sum(self, category: str, most: int) -> int:
        """Return how far a sum may move that is not shown."""
        node = ("sum", category, len(self.known))
        up = self._flow(node, _OUTSIDE, most)
        return up if up >= most else up + self._flow(_OUTSIDE, node, most - up)

    def open_sums(self, k: int) -> Iterator[tuple[str, int]]:
        """Return the sums that are not shown and hold something hidden, with how far they must be able to move."""
        needs: dict[str, int] = {}
        for row in self.rows:
            for category in row.hidden:
                if self._sum(row.name, category)[2] == len(self.known):
                    needs[category] = max(needs.get(category, 0), min(k, row.need))
        return ((category, need) for category, need in sorted(needs.items()) if need)

    def _join(self, one: Node, other: Node) -> None:
        self.beside.setdefault(one, {})[other] = None
        self.beside.setdefault(other, {})[one] = None

    def _row(self, name: str) -> Node:
        return "row", name, 0

    def _sum(self, name: str, category: str) -> Node:
        """Return the difference of shown sums that holds a count: the first publication that shows it, or none."""
        place = next(
            (number for number, one in enumerate(self.known) if name in one.rows and category in one.shown),
            len(self.known),
        )
        return "sum", category, place

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

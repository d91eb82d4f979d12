"""Which counts of a table may leave the house: small ones are hidden, and so many others that none comes back.

A table counts people by category; its total is public and always known. `k` is the fewest people that a shown count
stands for. Whoever reads knows this rule, the total, every shown count, and everything that was shown before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

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
    """A share in whole percent."""

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

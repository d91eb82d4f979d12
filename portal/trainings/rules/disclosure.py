"""Which counts of a table may leave the house: small ones are hidden, and so many others that none comes back.

A table counts people by category; its total is public and always known. `k` is the fewest people that a shown count
stands for. Whoever reads knows this rule, the total, every shown count, and everything that was shown before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

FEWEST = 5
LOWEST, HIGHEST = 3, 11  # Between what settings may move `k`.

Counts = Mapping[str, int]


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
    is_listed: bool = False,
) -> frozenset[str]:
    """Return the categories to hide: the small ones, and others until nothing comes back by subtraction.

    A count is small if it stands for 1 to k - 1 people, or if only so many are outside it; so is a change since an
    earlier table. Hidden counts are at least two, and leave room for k more; where that cannot be, all are hidden,
    zeros too. Zeros are shown otherwise, so a reader is taken to know that what is hidden is not zero; except in a
    list (`is_listed`), which names neither zeros nor what is hidden, so that nobody can tell one from the other.
    """
    hidden = {*forced, *_small(counts, k)}
    for difference in since:
        known = difference.changes.keys() - difference.unknown
        hidden |= {name for name in known if is_small(abs(difference.changes[name]), k)}
        if not any(difference.changes[name] for name in difference.unknown & difference.changes.keys()):
            hidden |= difference.unknown
    hidden &= counts.keys()
    zeros = {name for name, count in counts.items() if not count} if is_listed else set()
    hidden |= zeros if hidden else set()
    while not _is_safe(counts, hidden, since, k):
        left = [name for name in counts if name not in hidden and counts[name]]
        if not left:
            return frozenset(counts)
        again = {name for difference in since for name in difference.unknown}
        hidden |= zeros | {min(left, key=lambda name: (name not in again, counts[name], name))}
    return frozenset(hidden)


def room(counts: Counts, hidden: Collection[str]) -> int:
    """Return how far each hidden count may move, for all that a reader of this one table knows."""
    if len(hidden) < 2:
        return 0
    floor = 1 if all(counts[name] for name in hidden) else 0
    return sum(counts[name] - floor for name in hidden)


def _small(counts: Counts, k: int) -> set[str]:
    total = sum(counts.values())
    return {name for name, count in counts.items() if is_small(count, k) or is_small(total - count, k)}


def _is_safe(counts: Counts, hidden: Collection[str], since: Sequence[Difference], k: int) -> bool:
    if hidden and len(hidden) < len(counts) and room(counts, hidden) < k:
        return False
    if len(hidden) == len(counts) == 1:
        return True
    return all(_hides_change(difference, set(hidden), k) for difference in since)


def _hides_change(difference: Difference, hidden: set[str], k: int) -> bool:
    """Tell whether a change that is not known of each category stays so.

    Where nothing has moved among the unknown ones, showing one of them would show what was hidden before.
    """
    unknown = difference.unknown | hidden
    moved = sum(abs(change) for name, change in difference.changes.items() if name in unknown)
    if moved == 0:
        return difference.unknown <= hidden
    return len(unknown) >= 2 and moved >= k or hidden >= difference.changes.keys()

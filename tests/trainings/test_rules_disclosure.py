"""What is hidden of one table stays hidden from a reader who tries every whole-number solution."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.trainings.rules import disclosure
from portal.trainings.rules.disclosure import Difference, hidden_cells

COUNTS = st.lists(st.integers(0, 14), min_size=1, max_size=5).map(lambda found: dict(zip("abcde", found, strict=False)))
K = st.integers(disclosure.LOWEST, disclosure.HIGHEST)


def solutions(counts: dict[str, int], hidden: frozenset[str]) -> list[tuple[int, ...]]:
    """Return every way in which the hidden counts may make up what is missing to the total."""
    missing = sum(counts[name] for name in hidden)
    floor = 1 if all(counts[name] for name in hidden) else 0
    return [found for found in product(range(floor, missing + 1), repeat=len(hidden)) if sum(found) == missing]


def narrowest(counts: dict[str, int], hidden: frozenset[str]) -> int:
    """Return how far the most exposed hidden count may move."""
    found = solutions(counts, hidden)
    return min(max(values) - min(values) for values in zip(*found, strict=True))


@settings(deadline=None)
@given(COUNTS, K)
def test_no_hidden_count_comes_back(counts: dict[str, int], k: int) -> None:
    hidden = hidden_cells(counts, k)
    if hidden and len(hidden) < len(counts):
        assert narrowest(counts, hidden) >= k
    shown = [count for name, count in counts.items() if name not in hidden]
    assert not any(disclosure.is_small(count, k) for count in shown)


@settings(deadline=None)
@given(COUNTS, K)
def test_control_small_counts_alone_come_back(counts: dict[str, int], k: int) -> None:
    """Hiding only what is small exposes a lone hidden count, and the rule hides another one then."""
    small = frozenset(name for name, count in counts.items() if disclosure.is_small(count, k))
    if len(small) == 1 and len(counts) > 1:
        assert narrowest(counts, small) == 0
        assert len(hidden_cells(counts, k)) > 1


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"F": 20, "M": 39}, ""),
        ({"F": 3, "M": 56}, "FM"),
        ({"F": 0, "M": 59}, ""),
        ({"F": 0, "M": 4}, "FM"),
        ({"a": 4}, "a"),
        ({"a": 59}, ""),
        ({"a": 20, "b": 12, "c": 9, "d": 2}, "cd"),
        ({"a": 20, "b": 12, "c": 1, "d": 1}, "bcd"),
        ({"a": 20, "b": 4, "c": 4, "d": 0}, "bc"),
        ({"a": 0, "b": 0}, ""),
    ],
)
def test_table_hides_what_it_must_and_no_more(counts: dict[str, int], hidden: str) -> None:
    assert hidden_cells(counts, 5) == set(hidden)


def test_small_change_keeps_a_count_hidden() -> None:
    counts = {"a": 22, "b": 30, "c": 40}
    assert not hidden_cells(counts, 5)
    changed = Difference({"a": 2, "b": 10, "c": 15})
    assert hidden_cells(counts, 5, since=[changed]) == {"a", "b"}


def test_unchanged_count_does_not_come_out_later() -> None:
    """Nobody came to `b`, which was hidden only for the sake of `a`: showing it now would give the old `a` away."""
    since = [Difference({"a": 0, "b": 0, "c": 9}, unknown=frozenset("ab"))]
    assert hidden_cells({"a": 3, "b": 20, "c": 39}, 5, since=since) == {"a", "b"}
    grown = [Difference({"a": 6, "b": 0, "c": 9}, unknown=frozenset("ab"))]
    assert not hidden_cells({"a": 9, "b": 20, "c": 39}, 5, since=grown)

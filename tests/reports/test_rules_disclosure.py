"""What is hidden of one table stays hidden from a reader who tries every whole-number solution."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.reports import disclosure
from portal.reports.disclosure import Bound, Difference, Share, hidden_cells

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
        ({"a": 20, "b": 4, "c": 4, "d": 0}, "abc"),  # Whoever belongs to one of the four would know the others.
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


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (40, 60, Share(67, Bound.EXACT)),
        (19, 20, Share(75, Bound.LEAST)),  # One who gave no good mark, of whom everybody would know.
        (20, 20, Share(75, Bound.LEAST)),  # What each of them has said.
        (15, 20, Share(75, Bound.LEAST)),
        (14, 20, Share(70, Bound.EXACT)),
        (0, 20, Share(25, Bound.MOST)),
        (5, 10, None),
    ],
)
def test_share_of_which_few_are_outside_is_bounded(part: int, whole: int, said: Share | None) -> None:
    assert disclosure.share(part, whole, 5) == said


WHOLE = st.integers(0, 40)


@settings(deadline=None)
@given(st.tuples(WHOLE, WHOLE), st.tuples(WHOLE, WHOLE), K)
def test_two_shares_single_nobody_out(first: tuple[int, int], second: tuple[int, int], k: int) -> None:
    """Against every pair of numbers that would be told the same way: neither part nor rest of what came is pinned."""
    (part, rest), (more, others) = first, second
    before, now = (part, part + rest), (part + more, part + rest + more + others)
    told = disclosure.share(*before, k)
    if told is None or not disclosure.may_follow(now, before, told.bound, k):
        return
    said, came = disclosure.share(*now, k), more + others
    fits = [
        (one, all_of_them - one)
        for one in range(before[1] + 1)
        for all_of_them in range(one, one + came + 1)
        if disclosure.share(one, before[1], k) == told and disclosure.share(all_of_them, now[1], k) == said
    ]
    for number, whole in ((0, before[1]), (1, came)):
        few = {fit[number] for fit in fits} | {whole - fit[number] for fit in fits}
        if len({fit[number] for fit in fits}) <= k and whole:
            assert not any(one < k for one in few), (fits, few)


def test_control_shares_as_they_are_single_somebody_out() -> None:
    """95 % of 20, and then 95 % of 40: one in each, and the difference says so of those who came between."""
    assert not disclosure.may_follow((58, 70), (39, 50), Bound.EXACT, 5), (
        "One of the twenty who came gave no good mark."
    )
    assert disclosure.may_follow((52, 70), (39, 50), Bound.EXACT, 5)

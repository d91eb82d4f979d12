"""Whoever holds all releases together, with linear programs, learns of no hidden count what it was hidden for.

Each reader is tried against a control too: a way of hiding that the same reader breaks.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import permutations, product
from math import ceil, floor
from random import Random

import pytest

from portal.reports import disclosure, hiding, states
from portal.reports.disclosure import Bound, Row, Share, Table, hidden_cells, is_small
from tests.reports.attackers import SLACK, UNIVERSES, Attacker, Cell, Truth, ranges_of_shares
from tests.reports.worlds import make_world

K = 5
FEW = range(12)
HUNDREDS = pytest.param(range(12, 212), marks=pytest.mark.slow)
Found = tuple[object, float]  # What was found, and within how many people it is known.


def truths(seeds: range, *, corrects: bool) -> Iterator[Truth]:
    for seed in seeds:
        world = make_world(seed, corrects=corrects)
        yield from (Truth(world, dimension) for dimension in UNIVERSES)


def narrow(truth: Truth, *, knows_who_came: bool) -> list[Found]:
    """Return what is known more closely than it may be: counts of trainings, and of those who came again."""
    attacker = Attacker(truth.contents, truth.dimension, truth.universe, truth.came if knows_who_came else None)
    found: list[Found] = []
    for cell in truth.hidden():
        found += within(attacker, {("seats", cell): 1.0}, truth.count(cell), alone(truth, cell, knows_who_came), cell)
    for weights, number, room in truth.came_again():
        found += within(attacker, weights, number, room, "came again")
    return found


def within(attacker: Attacker, weights: Mapping, number: int, room: int, what: object) -> list[Found]:
    low, high = attacker.range_of(weights)
    assert low - SLACK <= number <= high + SLACK, "The attacker is wrong: the truth is not within the bounds."
    return [(what, high - low)] if high - low < min(K, room) - SLACK else []


def alone(truth: Truth, cell: Cell, knows_who_came: bool) -> int:
    """Return how far a count may move for whoever knows nothing but the total of its table, and who was there."""
    table = truth.tables[cell[:2]]
    present = sum(count > 0 for count in table.values())
    if knows_who_came:
        return sum(table.values()) - present if present > 1 else 0
    return sum(table.values()) - (0 if present == 1 else 1)


def exact(found: list[Found]) -> list[Found]:
    return [one for one in found if one[1] < SLACK]


@pytest.mark.parametrize("seeds", [FEW, HUNDREDS])
@pytest.mark.parametrize("knows_who_came", [False, True], ids=["outsider", "who invited them"])
def test_no_reader_narrows_a_hidden_count(seeds: range, knows_who_came: bool) -> None:
    hidden = 0
    for truth in truths(seeds, corrects=False):
        assert narrow(truth, knows_who_came=knows_who_came) == []
        hidden += len(list(truth.hidden()))
    assert hidden > 10 * len(seeds)


@pytest.mark.parametrize("seeds", [FEW, HUNDREDS])
@pytest.mark.parametrize("knows_who_came", [False, True], ids=["outsider", "who invited them"])
def test_corrections_give_no_count_back(seeds: range, knows_who_came: bool) -> None:
    for truth in truths(seeds, corrects=True):
        assert exact(narrow(truth, knows_who_came=knows_who_came)) == []


def test_control_tables_that_are_hidden_one_by_one_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def alone(table: Table, *_others: object, **_named: object) -> frozenset[str]:
        return table.hidden(K)

    monkeypatch.setattr(disclosure, "hidden_sums", alone)
    assert any(exact(narrow(truth, knows_who_came=False)) for truth in truths(FEW, corrects=False))


def test_control_those_who_came_again_come_back_if_they_are_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Row, "again", lambda _row, _category: 0)
    found = [one for truth in truths(FEW, corrects=False) for one in exact(narrow(truth, knows_who_came=False))]
    assert "came again" in [what for what, _width in found]


@pytest.mark.parametrize("seeds", [FEW, HUNDREDS])
def test_correction_of_a_few_changes_no_number(seeds: range) -> None:
    assert sum(changes_told(truth) for truth in truths(seeds, corrects=True)) == 0


def test_control_corrections_that_do_not_wait_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "_with_waiting", lambda now, _last, _k: now)
    assert sum(changes_told(truth) for truth in truths(FEW, corrects=True)) > 0


def changes_told(truth: Truth) -> int:
    """Return how many people's corrections change a number of a training by fewer than k from release to release."""
    told = 0
    for before, now in zip(truth.contents, truth.contents[1:], strict=False):
        old = {one["code"]: one for one in before["trainings"]}
        for one in (one for one in now["trainings"] if one["code"] in old):
            was = old[one["code"]]
            cells, known = (it["tables"][truth.dimension]["cells"] for it in (one, was))
            told += is_small(abs(one["seats"] - was["seats"]), K)
            told += sum(
                is_small(abs(cells[name] - known[name]), K)
                for name in cells.keys() & known.keys()
                if None not in (cells[name], known[name])
            )
    return told


@pytest.mark.parametrize("seeds", [FEW, HUNDREDS])
def test_who_belongs_to_a_small_count_learns_no_other(seeds: range) -> None:
    """Members of a small count know how many they are."""
    assert [one for truth in truths(seeds, corrects=False) for one in opened_by_members(truth)] == []


def test_control_two_small_counts_without_a_third_are_open_to_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def small_and_no_more(counts: Mapping[str, int], k: int = K, **_named: object) -> frozenset[str]:
        small = frozenset(name for name, count in counts.items() if is_small(count, k))
        return small if len(small) > 1 else hidden_cells(counts, k)

    monkeypatch.setattr(states, "hidden_cells", small_and_no_more)
    monkeypatch.setattr(hiding, "hide_sums", lambda dimension, basis, *_others: basis["tables"][dimension.value].keys())
    assert [one for truth in truths(FEW, corrects=False) for one in opened_by_members(truth)]


def opened_by_members(truth: Truth) -> list[tuple[Cell, Cell]]:
    """Return which members of a small count learn exactly which other small one of the same training."""
    small = defaultdict(list)
    for cell in truth.hidden():
        if is_small(truth.count(cell), K):
            small[cell[:2]].append(cell)
    found = []
    for own in (cell for cells in small.values() if len(cells) > 1 for cell in cells):
        others = [name for name, count in truth.tables[own[:2]].items() if count and name != own[2]]
        if len(others) < 2:
            continue  # The total less their own is the other, whatever a release does.
        attacker = Attacker(truth.contents, truth.dimension, truth.universe, truth.came, {own: truth.count(own)})
        for other in small[own[:2]]:
            low, high = attacker.range_of({("seats", other): 1.0})
            rest = sum(truth.tables[own[:2]][name] for name in others) - len(others)
            if other != own and rest and high - low < SLACK:
                found.append((own, other))
    return found


@pytest.mark.parametrize("tables", [range(40), pytest.param(range(40, 240), marks=pytest.mark.slow)])
def test_who_knows_the_rule_cannot_run_it_backwards(tables: range) -> None:
    """Whatever fits the shown counts, the total and the rule with some draw: no small count is left with one value."""
    assert [one for seed in tables for one in told_by_rule(seed, is_drawn=True)] == []


def test_control_always_the_smallest_is_told_by_the_rule() -> None:
    assert [one for seed in range(120) for one in told_by_rule(seed, is_drawn=False)]


def told_by_rule(seed: int, *, is_drawn: bool) -> list[tuple[str, int]]:
    """Return the small counts of an invented table that follow from what is hidden in it."""
    random = Random(seed)
    counts = {name: min(int(random.expovariate(1 / 7)), 20) for name in "abcde"[: random.randint(3, 5)]}
    draws = [dict(zip(counts, map(str, places), strict=True)) for places in permutations(range(len(counts)))]
    draws = draws if is_drawn else [dict.fromkeys(counts, "")]
    hidden = hidden_cells(counts, K, draw=random.choice(draws).__getitem__)
    names, total = sorted(hidden), sum(counts[name] for name in hidden)
    if not hidden or len(hidden) == len(counts) or total > 30:
        return []
    fits = defaultdict(set)
    for values in product(range(1, total + 1), repeat=len(names) - 1):
        table = counts | dict(zip(names, (*values, total - sum(values)), strict=True))
        if sum(values) < total and any(hidden_cells(table, K, draw=one.__getitem__) == hidden for one in draws):
            for name in names:
                fits[name].add(table[name])
    return [(name, counts[name]) for name in names if is_small(counts[name], K) and len(fits[name]) == 1]


@pytest.mark.parametrize("seeds", [range(15), pytest.param(range(15, 215), marks=pytest.mark.slow)])
def test_share_of_good_marks_singles_nobody_out(seeds: range) -> None:
    """Neither good nor other answers of a training are known to be one to four, in whatever way they are told."""
    assert [one for seed in seeds for one in few_that_are_known(seed)] == []


def test_control_shares_as_they_are_single_somebody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_is(part: int, whole: int, k: int = K) -> Share | None:
        return Share(disclosure.percent(part, whole), Bound.EXACT) if whole >= k else None

    monkeypatch.setattr(disclosure, "share", as_it_is)
    monkeypatch.setattr(
        disclosure, "may_follow", lambda now, before, *_others: now == before or now[1] - before[1] >= K
    )
    assert [one for seed in range(15) for one in few_that_are_known(seed)]


def few_that_are_known(seed: int) -> list[tuple[str, int, int]]:
    """Return the trainings of an invented history of which the numbers say that one to four answered one way."""
    world = make_world(seed, corrects=False)
    told = [{one.code: one.forms for one in facts if one.forms >= K} for facts in world.facts]
    found = []
    for (code, whole), ends in ranges_of_shares([part.content for part in world.parts], told).items():
        low, high = ceil(ends[0] - SLACK), floor(ends[1] + SLACK)
        few = [(low, high), (whole - high, whole - low)]
        found += [(code, *one) for one in few if one[0] > 0 and one[1] < K]
    return found


def test_hours_follow_from_what_is_public_anyway() -> None:
    for seed in FEW:
        world = make_world(seed)
        for facts, part in zip(world.facts, world.parts, strict=True):
            hours = {one.code: one.minutes for one in facts}
            minutes = sum(one["seats"] * hours[one["code"]] for one in part.content["trainings"])
            assert part.content["figures"]["hours"] == (minutes + 30) // 60
            assert part.content["figures"]["seats"] == sum(one["seats"] for one in part.content["trainings"])

"""Trainings' tables and their sum: a reader who tries every whole-number solution gets no hidden count back."""

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.reports import disclosure
from portal.reports.disclosure import Known, Row, Table, hidden_cells

K = 5
CATEGORIES = "abc"
History = list[list[int]]  # Each training's counts, one training to a release.
HISTORIES = st.lists(st.lists(st.integers(0, 7), min_size=3, max_size=3), min_size=1, max_size=3)


def row_of(number: int, counts: list[int]) -> Row:
    table = dict(zip(CATEGORIES, counts, strict=True))
    return Row(str(number), table, hidden_cells(table, K))


def publish(history: History, *, is_linked: bool = True) -> tuple[list[Row], list[Known]]:
    """Publish after each training, and return what a reader has in the end."""
    rows: list[Row] = []
    known: list[Known] = []
    for number, counts in enumerate(history):
        rows.append(row_of(number, counts))
        sums = {name: sum(row.counts[name] for row in rows) for name in CATEGORIES}
        hidden = disclosure.hidden_sums(Table(sums), rows, known, K) if is_linked else hidden_cells(sums, K)
        known.append(Known(frozenset(row.name for row in rows), frozenset(CATEGORIES) - hidden))
    return rows, known


def solutions(rows: list[Row], known: list[Known], *, knows: bool) -> Iterator[dict[tuple[str, str], int]]:
    """Return every assignment of the hidden counts that fits all that was published."""
    sums = {
        (place, name): sum(row.counts[name] for row in rows if row.name in one.rows)
        for place, one in enumerate(known)
        for name in one.shown
    }
    ways = [list(_ways(row, knows=knows)) for row in rows]
    for choice in product(*ways):
        whole = {
            (row.name, name): count for row, found in zip(rows, choice, strict=True) for name, count in found.items()
        }
        if all(
            total == sum(whole[row.name, name] for row in rows if row.name in known[place].rows)
            for (place, name), total in sums.items()
        ):
            yield whole


def _ways(row: Row, *, knows: bool) -> Iterator[dict[str, int]]:
    names = row.open_to(knows_who_came=knows)
    missing = sum(row.counts[name] for name in names)
    for values in product(range(row.floor(knows_who_came=knows), missing + 1), repeat=len(names)):
        if sum(values) == missing:
            yield row.counts | dict(zip(names, values, strict=True))


def narrow(rows: list[Row], known: list[Known], *, knows: bool) -> list[tuple[str, str]]:
    """Return the hidden counts whose interval is narrower than k and than their own table allows.

    Of two readers one knows which categories came to each training.
    """
    found = list(solutions(rows, known, knows=knows))
    assert found, "The truth is a solution."
    return [
        (row.name, name)
        for row in rows
        for name in sorted(row.hidden)
        if row.counts[name]
        and row.need(knows_who_came=knows)
        and max(one[row.name, name] for one in found) - min(one[row.name, name] for one in found)
        < min(K, row.need(knows_who_came=knows))
    ]


@settings(max_examples=25, deadline=None)
@given(HISTORIES)
def test_no_history_of_releases_gives_a_hidden_count_back(history: History) -> None:
    for knows in (False, True):
        assert narrow(*publish(history), knows=knows) == []


@settings(max_examples=25, deadline=None)
@given(HISTORIES, st.data())
def test_flow_finds_what_every_solution_shows(history: History, data: st.DataObject) -> None:
    """Whatever sums are published, exposed counts are exactly those that brute force narrows down."""
    rows = [row_of(number, counts) for number, counts in enumerate(history)]
    shown = data.draw(st.sets(st.sampled_from(CATEGORIES)))
    known = [Known(frozenset(row.name for row in rows), frozenset(shown))]
    found = disclosure.exposed(rows, known, K)
    for knows in (False, True):
        open_to = [(one.row, one.category) for one in found if one.row and one.knows_who_came == knows]
        assert sorted(open_to) == narrow(rows, known, knows=knows)


def test_control_without_the_link_a_hidden_count_comes_back() -> None:
    history = [[2, 8, 8], [8, 8, 8]]
    rows, known = publish(history, is_linked=False)
    assert rows[0].hidden == {"a", "b"}
    assert ("0", "a") in narrow(rows, known, knows=False), "The sum of `a` less what the other training shows."
    assert narrow(*publish(history), knows=False) == []


def test_project_with_one_small_training_shows_nothing() -> None:
    rows = [Row("only", {"F": 1, "M": 3}, hidden_cells({"F": 1, "M": 3}, K))]
    assert rows[0].hidden == {"F", "M"}
    assert disclosure.hidden_sums(Table({"F": 1, "M": 3}), rows, [], K) == {"F", "M"}


def test_small_sum_does_not_come_back_from_counts_that_are_shown() -> None:
    """`c` is small in the sum and hidden there; the trainings show enough of the rest to take it back otherwise."""
    rows, known = publish([[8, 8, 2], [8, 6, 0]])
    assert "c" not in known[-1].shown
    assert narrow(rows, known, knows=False) == []


def test_those_who_came_again_do_not_come_back_from_the_sum() -> None:
    """Of 20 women and 30 men one came again; the sum less both tables would say that she is a woman."""
    first = Row("first", {"F": 20, "M": 30}, frozenset())
    second = Row("second", {"F": 20, "M": 30}, frozenset(), {"F": 19, "M": 30})
    sums = {"F": 39, "M": 60}
    earlier = [Known(frozenset({"first"}), frozenset("FM"))]
    assert disclosure.hidden_sums(Table(sums), [first, second], earlier, K) == {"F", "M"}
    nobody = Row("second", {"F": 20, "M": 30}, frozenset())
    assert not disclosure.hidden_sums(Table({"F": 40, "M": 60}), [first, nobody], earlier, K), "The control."

"""What the filters of the audit log let through, on both databases."""

from datetime import timedelta

import pytest

from portal.access.policy import Operator
from portal.audit import operations, queries
from portal.audit.queries import Filters
from tests.factories import NOW

DAY = timedelta(days=1)


@pytest.fixture
def log(app) -> None:
    """Record three acts on three days by two people."""
    for number, (subject, event, label) in enumerate(
        [
            ("account 1", "accounts.closed", "account 7"),
            ("account 12", "accounts.reopened", "operator"),
            ("training OSH-2026-01", "evaluation.opened", "account 7"),
        ]
    ):
        operations.record(event, subject, actor=Operator(label=label), now=NOW + number * DAY)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), ["training OSH-2026-01", "account 12", "account 1"]),
        (Filters(subject="account 1"), ["account 1"]),  # A whole name is that object alone.
        (Filters(subject="ACCOUNT"), ["account 12", "account 1"]),
        (Filters(subject="osh-2026"), ["training OSH-2026-01"]),
        (Filters(subject="%"), []),
        (Filters(subject="_"), []),
        (Filters(event="accounts.closed"), ["account 1"]),
        (Filters(actors=["account 7"]), ["training OSH-2026-01", "account 1"]),
        (Filters(actors=[]), []),
        (Filters(since=NOW + DAY), ["training OSH-2026-01", "account 12"]),
        (Filters(until=NOW + DAY), ["account 1"]),
        (Filters(since=NOW + DAY, until=NOW + 2 * DAY, actors=["operator"]), ["account 12"]),
    ],
)
def test_filters_let_through_what_they_say(log: None, filters: Filters, found: list[str]) -> None:
    assert [entry.subject for entry, _detail in queries.list_entries(filters, 10)] == found
    assert queries.count_entries(filters) == len(found)


def test_pages_end_with_the_last_and_erased_details_stay_in_place(log: None) -> None:
    for number in range(queries.PAGE_SIZE):
        operations.record("accounts.closed", f"account {100 + number}", actor=Operator(), now=NOW + 3 * DAY)
    erased = queries.list_entries(Filters(subject="account 1"), 1)[0][0]
    operations.erase_detail(erased.id, "asked for", actor=Operator(), now=NOW + 4 * DAY)
    page = queries.page_of_entries(Filters(), 99)
    assert (page.number, page.last, page.rows) == (2, 2, queries.PAGE_SIZE + 4)
    assert [(entry.subject, detail is None) for entry, detail in page.items] == [
        ("account 100", False),
        ("training OSH-2026-01", False),
        ("account 12", False),
        ("account 1", True),
    ]
    assert queries.find_latest("account 1", ["accounts.closed", "accounts.reopened"]).id == erased.id
    assert queries.check_chain() == queries.ChainCheck(entries=queries.PAGE_SIZE + 4, first_bad=None, erased=1)

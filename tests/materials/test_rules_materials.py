"""Sums of money as people type them, and book numbers."""

import pytest

from portal.materials import rules as material_rules


@pytest.mark.parametrize(
    ("typed", "sum_"),
    [
        ("350", 35_000),
        ("350.5", 35_050),
        ("350,50", 35_050),
        ("1 200.00", 120_000),
        ("1\u00a0200", 120_000),
        ("0", 0),
        ("", None),
        ("-5", None),
        ("1e5", None),
        ("1.234", None),
        ("1,200.00", None),
        ("٣٥٠", None),
        ("350 сом", None),
        ("12345678901", None),
    ],
)
def test_sum_is_read_as_typed_or_not_at_all(typed: str, sum_: int | None) -> None:
    assert material_rules.parse(typed) == sum_
    if sum_ is not None:
        assert material_rules.parse(material_rules.written(sum_)) == sum_


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("978-0-306-40615-7", True),
        ("9780306406157", True),
        ("978-0-306-40615-8", False),
        ("0-306-40615-2", True),
        ("0-8044-2957-X", True),
        ("0-306-40615-3", False),
        ("978-0-306-4061", False),
        ("нет", False),
    ],
)
def test_last_digit_of_a_book_number_tells(text: str, is_right: bool) -> None:
    assert material_rules.is_isbn(text) is is_right

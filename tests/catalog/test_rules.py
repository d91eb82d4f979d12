"""When an entry of a crisis center is stale, and which phones can be called."""

from datetime import date

import pytest

from portal.catalog.kinds import CENTERS
from portal.catalog.rules import callable_phone, is_stale, phones_of
from portal.platform.texts import Text


@pytest.mark.parametrize(
    ("checked_on", "stale"),
    [(None, True), (date(2025, 11, 25), False), (date(2025, 11, 24), True), (date(2026, 11, 24), False)],
)
def test_entry_is_stale_after_twelve_months(checked_on: date | None, stale: bool) -> None:
    assert is_stale(checked_on, date(2026, 11, 24)) is stale


@pytest.mark.parametrize(
    ("typed", "called"), [("0555 000 100", "+996555000100"), ("1514", "1514"), ("12", ""), ("дежурная", "")]
)
def test_short_number_of_a_hotline_can_be_called(typed: str, called: str) -> None:
    assert callable_phone(typed) == called


def test_center_needs_a_name_a_phone_and_something_to_offer() -> None:
    given = CENTERS.given({"region_code": "KG-GO"})
    assert {fault.field for fault in CENTERS.faults(given)} == {"name_ru", "phones", "offers"}
    unread = {**given, "name": Text(ru="Центр"), "phones": phones_of("0555000100, нет"), "offers": ("shelter",)}
    assert [(fault.code, fault.field) for fault in CENTERS.faults(unread)] == [("phone_unreadable", "phones")]

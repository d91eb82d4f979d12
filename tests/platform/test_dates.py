"""Dates in words: the forms of official papers, not CLDR's."""

from datetime import UTC, date, datetime

import pytest

from portal.platform import clock
from portal.platform.dates import MONTHS, date_range, long_date, numeric_date


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ky", "2026-жылдын 24-ноябры"), ("ru", "24 ноября 2026 года"), ("en", "24 November 2026")],
)
def test_long_date(lang: str, words: str) -> None:
    assert long_date(date(2026, 11, 24), lang) == words
    assert date_range(date(2026, 11, 24), date(2026, 11, 24), lang) == words


@pytest.mark.parametrize(
    ("first", "last", "ky", "ru", "en"),
    [
        (
            date(2026, 11, 24),
            date(2026, 11, 25),
            "2026-жылдын 24–25-ноябры",
            "24–25 ноября 2026 года",
            "24–25 November 2026",
        ),
        (
            date(2026, 6, 30),
            date(2026, 7, 1),
            "2026-жылдын 30-июну – 1-июлу",
            "30 июня – 1 июля 2026 года",
            "30 June – 1 July 2026",
        ),
        (
            date(2026, 12, 30),
            date(2027, 1, 2),
            "2026-жылдын 30-декабры – 2027-жылдын 2-январы",
            "30 декабря 2026 года – 2 января 2027 года",
            "30 December 2026 – 2 January 2027",
        ),
        (
            date(2026, 11, 24),
            date(2027, 11, 24),
            "2026-жылдын 24-ноябры – 2027-жылдын 24-ноябры",
            "24 ноября 2026 года – 24 ноября 2027 года",
            "24 November 2026 – 24 November 2027",
        ),
    ],
)
def test_date_range(first: date, last: date, ky: str, ru: str, en: str) -> None:
    assert [date_range(first, last, lang) for lang in ("ky", "ru", "en")] == [ky, ru, en]


def test_date_range_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="is after"):
        date_range(date(2026, 11, 25), date(2026, 11, 24), "ru")


def test_months_are_twelve_in_each_language() -> None:
    assert [len(set(names)) for names in MONTHS.values()] == [12, 12, 12]


def test_the_day_of_a_moment_is_that_of_the_country() -> None:
    assert [clock.country_day(datetime(2026, 3, 9, hour, tzinfo=UTC)).day for hour in (17, 18)] == [9, 10]


def test_numeric_date() -> None:
    assert numeric_date(date(2026, 3, 9)) == "09.03.2026"

"""Dates in words, as the country's official documents write them; CLDR differs."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

MONTHS = {
    lang: names.split()
    for lang, names in {
        "ky": "январы февралы марты апрели майы июну июлу августу сентябры октябры ноябры декабры",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "en": "January February March April May June July August September October November December",
    }.items()
}
_DASH = "–"
_BETWEEN = " – "


def long_date(day: date, lang: str) -> str:
    """Return a date in words: 2026-жылдын 24-ноябры, 24 ноября 2026 года, 24 November 2026."""
    return _with_year(_day(day, lang), day.year, lang)


def date_range(first: date, last: date, lang: str) -> str:
    """Return the days from `first` to `last` in words, naming month and year once where both share them."""
    if first > last:
        raise ValueError(f"{first} is after {last}.")
    if first == last:
        return long_date(first, lang)
    if first.year != last.year:
        return long_date(first, lang) + _BETWEEN + long_date(last, lang)
    if first.month != last.month:
        return _with_year(_day(first, lang) + _BETWEEN + _day(last, lang), first.year, lang)
    return _with_year(f"{first.day}{_DASH}{_day(last, lang)}", first.year, lang)


def numeric_date(day: date) -> str:
    """Return a date in figures, which reads the same in all three languages: 24.11.2026."""
    return f"{day:%d.%m.%Y}"


def clock_in(zone: str) -> Callable[[datetime], str]:
    """Return the function that shows a moment on the clock of a place."""
    place = ZoneInfo(zone)
    return lambda moment: f"{moment.astimezone(place):%H:%M}"


def _day(day: date, lang: str) -> str:
    month = MONTHS[lang][day.month - 1]
    return f"{day.day}-{month}" if lang == "ky" else f"{day.day} {month}"


def _with_year(days: str, year: int, lang: str) -> str:
    if lang == "ky":
        return f"{year}-жылдын {days}"
    return f"{days} {year} года" if lang == "ru" else f"{days} {year}"

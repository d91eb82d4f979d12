"""The sheet of a month: its weeks, and what goes on on each day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Protocol, TypeVar

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 1)


class Lasting(Protocol):
    """Anything from one day to another."""

    starts_on: date
    ends_on: date


T = TypeVar("T", bound=Lasting)


@dataclass(frozen=True)
class Entry(Generic[T]):
    """What goes on on a day; `is_first` where the sheet shows it for the first time."""

    training: T
    is_first: bool


@dataclass(frozen=True)
class Day(Generic[T]):
    """One day of the sheet."""

    day: date
    is_in_month: bool
    entries: tuple[Entry[T], ...]


def month_of(text: str, today: date) -> date:
    """Return the first day of the month that is written as 2026-11, else of this month."""
    year, _dash, month = text.partition("-")
    if not (year.isascii() and year.isdigit() and month.isascii() and month.isdigit()):
        return today.replace(day=1)
    if not (FIRST.year <= int(year) <= LAST.year and 1 <= int(month) <= 12):
        return today.replace(day=1)
    return date(int(year), int(month), 1)


def beside(month: date, step: int) -> date | None:
    """Return the first day of the next month or the one before; None at the edge of what is planned."""
    number = month.year * 12 + month.month - 1 + step
    other = date(number // 12, number % 12 + 1, 1)
    return other if FIRST <= other <= LAST else None


def bounds(month: date) -> tuple[date, date]:
    """Return the first and last day of the sheet: whole weeks, Monday to Sunday."""
    first = month - timedelta(days=month.weekday())
    end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first, end + timedelta(days=6 - end.weekday())


def sheet(month: date, trainings: Iterable[T]) -> Iterator[Day[T]]:
    """Yield every day of the sheet with what goes on."""
    first, last = bounds(month)
    known = list(trainings)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        entries = (
            Entry(one, is_first=day == max(one.starts_on, month))
            for one in known
            if one.starts_on <= day <= one.ends_on
        )
        yield Day(day, day.month == month.month and day.year == month.year, tuple(entries))

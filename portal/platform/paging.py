"""Lists that are paged at the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list and where it stands among all rows: what the pagination macro asks for."""

    items: Sequence[T]
    number: int
    rows: int
    size: int

    @property
    def last(self) -> int:
        """Return the number of the last page."""
        return last_page(self.rows, self.size)

    @property
    def first_row(self) -> int:
        """Return the place of the first row shown."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        """Return the place of the last row shown."""
        return min(self.number * self.size, self.rows)


def last_page(rows: int, size: int) -> int:
    """Return the number of the last page; an empty list has one page."""
    return max(1, ceil(rows / size))


def nearest(number: int, rows: int, size: int) -> int:
    """Return the page that an address asks for, or the nearest one that there is."""
    return min(max(number, 1), last_page(rows, size))

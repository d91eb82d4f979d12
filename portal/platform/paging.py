"""Lists in pages: loaded by the database, or cut from a list decided in Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar, TypeVarTuple, overload

from flask import request
from sqlalchemy import Row, Select, func, select
from sqlalchemy.sql.base import ExecutableOption

from portal.platform.db import db

T = TypeVar("T")
Next = TypeVar("Next")
Shown = TypeVar("Shown")
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list and where it stands among all rows: what the pagination macro asks for."""

    items: Sequence[T]
    number: int
    rows: int
    size: int

    @property
    def last(self) -> int:
        return last_page(self.rows, self.size)

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        return min(self.number * self.size, self.rows)

    def showing(self, items: Sequence[Shown]) -> "Page[Shown]":
        return Page(items, self.number, self.rows, self.size)


@overload
def page(query: "Select[T]", number: int, size: int = 50, *, options: Sequence[ExecutableOption] = ()) -> Page[T]: ...
@overload
def page(
    query: "Select[T, Next, *Columns]", number: int, size: int = 50, *, options: Sequence[ExecutableOption] = ()
) -> "Page[Row[T, Next, *Columns]]": ...
def page(query: Any, number: int, size: int = 50, *, options: Sequence[ExecutableOption] = ()) -> Page[Any]:
    """Load the page that an address asks for, or the nearest one; `options` say what comes along with its rows."""
    rows = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = nearest(number, rows, size)
    shown = query.options(*options).limit(size).offset((number - 1) * size)
    is_one = len(query.column_descriptions) == 1
    return Page((db.session.scalars if is_one else db.session.execute)(shown).all(), number, rows, size)


def cut(items: Sequence[T], number: int, size: int) -> Page[T]:
    number = nearest(number, len(items), size)
    return Page(items[(number - 1) * size : number * size], number, len(items), size)


def asked() -> int:
    return request.args.get("page", 1, type=int)


def last_page(rows: int, size: int) -> int:
    """Return the number of the last page; an empty list has one page."""
    return max(1, ceil(rows / size))


def nearest(number: int, rows: int, size: int) -> int:
    """Return the page that an address asks for, or the nearest one that there is."""
    return min(max(number, 1), last_page(rows, size))

"""Read records of any kind."""

from typing import Any, TypeVar

from sqlalchemy import Select, select

from portal.platform import paging, texts
from portal.platform.db import db
from portal.platform.paging import Page

PAGE_SIZE = 30
_LARGEST_ID = 2**31 - 1  # A larger number in an address is no id, and no database takes it as one.
Record = TypeVar("Record")


def get(model: type[Record], id_: int) -> Record | None:
    """Return one record."""
    return db.session.get(model, id_) if id_ <= _LARGEST_ID else None


def by_code(model: Any) -> Select[Any]:
    """Return the question for all records of a kind."""
    return select(model).order_by(model.code)


def page_of(query: Select[Any], model: Any, *, search: str, number: int) -> Page[Any]:
    """Return one page of the records of an ordered query in which every word is found."""
    for word in texts.fold(search).split():
        query = query.where(model.search_text.contains(word, autoescape=True))
    return paging.page(query, number, PAGE_SIZE)

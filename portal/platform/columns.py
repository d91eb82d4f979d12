"""Columns that many tables have."""

from typing import Any, cast, overload

from sqlalchemy import SQLColumnExpression, String
from sqlalchemy.orm import CompositeProperty, InstrumentedAttribute, Mapped, composite, mapped_column

from portal.platform.texts import LANGUAGES, Text


class TextColumns(InstrumentedAttribute[Text]):
    """A text of a table: its three columns, as queries name them."""

    @property
    def ky(self) -> SQLColumnExpression[str]: ...  # type: ignore[empty-body]  # says a type only
    @property
    def ru(self) -> SQLColumnExpression[str]: ...  # type: ignore[empty-body]  # says a type only
    @property
    def en(self) -> SQLColumnExpression[str]: ...  # type: ignore[empty-body]  # says a type only


class MappedText(Mapped[Text]):
    """What `text3` says to a type checker: of a row its text, of the table its columns."""

    @overload
    def __get__(self, row: None, owner: Any) -> TextColumns: ...
    @overload
    def __get__(self, row: object, owner: Any) -> Text: ...
    def __get__(self, row: object | None, owner: Any) -> TextColumns | Text: ...  # type: ignore[empty-body]  # the same


class _Comparator(CompositeProperty.Comparator[Text]):
    ky = property(lambda self: self._comparable_elements[0])
    ru = property(lambda self: self._comparable_elements[1])
    en = property(lambda self: self._comparable_elements[2])


def text3(name: str, length: int, **column: Any) -> MappedText:
    """Return a text in three languages that a table keeps in three columns: `name_ky`, `name_ru`, `name_en`."""
    columns = [mapped_column(f"{name}_{language}", String(length), **column) for language in LANGUAGES]
    return cast(MappedText, composite(Text, *columns, comparator_factory=_Comparator))

"""Columns shared by many tables."""

from datetime import UTC, datetime
from typing import Any, cast, overload

from sqlalchemy import DateTime, Dialect, Index, SQLColumnExpression, String, text
from sqlalchemy.orm import CompositeProperty, InstrumentedAttribute, Mapped, composite, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from portal.platform.texts import LANGUAGES, Text


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC that stays aware on SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Versioned:
    """A row that counts its versions: of two who change it at once, the second is refused."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def index_of_set(table: str, column: str) -> Index:
    """Return an index of the rows in which a reference that is mostly empty is set, to find them by what they name."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=is_set, postgresql_where=is_set)


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

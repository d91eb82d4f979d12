"""Kinds of records and their fields: what each reads from a form, refuses, stores, shows and records in the log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date
from re import Pattern
from typing import Any, ClassVar, Generic, TypeVar

from wtforms import BooleanField
from wtforms.validators import InputRequired, Optional

from portal.access.policy import Actor
from portal.platform.db import Base
from portal.platform.errors import FieldsRefused
from portal.platform.forms import (
    WHOLE,
    BoxesField,
    ChoiceField,
    DayField,
    NumberField,
    Pairs,
    choices_of,
    lines,
    options,
    text,
    titles,
)
from portal.platform.i18n import _l, label, long_day, text_of
from portal.platform.texts import Labelled, Text
from portal.records import printed
from portal.records.contacts import phone_of
from portal.records.refusals import RecordRefused
from portal.records.rules import MAX_CODE, RecordFault, RecordFaultCode, line_faults

NAME = (_l("Name in Kyrgyz"), _l("Name in Russian"), _l("Name in English"))
YES, NO = _l("yes"), _l("no")
TITLE = (_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))


@dataclass(frozen=True)
class Asking:
    """Who asks for a form, on which day, and of which record: None for a new one."""

    actor: Actor
    today: date
    record: Any = None


@dataclass(frozen=True)
class Field:
    """One field of a record: its column or relation, what pages call it, whether it stays as it was when it was made.

    `empty` stands where nothing is given. `row` says which row of a list of parts is meant.
    """

    row: ClassVar[Any] = None

    name: str
    label: Any
    _: KW_ONLY
    is_fixed: bool = False
    empty: Any = ""

    def inputs(self) -> dict[str, Any]:
        """Return what a form asks for, by name."""
        return {self.name: text(self.label, default=self.empty)}

    def offer(self, form: Any, asking: Asking) -> None:
        """Fill in what can be chosen."""

    def filled(self, record: Any) -> dict[str, Any]:
        """Return what the form shows of a record."""
        return {self.name: getattr(record, self.name)}

    def typed(self, form: Any) -> Any:
        return form[self.name].data or self.empty

    def faults(self, value: Any) -> Iterable[RecordFault]:
        return ()

    def unprinted(self, value: Any) -> Iterable[RecordFault]:
        """Return why papers cannot print a value."""
        return ()

    def of(self, record: Any) -> Any:
        return getattr(record, self.name)

    def write(self, record: Any, value: Any) -> None:
        """Give a record a value that nothing stands against."""
        setattr(record, self.name, value)

    def recorded(self, record: Any) -> dict[str, Any]:
        """Return what the audit log keeps."""
        return {self.name: self.of(record)}

    def shown(self, record: Any) -> Any:
        """Return the value as a page says it."""
        return self.of(record)

    def facts(self, record: Any) -> list[tuple[Any, ...]]:
        """Return the lines of a page that shows a record."""
        return [(self.label, self.shown(record))]


@dataclass(frozen=True)
class Text3(Field):
    """A text in three languages: `labels` are those of its three inputs, `prints` its places on paper."""

    labels: Sequence[Any]
    limit: int
    _: KW_ONLY
    control: Callable[..., Any] = text
    needed: RecordFaultCode | None = None
    prints: Sequence[str] = ()
    empty: Any = Text()

    def inputs(self) -> dict[str, Any]:
        return {
            column: self.control(label) for column, label in zip(Text().columns(self.name), self.labels, strict=True)
        }

    def filled(self, record: Any) -> dict[str, Any]:
        return self.of(record).columns(self.name)

    def typed(self, form: Any) -> Text:
        return titles(form, self.name)

    def faults(self, value: Text) -> Iterator[RecordFault]:
        if self.needed and not value:
            yield RecordFault(self.needed, f"{self.name}_ru")
        for column, words in value.columns(self.name).items():
            in_one_line = words if self.control is text else words.replace("\n", " ")
            yield from line_faults(in_one_line, column, self.limit)

    def unprinted(self, value: Text) -> Iterator[RecordFault]:
        return printed.faults(value, self.name, self.prints) if self.prints else iter(())

    def of(self, record: Any) -> Text:
        text: Text = getattr(record, self.name)
        return text

    def recorded(self, record: Any) -> dict[str, Any]:
        return self.filled(record)


@dataclass(frozen=True)
class Line(Field):
    """A text of one line; one that does not match `fits` is `unfit`."""

    limit: int = 0
    _: KW_ONLY
    needed: RecordFaultCode | None = None
    fits: Pattern[str] | None = None
    unfit: RecordFaultCode | None = None

    def faults(self, value: str) -> Iterator[RecordFault]:
        if self.needed and not value:
            yield RecordFault(self.needed, self.name)
        if self.limit:
            yield from line_faults(value, self.name, self.limit)
        if self.fits and self.unfit and not self.fits.fullmatch(value):
            yield RecordFault(self.unfit, self.name)


CODE = Line("code", _l("Code"), MAX_CODE, needed=RecordFaultCode.CODE_MISSING, is_fixed=True)


@dataclass(frozen=True)
class Phone(Field):
    def faults(self, value: str) -> Iterator[RecordFault]:
        if value and not phone_of(value):
            yield RecordFault(RecordFaultCode.PHONE_UNREADABLE, self.name)

    def write(self, record: Any, value: str) -> None:
        setattr(record, self.name, phone_of(value))


@dataclass(frozen=True)
class Whole(Field):
    """A whole number from 1 on; without `is_needed` it may be left open."""

    most: int
    fault: RecordFaultCode
    _: KW_ONLY
    is_needed: bool = False
    empty: Any = None

    def inputs(self) -> dict[str, Any]:
        return {self.name: NumberField(self.label, [InputRequired(WHOLE) if self.is_needed else Optional()])}

    def typed(self, form: Any) -> int | None:
        number: int | None = form[self.name].data
        return number

    def faults(self, value: int | None) -> Iterator[RecordFault]:
        is_right = not self.is_needed if value is None else 1 <= value <= self.most
        if not is_right:
            yield RecordFault(self.fault, self.name, args={"most": self.most})


@dataclass(frozen=True)
class Flag(Field):
    _: KW_ONLY
    empty: Any = False

    def inputs(self) -> dict[str, Any]:
        return {self.name: BooleanField(self.label)}

    def shown(self, record: Any) -> str:
        return str(YES if self.of(record) else NO)


@dataclass(frozen=True)
class Day(Field):
    _: KW_ONLY
    empty: Any = None

    def inputs(self) -> dict[str, Any]:
        return {self.name: DayField(self.label, [Optional()])}

    def recorded(self, record: Any) -> dict[str, Any]:
        day = self.of(record)
        return {self.name: str(day) if day else None}

    def shown(self, record: Any) -> str:
        return long_day(self.of(record))


@dataclass(frozen=True)
class Choice(Field):
    """One of a fixed list; the audit log calls it `key`."""

    members: type[Labelled]
    _: KW_ONLY
    key: str = ""

    def inputs(self) -> dict[str, Any]:
        choices = options(choices_of(self.members))
        return {self.name: ChoiceField(self.label, choices=choices, default=self.empty or None)}

    def faults(self, value: str) -> Iterator[RecordFault]:
        if value not in set(self.members):
            yield RecordFault(RecordFaultCode.CHOICE_UNKNOWN, self.name)

    def recorded(self, record: Any) -> dict[str, Any]:
        return {self.key or self.name: self.of(record)}

    def shown(self, record: Any) -> Any:
        return label(self.members(self.of(record)))


@dataclass(frozen=True)
class Boxes(Field):
    members: type[Labelled]
    _: KW_ONLY
    needed: RecordFaultCode | None = None
    empty: Any = ()

    def inputs(self) -> dict[str, Any]:
        return {self.name: BoxesField(self.label, choices=options(choices_of(self.members)))}

    def faults(self, value: Sequence[str]) -> Iterator[RecordFault]:
        if self.needed and not value:
            yield RecordFault(self.needed, self.name)

    def write(self, record: Any, value: Sequence[str]) -> None:
        setattr(record, self.name, list(value))

    def recorded(self, record: Any) -> dict[str, Any]:
        return {self.name: list(self.of(record))}

    def shown(self, record: Any) -> str:
        return in_words(self.of(record), self.members)


@dataclass(frozen=True)
class Lines(Field):
    """Any number of short texts, one to a line."""

    _: KW_ONLY
    empty: Any = ()

    def inputs(self) -> dict[str, Any]:
        return {self.name: lines(self.label)}

    def filled(self, record: Any) -> dict[str, Any]:
        return {self.name: "\n".join(self.of(record))}

    def typed(self, form: Any) -> tuple[str, ...]:
        return tuple(filter(None, (form[self.name].data or "").splitlines()))

    def write(self, record: Any, value: Sequence[str]) -> None:
        setattr(record, self.name, list(dict.fromkeys(value)))

    def recorded(self, record: Any) -> dict[str, Any]:
        return {self.name: list(self.of(record))}

    def shown(self, record: Any) -> str:
        return ", ".join(self.of(record))


@dataclass(frozen=True)
class Reference(Field):
    """Another record by its key: `offered` are those that may be chosen, `find` is the chosen one.

    What is not `needed` may be `nothing`: so the list says, and the page unless `nothing_shown` says otherwise.
    """

    key: str
    offered: Callable[[Asking], Pairs]
    find: Callable[[Any], Any]
    _: KW_ONLY
    needed: Any = None
    nothing: Any = _l("Choose")
    nothing_shown: Any = None
    is_number: bool = False
    empty: Any = None

    def inputs(self) -> dict[str, Any]:
        return {self.name: ChoiceField(self.label, [InputRequired(self.needed)] if self.needed else [], choices=[])}

    def offer(self, form: Any, asking: Asking) -> None:
        pairs = self.offered(asking)
        is_only_one = self.needed and len(pairs) < 2
        form[self.name].choices = options(pairs if is_only_one else [("", self.nothing), *pairs])

    def filled(self, record: Any) -> dict[str, Any]:
        return {self.name: str(self.of(record) or "")}

    def typed(self, form: Any) -> Any:
        chosen = form[self.name].data
        return int(chosen) if chosen and self.is_number else chosen or None

    def recorded(self, record: Any) -> dict[str, Any]:
        value = self.of(record)
        return {self.key: self.find(value).code if value and self.is_number else value}

    def shown(self, record: Any) -> Any:
        value = self.of(record)
        if value:
            return text_of(self.find(value), "name")
        return self.nothing if self.nothing_shown is None else self.nothing_shown


def filled_rows(parts: Any) -> list[Any]:
    """Return the rows of a list of parts in which anything was typed."""
    return [row for row in parts if any(control.data for control in row.form)]


def in_words(values: Sequence[str], members: type[Labelled]) -> str:
    """Return what the chosen values are called, in the order of the enum."""
    return ", ".join(label(member) for member in members if member in values)


Record = TypeVar("Record", bound=Base)
Values = Mapping[str, Any]  # What a record is to be, by the names of its fields; what is not named is empty.
Check = Callable[[Values, Any, Actor], None]  # Refuses values for a record, None for a new one.


@dataclass(frozen=True, eq=False)  # Each kind is itself: its form is made once.
class Kind(Generic[Record]):
    """One kind of record.

    `judge` finds what stands against several fields together, `checks` need the database and refuse one by one.
    `alone` names the lock under which changes come one after the other.
    """

    model: type[Record]
    fields: Sequence[Field]
    added: str
    changed: str
    retired: str = ""
    restored: str = ""
    judge: Callable[[Values], Iterable[RecordFault]] = lambda _values: ()
    checks: Sequence[Check] = ()
    refused: type[FieldsRefused] = RecordRefused
    alone: str = ""

    def given(self, values: Values, record: Any = None) -> dict[str, Any]:
        """Return the values of all fields that a new record takes, or of those that a known one may change.

        :raises KeyError: if there is no such field.
        """
        fields = [field for field in self.fields if record is None or not field.is_fixed]
        unknown = values.keys() - {field.name for field in fields}
        if unknown:
            raise KeyError(f"{self.model.__name__} takes no {', '.join(sorted(unknown))}.")
        return {field.name: values.get(field.name, field.empty) for field in fields}

    def values_of(self, record: Any) -> dict[str, Any]:
        """Return what a record is and may be changed in."""
        return {field.name: field.of(record) for field in self.fields if not field.is_fixed}

    def faults(self, values: Values) -> list[RecordFault]:
        """Return what stands against the given values; of a text that has a fault, what paper says is left out."""
        fields = [field for field in self.fields if field.name in values]
        found = [fault for field in fields for fault in field.faults(values[field.name])]
        unprinted = (fault for field in fields for fault in field.unprinted(values[field.name]))
        return printed.with_faults([*found, *self.judge(values)], unprinted)

    def write(self, record: Any, values: Values) -> None:
        """Bring a record in line with what was judged before."""
        for field in self.fields:
            if field.name in values:
                field.write(record, values[field.name])

    def recorded(self, record: Any) -> dict[str, Any]:
        return {key: value for field in self.fields for key, value in field.recorded(record).items()}

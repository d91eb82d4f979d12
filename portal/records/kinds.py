"""A kind of record: its table, fields, events, and further checks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from portal.access.policy import Actor
from portal.platform.db import Base
from portal.platform.errors import FieldsRefused
from portal.records import printed
from portal.records.fields import Field
from portal.records.refusals import RecordRefused
from portal.records.rules import RecordFault

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

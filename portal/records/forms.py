"""Forms of records, made from their fields, and of acts on one that was shown."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.platform.errors import FieldError, wording
from portal.platform.forms import DAY, WHOLE, DayField, NumberField, PortalForm, RecordForm, add_error
from portal.platform.i18n import _l
from portal.records.fields import Asking, Kind, filled_rows


class FieldsForm(RecordForm):
    """A form whose faults may stand in a row of a list: their place counts the rows that are filled."""

    def show(self, faults: Iterable[FieldError]) -> None:
        rows = [row for name in self.row_labels for row in filled_rows(self[name])]
        for fault in faults:
            owner: Any = self if fault.place is None else rows[fault.place].form
            add_error(owner[fault.field], wording(fault))


class VersionForm(PortalForm):
    version = NumberField(None, [InputRequired(WHOLE)], widget=HiddenInput())


class CloseForm(VersionForm):
    closed_on = DayField(_l("Closed from"), [InputRequired(DAY)])


def sent(kind: Kind[Any], asking: Asking) -> RecordForm:
    return _offered(kind, _class(kind)(), asking)


def shown(kind: Kind[Any], asking: Asking) -> RecordForm:
    """Return the form of a record as it stands, or the empty one."""
    record = asking.record
    if record is None:
        return _offered(kind, _class(kind)(formdata=None), asking)
    values = {name: value for field in kind.fields for name, value in field.filled(record).items()}
    return _offered(kind, _class(kind)(formdata=None, version=record.version, **values), asking)


def typed(kind: Kind[Any], form: RecordForm) -> dict[str, Any]:
    """Return what was typed, by the names of the fields; what is fixed is not asked for again."""
    return {field.name: field.typed(form) for field in kind.fields if not field.is_fixed or field.name in form}


@cache
def _class(kind: Kind[Any]) -> type[FieldsForm]:
    inputs = {name: control for field in kind.fields for name, control in field.inputs().items()}
    rows = {field.name: field.row for field in kind.fields if field.row}
    return type(f"{kind.model.__name__}Form", (FieldsForm,), {"row_labels": rows, **inputs})


def _offered(kind: Kind[Any], form: RecordForm, asking: Asking) -> RecordForm:
    for field in kind.fields:
        if asking.record is not None and field.is_fixed:
            del form[field.name]
        else:
            field.offer(form, asking)
    return form

"""Compare two versions of a form: typed, and saved by somebody else meanwhile."""

from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, FieldList, Form, HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.widgets import HiddenInput


@dataclass(frozen=True)
class Difference:
    """One field in which the two differ."""

    name: str
    label: str
    typed: list[str]
    saved: list[str]


def differences(typed: Form, saved: Form) -> list[Difference]:
    """Return the fields in which the two forms differ, in the order of the form."""
    found = []
    for field in typed:
        if isinstance(field, HiddenField) or isinstance(field.widget, HiddenInput):
            continue
        here, there = _lines(field), _lines(saved[field.short_name])
        if here != there:
            found.append(Difference(field.name, str(field.label.text), here, there))
    return found


def _lines(field: Any) -> list[str]:
    if isinstance(field, FieldList):
        return [" · ".join(filter(None, map(_shown, row.form))) for row in field]
    if isinstance(field, SelectMultipleField):
        return [str(choice.label) for choice in field.choices or () if choice.value in (field.data or ())]
    shown = _shown(field)
    return [shown] if shown else []


def _shown(field: Any) -> str:
    if isinstance(field, HiddenField) or field.data in (None, ""):
        return ""
    if isinstance(field, BooleanField):
        return "✓" if field.data else ""
    if isinstance(field, SelectMultipleField):
        return " · ".join(str(choice.label) for choice in field.choices or () if choice.value in (field.data or ()))
    if isinstance(field, SelectField):
        return next((str(choice.label) for choice in field.choices or () if choice.value == field.data), "")
    if hasattr(field, "shown"):  # A number that is read otherwise than it is kept.
        return str(field.shown())
    if isinstance(field, IntegerField):
        return str(field.data)
    return str(field._value())

"""Fields that several forms are made of, with their errors in our own words."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    DateField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import TimeField as PlainTimeField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.people.rules import names
from portal.people.rules.records import LANGUAGES, Titles
from portal.platform.wording import _l

DAY = _l("Give a day, such as 09.03.2027.")
CLOCK = _l("Give a time, such as 09:30.")


def visible(_form: Any, field: StringField) -> None:
    """Refuse a character that nobody sees, or that turns the words around it, in a name that stands on pages."""
    for fault in names.text_faults(field.data or "", len(field.data or "")):
        words = _l("An invisible character (%(character)s) stands at place %(position)s.")
        raise ValidationError(str(words) % fault.args)


def text(label: Any, **options: Any) -> StringField:
    """Return a field of one line without needless spaces."""
    return StringField(label, filters=[lambda typed: names.clean(typed or "")], **options)


def lines(label: Any, **options: Any) -> TextAreaField:
    """Return a field of several lines without needless spaces."""
    return TextAreaField(label, filters=[lambda typed: names.clean_lines(typed or "")], **options)


def paragraph(label: Any, **options: Any) -> TextAreaField:
    """Return a high field whose text becomes one line, as papers print it."""
    return TextAreaField(label, filters=[lambda typed: names.clean(typed or "")], **options)


class DayField(DateField):
    """A date, also typed the way the country writes it."""

    def __init__(self, label: Any, validators: Sequence[Any], **options: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d.%m.%Y"], **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Say what is wrong in our own words."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(DAY) from None


class ClockField(PlainTimeField):
    """A time of day."""

    def __init__(self, label: Any, validators: Sequence[Any], **options: Any) -> None:
        super().__init__(label, validators, format=["%H:%M", "%H:%M:%S", "%H.%M"], **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Say what is wrong in our own words."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(CLOCK) from None


class ChoiceField(SelectField):
    """One of the values that are offered."""

    def pre_validate(self, form: Any) -> None:
        """Say what is wrong in our own words."""
        if self.data not in {choice.value for choice in self.choices or []}:
            raise ValidationError(_l("Choose one of the list."))


class BoxesField(SelectMultipleField):
    """Any number of the values that are offered, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """Say what is wrong in our own words."""
        if set(self.data or ()) - {choice.value for choice in self.choices or []}:
            raise ValidationError(_l("Choose one of the list."))


def titles(form: Any, name: str = "title") -> Titles:
    """Return what was typed in the three languages."""
    return Titles(**{language: form[f"{name}_{language}"].data or "" for language in LANGUAGES})

"""Shared by all forms: the token against forgery, the key that makes repetition harmless, common checks."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, overload

from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.platform import tokens
from portal.platform.errors import FieldError, Refusal, wording
from portal.platform.i18n import _l
from portal.platform.texts import LANGUAGES, Labelled, Text, clean, clean_lines, hidden_character

Pairs = Sequence[tuple[str | int, Any]]
WHOLE = _l("Give a whole number.")
DAY = _l("Give a day, such as 09.03.2027.")
CLOCK = _l("Give a time, such as 09:30.")


class PortalForm(FlaskForm):
    """A form that may be sent twice without harm. `row_labels` name the entries of its lists."""

    row_labels: ClassVar[Mapping[str, Any]] = {}
    form_key = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.form_key.data:
            self.form_key.data = tokens.random_token()

    def problems(self) -> list[tuple[str, str]]:
        """Return every error in the order of the form, with the id of its control."""
        return list(problems(self, self.row_labels))


class _OwnWords(Field):
    """Says in our own words what is wrong with what was typed."""

    words: ClassVar[Any]

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(self.words) from None


class NumberField(_OwnWords, IntegerField):
    words = WHOLE


class RecordForm(PortalForm):
    """What the forms of all records have in common; `version` is that of the record that was shown, 0 of a new one."""

    version = NumberField(None, [Optional()], widget=HiddenInput())

    def show(self, faults: Iterable[FieldError]) -> None:
        for fault in faults:
            add_error(self[fault.field], wording(fault))


def options(choices: Iterable[tuple[str | int, Any]] | Mapping[Any, Pairs]) -> list[SelectChoice]:
    """Return pairs of value and words as a field takes them; a mapping groups them under its keys."""
    groups = choices.items() if isinstance(choices, Mapping) else [(None, choices)]
    return [SelectChoice(value, words, optgroup=group) for group, pairs in groups for value, words in pairs]


def choices_of(kind: Iterable[Labelled]) -> list[tuple[str | int, Any]]:
    return [(member.value, _l(member.label)) for member in kind]


def add_error(field: Field, words: Any) -> None:
    """Add an error to a field, also after validation."""
    field.errors = [*field.errors, words]


def beside(form: Any, refusal: Refusal, controls: Mapping[str, str] | None = None) -> Refusal | None:
    """Say a refusal beside the control that it names, or that `controls` names for its code; return it if none does."""
    control = (controls or {}).get(refusal.code, refusal.field)
    if control not in form:
        return refusal
    add_error(form[control], str(refusal))
    return None


def problems_of(form: Any) -> list[tuple[str, str]]:
    """Return every error of a form with the id of its control, last those of no control."""
    of_fields = form.problems() if isinstance(form, PortalForm) else problems(form, {})
    return [*of_fields, *(("", str(words)) for words in form.form_errors)]


def problems(form: Any, rows: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every error in the order of the form, with the id of its control; `rows` names the entries of its lists."""
    for field in form:
        if isinstance(field, FieldList):
            yield from ((field.id, str(words)) for words in field.errors if not isinstance(words, dict))
            for number, row in enumerate(field, start=1):
                where = f"{rows[field.short_name]}: " % {"number": number} if field.short_name in rows else ""
                yield from ((id_, f"{where}{words}") for id_, words in problems(row, rows))
        else:
            is_seen = getattr(field.widget, "input_type", "") != "hidden"
            first = f"{field.id}-0" if isinstance(field.widget, ListWidget) else field.id
            yield from ((first if is_seen else "", str(words)) for words in field.errors)


def asked(name: str, offered: Collection[str], usual: str) -> str:
    """Return what the address says is chosen, if it is offered; else what usually is."""
    chosen = request.args.get(name, "")
    return chosen if chosen in offered else usual


def visible(_form: Any, field: StringField) -> None:
    """Refuse a character that nobody sees, or that turns the words around it, in a name that stands on pages."""
    hidden = hidden_character(field.data or "")
    if hidden:
        words = _l("An invisible character (%(character)s) stands at place %(position)s.")
        raise ValidationError(str(words) % {"character": hidden[0], "position": hidden[1]})


def text(label: Any, **options: Any) -> StringField:
    """Return a field of one line without needless spaces."""
    return StringField(label, filters=[lambda typed: clean(typed or "")], **options)


def lines(label: Any, **options: Any) -> TextAreaField:
    """Return a field of several lines without needless spaces."""
    return TextAreaField(label, filters=[lambda typed: clean_lines(typed or "")], **options)


def paragraph(label: Any, **options: Any) -> TextAreaField:
    """Return a high field whose text becomes one line, as papers print it."""
    return TextAreaField(label, filters=[lambda typed: clean(typed or "")], **options)


class DayField(_OwnWords, DateField):
    """A date, also typed the way the country writes it."""

    words = DAY

    def __init__(self, label: Any, validators: Sequence[Any], **options: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d.%m.%Y"], **options)


class ClockField(_OwnWords, TimeField):
    words = CLOCK

    def __init__(self, label: Any, validators: Sequence[Any], **options: Any) -> None:
        super().__init__(label, validators, format=["%H:%M", "%H:%M:%S", "%H.%M"], **options)


class ChoiceField(SelectField):
    def pre_validate(self, form: Any) -> None:
        if self.data not in {choice.value for choice in self.choices or []}:
            raise ValidationError(_l("Choose one of the list."))


class BoxesField(SelectMultipleField):
    """Any number of the values that are offered, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        if set(self.data or ()) - {choice.value for choice in self.choices or []}:
            raise ValidationError(_l("Choose one of the list."))


class Text3Field:
    """A text in three languages: fields `name_ky`, `name_ru` and `name_en` of the form, and its Text as `form.name`.

    One label stands for all three, or each has its own; `kind` makes the fields.
    """

    def __init__(self, *labels: Any, kind: Callable[..., StringField] = text, **options: Any) -> None:
        words = labels if len(labels) == len(LANGUAGES) else labels * len(LANGUAGES)
        self._fields = {lang: kind(label, **options) for lang, label in zip(LANGUAGES, words, strict=True)}

    def __set_name__(self, form: type[Form], name: str) -> None:
        self._name = name
        for language, field in self._fields.items():
            setattr(form, f"{name}_{language}", field)

    @overload
    def __get__(self, form: None, owner: Any) -> "Text3Field": ...
    @overload
    def __get__(self, form: Form, owner: Any) -> Text: ...
    def __get__(self, form: Form | None, owner: Any) -> "Text3Field | Text":
        return self if form is None else titles(form, self._name)


def titles(form: Any, name: str = "title") -> Text:
    return Text(**{language: form[f"{name}_{language}"].data or "" for language in LANGUAGES})

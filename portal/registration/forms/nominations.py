"""Forms of nomination lists: the upload, what the columns hold, a row that is mended, and the acts on a list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from portal.platform.forms import Pairs, PortalForm, options
from portal.platform.sheets import MAX_PASTED
from portal.platform.wording import _l
from portal.registration.rules.columns import Column

AS_WRITTEN = "="  # leave the cell as it stands in the file
NOT_SAID = "-"  # empty the cell
_COLUMN = "column_"
_LONGEST_NUMBER = 8
Choices = Pairs | Mapping[Any, Pairs]


class UploadForm(PortalForm):
    """A list as a file or as pasted text."""

    file = FileField(_l("File"))
    pasted = TextAreaField(_l("Rows with their headings"), [Optional(), Length(max=MAX_PASTED)])

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Want one of the two."""
        if not super().validate(extra_validators):
            return False
        has_file, has_text = bool(self.file.data and self.file.data.filename), bool((self.pasted.data or "").strip())
        if has_file and has_text:
            self.file.errors = [_l("Send either a file or pasted rows, not both.")]
        elif not has_file and not has_text:
            self.file.errors = [_l("Choose a file, or paste the rows.")]
        return has_file != has_text


class ActForm(PortalForm):
    """One act on a list; `version` says which state of it the page showed."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())


def ticks_of(sent: Any) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """Return which changes a page has shown and which of them were ticked, each as row and fact."""
    shown = {(row, fact) for text in sent.getlist("shown") for row, facts in [_tick(text)] for fact in facts.split(",")}
    return shown, {_tick(text) for text in sent.getlist("take")} & shown


def _tick(text: str) -> tuple[int, str]:
    number, _colon, facts = text.partition(":")
    return int(number) if number.isdecimal() and len(number) < _LONGEST_NUMBER else 0, facts


class MeaningForm(PortalForm):
    """What a word of the list means: an institution or a region."""

    column = HiddenField(validators=[AnyOf([Column.INSTITUTION.value, Column.REGION.value])])
    written = HiddenField(validators=[InputRequired(), Length(max=500)])
    meaning = SelectField(_l("Means"), [InputRequired(_l("Choose what it means."))], validate_choice=False)


class MappingForm(PortalForm):
    """What the columns of a file hold; `seen` says which layout the page showed."""

    seen: HiddenField


class RowForm(PortalForm):
    """The cells of a row; `seen` says which ones the page showed."""

    seen: HiddenField
    back: HiddenField


def mapping_form(places: Iterable[int], holds: Choices, institutions: Choices, regions: Choices) -> type[MappingForm]:
    """Return the form that says what each of these columns of a file holds."""
    fields = {column_field(place): SelectField(choices=options(holds), id=f"column-{place}") for place in places}
    header = IntegerField(
        _l("Row of the headings"),
        [
            InputRequired(_l("Enter the number of a row; 0 if there are no headings.")),
            NumberRange(0, 10_000, message=_l("Enter the number of a row; 0 if there are no headings.")),
        ],
    )
    defaults = {
        "institution": SelectField(_l("Institution where none is named"), choices=options(institutions)),
        "region": SelectField(_l("Region where none is named"), choices=options(regions)),
    }
    return type("MappingForm", (MappingForm,), {"seen": HiddenField(), "header_row": header, **fields, **defaults})


def column_field(place: int) -> str:
    """Return the name of the field for a column of the file."""
    return f"{_COLUMN}{place}"


def columns_said(form: PortalForm) -> dict[int, Column]:
    """Return what each column of the file is said to hold, by its place; those that are not read are left out."""
    sent = ((field.name.removeprefix(_COLUMN), field.data) for field in form if field.name.startswith(_COLUMN))
    return {int(place): Column(column) for place, column in sent if column}


def row_form(columns: Mapping[Column, Any], choices: Mapping[Column, Choices], people: Choices) -> type[RowForm]:
    """Return the form that mends a row: a field for each column, `people` who may be meant by it."""
    fields: dict[str, Any] = {"seen": HiddenField(), "back": HiddenField(validators=[Length(max=500)])}
    for column, label in columns.items():
        if column in choices:
            fields[column.value] = SelectField(label, choices=options(choices[column]))
        else:
            fields[column.value] = StringField(label, [Length(max=500)])
    if people:
        fields["choice"] = RadioField(_l("Who is this?"), choices=options(people), validators=[Optional()])
    return type("RowForm", (RowForm,), fields)

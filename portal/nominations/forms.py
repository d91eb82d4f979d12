"""Forms of nomination lists, of adding people by hand, and of correcting a participant."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from portal.list_reader.columns import Column
from portal.nominations.reading import Source, open_file, open_text
from portal.people.rules import Sex
from portal.platform.errors import Refusal
from portal.platform.forms import ChoiceField, Pairs, PortalForm, RecordForm, choices_of, options, text
from portal.platform.i18n import NAMES, _l
from portal.platform.sheets import MAX_PASTED
from portal.registration.rules import CONTACTS

SHORT = Length(max=120, message=_l("Write at most 120 characters."))
LINE = Length(max=200, message=_l("Write at most 200 characters."))


class AddForm(PortalForm):
    """Somebody who is added by hand; `person` names one of the directory, whose name is not typed again."""

    person = HiddenField(validators=[Length(max=22)])
    family = StringField(_l("Family name"), [SHORT])
    given = StringField(_l("Given name"), [SHORT])
    patronymic = StringField(_l("Patronymic"), [Optional(), SHORT])
    sex = RadioField(_l("Sex"), [Optional()])
    role = RadioField(_l("Takes part as"), [InputRequired(_l("Choose one."))])
    institution = SelectField(_l("Institution"), [InputRequired(_l("Choose the institution."))])
    region = SelectField(_l("Region"), [Optional()])
    post = StringField(_l("Post"), [Optional(), LINE])
    rank = StringField(_l("Rank or class rank"), [Optional(), SHORT])
    phone = StringField(_l("Phone"), [Optional(), Length(max=100)])
    email = StringField(_l("E-mail"), [Optional(), Length(max=300)])
    choice = RadioField(_l("Who is this?"), [Optional()], validate_choice=False)


AS_WRITTEN = "="  # leave the cell as it stands in the file
NOT_SAID = "-"  # empty the cell
_COLUMN = "column_"
_LONGEST_NUMBER = 8
Choices = Pairs | Mapping[Any, Pairs]


class UploadForm(PortalForm):
    file = FileField(_l("File"))
    pasted = TextAreaField(_l("Rows with their headings"), [Optional(), Length(max=MAX_PASTED)])

    @property
    def has_text(self) -> bool:
        return bool((self.pasted.data or "").strip())

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        if not super().validate(extra_validators):
            return False
        has_file = bool(self.file.data and self.file.data.filename)
        if has_file and self.has_text:
            self.file.errors = [_l("Send either a file or pasted rows, not both.")]
        elif not has_file and not self.has_text:
            self.file.errors = [_l("Choose a file, or paste the rows.")]
        return has_file != self.has_text

    def refuse(self, refusal: Refusal) -> None:
        field = self.pasted if self.has_text else self.file
        field.errors = [str(refusal)]


def source_of(form: UploadForm) -> Source:
    """Return the list that was sent; a file is read in a child process, so nothing may be written yet."""
    if form.has_text:
        return open_text(form.pasted.data or "")
    assert form.file.data is not None  # The form asks for one of the two.
    return open_file(form.file.data.read(), form.file.data.filename or "")


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


class CorrectForm(RecordForm):
    """What is kept of somebody, as at the time of the training and of the person; `back` is the list it came from."""

    back = HiddenField(validators=[Length(max=500)])
    family = text(_l("Family name"), validators=[SHORT])
    given = text(_l("Given name"), validators=[SHORT])
    patronymic = text(_l("Patronymic"), validators=[Optional(), SHORT])
    sex = RadioField(_l("Sex"), [Optional()])
    birth_year = StringField(_l("Year of birth"), [Optional(), Length(max=20)])
    institution = ChoiceField(_l("Institution"))
    region = ChoiceField(_l("Region"), [Optional()])
    post = text(_l("Post"), validators=[Optional(), LINE])
    rank = text(_l("Rank or class rank"), validators=[Optional(), SHORT])
    phone = text(_l("Phone"), validators=[Optional(), Length(max=100)])
    email = text(_l("E-mail"), validators=[Optional(), Length(max=300)])
    language = ChoiceField(_l("Language of the mails"), [Optional()])
    is_sure = BooleanField(_l("It is right all the same"))

    def offer(self, institutions: Pairs, regions: Pairs) -> None:
        self.sex.choices = options(choices_of(Sex))
        self.institution.choices = options([("", _l("Choose the institution")), *institutions])
        self.region.choices = options([("", _l("not said")), *regions])
        self.language.choices = options([("", _l("not said")), *NAMES.items()])

    def leave(self, *, contacts_only: bool, has_birth_year: bool) -> None:
        """Leave out what cannot be corrected now, and the year of birth where nobody has said it."""
        kept = {"csrf_token", "form_key", "version", "back", "is_sure", *CONTACTS}
        for name in [field.short_name for field in self]:
            if (contacts_only and name not in kept) or (name == "birth_year" and not has_birth_year):
                del self[name]

"""Forms of movements, stocktakes, offices and titles."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.materials import rules as material_rules
from portal.materials import serial_numbers
from portal.materials.rules import MaterialLanguage, PlannedMaterial, Unit
from portal.materials.serial_numbers import Numbers
from portal.platform.forms import (
    WHOLE,
    ChoiceField,
    DayField,
    NumberField,
    Pairs,
    PortalForm,
    RecordForm,
    Text3Field,
    choices_of,
    options,
    text,
)
from portal.platform.i18n import _l
from portal.records.rules import YEARS
from portal.stock.rules import Act, PlannedMove

_MAX_NOTE = 300
_LONG = Length(max=_MAX_NOTE, message=_l("The text is too long: at most %(max)d characters."))
_CHOOSE: Pairs = [("", _l("Choose"))]
_ROW_LABELS = {"rows": _l("Line %(number)s")}


class NumbersField(StringField):
    data: Numbers  # type: ignore[assignment]  # typed as text, read as numbers

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = Numbers()
        try:
            self.data = serial_numbers.read(valuelist[0] if valuelist else "")
        except serial_numbers.NumbersUnreadable as unread:
            words = _l("“%(text)s” is no number and no range. Write it like 1–40, 55.")
            raise ValueError(words % {"text": unread.args[0]}) from unread

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str(self.data or "")


class StockForm(PortalForm):
    """What all of them have: the day, and a word about it."""

    moved_on = DayField(_l("Day"), [InputRequired(_l("Give the day."))])
    note = text(_l("Note"), validators=[Optional(), _LONG])
    today: date = date.max

    def validate_moved_on(self, field: Any) -> None:
        """Refuse a day to come, and one that cannot be meant."""
        if field.data is None:  # It could not be read, which the form says already.
            return
        if field.data > self.today:
            raise ValidationError(_l("The day is still to come. Note what has happened, on its day."))
        if field.data.year not in YEARS:
            raise ValidationError(_l("The year %(year)s cannot be right.") % {"year": field.data.year})


class MovementForm(StockForm):
    start = ChoiceField(_l("From"), choices=[], validate_choice=False)
    end = ChoiceField(_l("To"), choices=[], validate_choice=False)
    quantity = NumberField(_l("Copies"), [InputRequired(WHOLE)])
    numbers = NumbersField(_l("Copy numbers"), [Optional()])

    def offer(self, starts: Pairs | None, ends: Mapping[str, Pairs] | None) -> None:
        """Offer the places; None takes the field out of the form."""
        if starts is None:
            del self.start
        else:
            self.start.choices = options([*(_CHOOSE if len(starts) != 1 else ()), *starts])
        if ends is None:
            del self.end
        else:
            choices: dict[Any, Pairs] = {None: _CHOOSE, **ends}
            self.end.choices = options(choices)

    def planned(self, act: Act) -> PlannedMove:
        assert self.moved_on.data is not None
        start, end = (self[name].data if name in self else "" for name in ("start", "end"))
        named = self.numbers.data or Numbers() if "numbers" in self else Numbers()
        return PlannedMove(act, self.quantity.data or 0, self.moved_on.data, start, end, self.note.data or "", named)


class CopiesRow(Form):
    material = HiddenField()
    quantity = NumberField(_l("Copies"), [Optional()])
    numbers = NumbersField(_l("Copy numbers"), [Optional()])


class SheetForm(StockForm):
    """Copies of several titles between the same two places; a title without a number stays where it is."""

    row_labels: ClassVar = _ROW_LABELS
    rows = FieldList(FormField(CopiesRow), max_entries=500)

    def filled(self) -> list[CopiesRow]:
        return [row.form for row in self.rows if row.form.quantity.data is not None]


class CountRow(Form):
    material = HiddenField()
    expected = HiddenField()
    counted = NumberField(_l("Counted"), [Optional()])
    note = text(_l("Why it differs"), validators=[Optional(), _LONG])


class CountForm(PortalForm):
    """A stocktake; a title without a number was not counted."""

    row_labels: ClassVar = _ROW_LABELS
    rows = FieldList(FormField(CountRow), max_entries=500)


class PlaceForm(RecordForm):
    region_code = ChoiceField(_l("Region"), choices=[])
    name = Text3Field(_l("Name in Kyrgyz"), _l("Name in Russian"), _l("Name in English"))


class CloseForm(PortalForm):
    closed_on = DayField(_l("Closed since"), [InputRequired(_l("Give the day."))])


SUM = _l("Give a sum such as 350.00.")


class MoneyField(NumberField):
    """A sum in the smallest unit of its currency, typed and shown with two decimals."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = material_rules.parse(typed) if typed else None
        if typed and self.data is None:
            raise ValueError(SUM)

    def shown(self) -> str:
        """Return the sum as it is read, whatever was typed."""
        return "" if self.data is None else material_rules.written(self.data)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.shown()


class MaterialForm(RecordForm):
    title = Text3Field(_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))
    language = ChoiceField(_l("Language"), choices=options([("", _l("Choose")), *choices_of(MaterialLanguage)]))
    edition = text(_l("Edition"))
    year = NumberField(_l("Year"), [Optional()])
    isbn = text("ISBN", validators=[Optional()])
    unit = ChoiceField(_l("Counted by"), choices=options(choices_of(Unit)), default=Unit.COPY.value)
    unit_value = MoneyField(_l("Value of one"), [Optional()])
    currency = ChoiceField(_l("Currency"), choices=options([(code, code) for code in material_rules.CURRENCIES]))
    is_numbered = BooleanField(_l("Each copy has a number"))
    owner_institution_id = ChoiceField(_l("Owner"), [Optional()], choices=[], coerce=lambda value: int(value or 0))

    def offer(self, owners: Any) -> None:
        self.owner_institution_id.choices = options([(0, _l("nobody is named")), *owners])

    def planned(self) -> PlannedMaterial:
        texts = {name: self[name].data or "" for name in ("language", "edition", "unit", "isbn", "currency")}
        return PlannedMaterial(
            title=self.title,
            year=self.year.data,
            owner_institution_id=self.owner_institution_id.data or None,
            unit_value=self.unit_value.data,
            is_numbered=self.is_numbered.data,
            **texts,
        )

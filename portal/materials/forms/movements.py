"""Forms by which copies change place: one title, several titles at once, and a count."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from wtforms import FieldList, Form, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.materials.rules import numbers
from portal.materials.rules.numbers import Numbers
from portal.materials.rules.stock import Act, PlannedMove
from portal.platform.forms import WHOLE, ChoiceField, DayField, NumberField, Pairs, PortalForm, options, problems, text
from portal.platform.wording import _l
from portal.records.rules import YEARS

_MAX_NOTE = 300
_LONG = Length(max=_MAX_NOTE, message=_l("The text is too long: at most %(max)d characters."))
_CHOOSE: Pairs = [("", _l("Choose"))]
_ROWS = {"rows": _l("Line %(number)s")}


class NumbersField(StringField):
    """The numbers of some copies, typed as ranges."""

    data: Numbers  # type: ignore[assignment]  # typed as text, read as numbers

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the typed numbers."""
        self.data = Numbers()
        try:
            self.data = numbers.read(valuelist[0] if valuelist else "")
        except numbers.NumbersUnreadable as unread:
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

    def problems(self) -> list[tuple[str, str]]:
        """Return every error in the order of the form, with the id of its control."""
        return list(problems(self, _ROWS))


class MovementForm(StockForm):
    """Copies of one title from one place to another."""

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

    def ask_why(self) -> None:
        """Say that the note is no longer open."""
        self.note.flags.optional = False

    def planned(self, act: Act) -> PlannedMove:
        """Return what was typed."""
        assert self.moved_on.data is not None
        start, end = (self[name].data if name in self else "" for name in ("start", "end"))
        named = self.numbers.data or Numbers() if "numbers" in self else Numbers()
        return PlannedMove(act, self.quantity.data or 0, self.moved_on.data, start, end, self.note.data or "", named)


class CopiesRow(Form):
    """A title, and how many copies of it."""

    material = HiddenField()
    quantity = NumberField(_l("Copies"), [Optional()])
    numbers = NumbersField(_l("Copy numbers"), [Optional()])


class SheetForm(StockForm):
    """Copies of several titles between the same two places; a title without a number stays where it is."""

    rows = FieldList(FormField(CopiesRow), max_entries=500)

    def filled(self) -> list[CopiesRow]:
        """Return the rows of the titles that move."""
        return [row.form for row in self.rows if row.form.quantity.data is not None]


class CountRow(Form):
    """A title, what should be there, what is there, and why it differs."""

    material = HiddenField()
    expected = HiddenField()
    counted = NumberField(_l("Counted"), [Optional()])
    note = text(_l("Why it differs"), validators=[Optional(), _LONG])


class CountForm(PortalForm):
    """A stocktake; a title without a number was not counted."""

    rows = FieldList(FormField(CountRow), max_entries=500)

    def problems(self) -> list[tuple[str, str]]:
        """Return every error in the order of the form, with the id of its control."""
        return list(problems(self, _ROWS))


def rows_of(balances: Iterable[Any], **columns: str) -> list[dict[str, Any]]:
    """Return the first values of the rows of a sheet or a count."""
    return [{"material": one.material.reference, "expected": one.quantity, **columns} for one in balances]

"""Forms for partial deliveries, returns, the end of an act, and a proxy's letter."""

from typing import ClassVar

from wtforms import FieldList, FormField, RadioField
from wtforms.validators import InputRequired, Length, Optional

from portal.handovers.rules import MAX_ENDING, MAX_TAKER
from portal.materials import rules as material_rules
from portal.materials.models import Material
from portal.materials.serial_numbers import Numbers
from portal.platform.forms import (
    ChoiceField,
    DayField,
    PortalForm,
    Text3Field,
    add_error,
    options,
    paragraph,
    text,
)
from portal.platform.i18n import _l
from portal.stock.forms import CopiesRow
from portal.stock.rules import Act

_LONG = _l("The text is too long: at most %(max)d characters.")
_DAY = InputRequired(_l("Give the day."))
_WHY = InputRequired(_l("Say in a few words why."))
HAPPENED = {
    Act.RETURN.value: _l("They came back into stock"),
    Act.DAMAGE.value: _l("They are damaged"),
    Act.LOSE.value: _l("They are lost"),
}


class CopiesForm(PortalForm):
    row_labels: ClassVar = {"rows": _l("Line %(number)s")}
    rows = FieldList(FormField(CopiesRow), max_entries=material_rules.MOST_LINES)

    def copies(self, titles: dict[str, Material]) -> dict[int, int]:
        """Return the copies that were typed, by title; `titles` are those that can be there, by their references."""
        return {
            titles[row.form.material.data].id: row.form.quantity.data
            for row in self.rows
            if row.form.quantity.data is not None and row.form.material.data in titles
        }

    def numbers(self, titles: dict[str, Material]) -> dict[int, Numbers]:
        """Return the numbers that were typed beside them, by title."""
        typed = ((row.form.material.data, row.form.numbers.data) for row in self.rows)
        return {titles[title].id: some for title, some in typed if some and title in titles}

    def is_beside_row(self, material: Material | None, words: str) -> bool:
        """Say what stands against the copies of a title beside them; False if the title has no row."""
        found = [row.form.quantity for row in self.rows if material and row.form.material.data == material.reference]
        for field in found:
            add_error(field, words)
        return bool(found)


class DeliveryForm(CopiesForm):
    delivered_on = DayField(_l("Day"), [_DAY])
    taken_by = text(
        _l("Who took them"),
        validators=[InputRequired(_l("Say who took the copies.")), Length(max=MAX_TAKER, message=_LONG)],
    )
    paper = text(_l("With which paper"), validators=[Optional(), Length(max=MAX_TAKER, message=_LONG)])


class TakeBackForm(CopiesForm):
    act = RadioField(_l("What happened"), choices=options(HAPPENED.items()), default=Act.RETURN.value)
    end = ChoiceField(_l("Where they are now"), choices=[], validate_choice=False)
    happened_on = DayField(_l("Day"), [_DAY])
    note = text(_l("Why"), validators=[_WHY, Length(max=material_rules.MAX_NOTE, message=_LONG)])


class EndForm(PortalForm):
    ended_on = DayField(_l("Day"), [_DAY])
    reason = Text3Field(_l("Why fewer copies came"), kind=paragraph, validators=[Length(max=MAX_ENDING, message=_LONG)])


class LetterForm(PortalForm):
    number = text(
        _l("№ of the letter"),
        validators=[
            InputRequired(_l("Give the number of the letter.")),
            Length(max=material_rules.MAX_PROXY_NUMBER, message=_LONG),
        ],
    )
    day = DayField(_l("Its date"), [_DAY])

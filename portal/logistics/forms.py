"""The form of payment rates."""

from dataclasses import fields

from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from portal.logistics.rules import MOST_RATE, Rates
from portal.materials import rules as material_rules
from portal.platform.forms import ChoiceField, NumberField, RecordForm, options
from portal.platform.i18n import _l
from portal.stock.forms import MoneyField

_SUM = [InputRequired(_l("Give a sum, 0 if nothing is paid.")), NumberRange(0, MOST_RATE, _l("That is too much."))]
_PERCENT = _l("Give a percentage from %(min)d to %(max)d.")
_GIVEN = InputRequired(_l("Give a percentage."))


class RatesForm(RecordForm):
    """Rates of a day and of travel, and who gets them."""

    day_rate = MoneyField(_l("Rate of a day"), _SUM)
    day_share = NumberField(_l("Share of the rate that is paid, percent"), [_GIVEN, NumberRange(0, 100, _PERCENT)])
    travel = MoneyField(_l("Travel, once"), _SUM)
    currency = ChoiceField(_l("Currency"), choices=options([(code, code) for code in material_rules.CURRENCIES]))
    day_minimum = NumberField(_l("A day counts from, percent of its time"), [_GIVEN, NumberRange(1, 100, _PERCENT)])
    pays_residents = BooleanField(_l("Residents of the venue's region are paid too"))

    def rates(self) -> Rates:
        """Return the rates that were typed."""
        return Rates(**{field.name: self[field.name].data for field in fields(Rates)})

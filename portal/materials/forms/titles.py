"""The form of a title."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField
from wtforms.validators import Optional

from portal.materials.rules import money
from portal.materials.rules.materials import PlannedMaterial, Unit
from portal.platform.forms import ChoiceField, NumberField, RecordForm, Text3Field, options, text
from portal.platform.wording import _l

SUM = _l("Give a sum such as 350.00.")


class MoneyField(NumberField):
    """A sum in the smallest unit of its currency, typed and shown with two decimals."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a typed sum."""
        typed = valuelist[0].strip() if valuelist else ""
        self.data = money.parse(typed) if typed else None
        if typed and self.data is None:
            raise ValueError(SUM)

    def shown(self) -> str:
        """Return the sum as it is read, whatever was typed."""
        return "" if self.data is None else money.written(self.data)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.shown()


class MaterialForm(RecordForm):
    """A title that can be handed over."""

    title = Text3Field(_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))
    language = ChoiceField(_l("Language"), choices=[])
    edition = text(_l("Edition"))
    year = NumberField(_l("Year"), [Optional()])
    isbn = text("ISBN", validators=[Optional()])
    unit = ChoiceField(_l("Counted by"), choices=[], default=Unit.COPY.value)
    unit_value = MoneyField(_l("Value of one"), [Optional()])
    currency = ChoiceField(_l("Currency"), choices=options([(code, code) for code in money.CURRENCIES]))
    is_numbered = BooleanField(_l("Each copy has a number"))
    owner_institution_id = ChoiceField(_l("Owner"), [Optional()], choices=[], coerce=lambda value: int(value or 0))

    def offer(self, languages: Iterable[tuple[str, Any]], units: Iterable[tuple[str, Any]], owners: Any) -> None:
        """Offer what can be chosen."""
        self.language.choices = options([("", _l("Choose")), *languages])
        self.unit.choices = options(list(units))
        self.owner_institution_id.choices = options([(0, _l("nobody is named")), *owners])

    def planned(self) -> PlannedMaterial:
        """Return the title that was typed."""
        return PlannedMaterial(
            titles=self.title,
            language=self.language.data or "",
            edition=self.edition.data or "",
            year=self.year.data,
            unit=self.unit.data,
            isbn=self.isbn.data or "",
            owner_institution_id=self.owner_institution_id.data or None,
            unit_value=self.unit_value.data,
            currency=self.currency.data,
            is_numbered=self.is_numbered.data,
        )

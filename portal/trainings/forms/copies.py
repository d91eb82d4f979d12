"""The form that copies a training: only what must differ."""

from typing import Any

from wtforms.validators import InputRequired

from portal.platform.forms import (
    DAY,
    ChoiceField,
    DayField,
    Pairs,
    PortalForm,
    Text3Field,
    add_error,
    options,
    problems,
)
from portal.platform.wording import _l


class CopyForm(PortalForm):
    """When and where the copy takes place, and what it is called."""

    title = Text3Field(_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))
    starts_on = DayField(_l("First day"), [InputRequired(DAY)])
    region_code = ChoiceField(_l("Region"), [InputRequired(_l("Choose the region."))], choices=[])
    venue_id = ChoiceField(_l("Venue"), choices=[])
    venue_name = Text3Field(_l("Name in Kyrgyz"), _l("Name in Russian"), _l("Name in English"))

    def offer(self, regions: Pairs, venues: Pairs) -> None:
        """Fill in what can be chosen."""
        self.region_code.choices = options(regions)
        self.venue_id.choices = options([("", _l("A new place")), *venues])

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for a venue or the name of a new one."""
        is_valid: bool = super().validate(extra_validators)
        if self.venue_id.data or self.venue_name:
            return is_valid
        add_error(self["venue_name_ru"], _l("Choose a venue, or name the new one in at least one language."))
        return False

    def problems(self) -> list[tuple[str, str]]:
        """Return every error in the order of the form, with the id of its control."""
        return list(problems(self, {}))

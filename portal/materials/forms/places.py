"""The forms of an office in which copies lie."""

from wtforms.validators import InputRequired

from portal.platform.forms import ChoiceField, DayField, PortalForm, RecordForm, text, titles
from portal.platform.texts import Titles
from portal.platform.wording import _l


class PlaceForm(RecordForm):
    """What an office is called, and where it is."""

    region_code = ChoiceField(_l("Region"), choices=[])
    name_ky = text(_l("Name in Kyrgyz"))
    name_ru = text(_l("Name in Russian"))
    name_en = text(_l("Name in English"))

    def names(self) -> Titles:
        """Return the name that was typed."""
        return titles(self, "name")


class CloseForm(PortalForm):
    """Since when nothing lies there any more."""

    closed_on = DayField(_l("Closed since"), [InputRequired(_l("Give the day."))])

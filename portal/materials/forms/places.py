"""The forms of an office in which copies lie."""

from wtforms.validators import InputRequired

from portal.platform.forms import ChoiceField, DayField, PortalForm, RecordForm, Text3Field
from portal.platform.wording import _l


class PlaceForm(RecordForm):
    """What an office is called, and where it is."""

    region_code = ChoiceField(_l("Region"), choices=[])
    name = Text3Field(_l("Name in Kyrgyz"), _l("Name in Russian"), _l("Name in English"))


class CloseForm(PortalForm):
    """Since when nothing lies there any more."""

    closed_on = DayField(_l("Closed since"), [InputRequired(_l("Give the day."))])

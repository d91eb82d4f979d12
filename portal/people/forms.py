"""The forms of acts on one record that was shown."""

from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.platform.forms import DAY, WHOLE, DayField, NumberField, PortalForm
from portal.platform.i18n import _l


class VersionForm(PortalForm):
    """One act on what was shown."""

    version = NumberField(None, [InputRequired(WHOLE)], widget=HiddenInput())


class CloseForm(VersionForm):
    """The day from which an institution takes nobody any more."""

    closed_on = DayField(_l("Closed from"), [InputRequired(DAY)])

"""The forms of the reports."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.platform.forms import PortalForm


class PublishForm(PortalForm):
    """Publish what was looked at: up to which day, and under which number."""

    until = DateField(_l("Trainings that ended by"), validators=[InputRequired(_l("Enter a day."))])
    number = IntegerField(widget=HiddenInput(), validators=[InputRequired()])

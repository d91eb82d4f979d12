"""Forms of the participant's way in: slip and link."""

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.platform.forms import PortalForm
from portal.platform.i18n import _l


class SlipForm(PortalForm):
    """What a printed slip says."""

    reference = StringField(_l("Reference"), [InputRequired(_l("Enter the reference from your slip.")), Length(max=20)])
    pin = StringField(_l("PIN"), [InputRequired(_l("Enter the digits of the PIN from your slip.")), Length(max=12)])


class LinkForm(PortalForm):
    """What a personal link carries behind its #."""

    token = HiddenField(validators=[Length(max=60)])

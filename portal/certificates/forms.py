"""Forms for issuing, reissuing and revoking certificates, and for names as printed."""

from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.platform.forms import PortalForm, paragraph
from portal.platform.i18n import _l

_PART = Length(max=120)


class NamesForm(PortalForm):
    """The printed names in both scripts; `version` says which state of the person the form shows."""

    cyrillic_family = StringField(_l("Family name"), [InputRequired(_l("Enter the family name.")), _PART])
    cyrillic_given = StringField(_l("Given name"), [InputRequired(_l("Enter the given name.")), _PART])
    cyrillic_patronymic = StringField(_l("Patronymic"), [Optional(), _PART])
    latin_family = StringField(_l("Family name"), [Optional(), _PART])
    latin_given = StringField(_l("Given name"), [Optional(), _PART])
    version = IntegerField(widget=HiddenInput())


class ReissueForm(PortalForm):
    """Why a certificate is issued anew."""

    reason = paragraph(_l("Reason"), validators=[DataRequired(_l("Say why it is issued anew.")), Length(max=300)])

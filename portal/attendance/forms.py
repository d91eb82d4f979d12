"""Forms of the roster."""

from wtforms import HiddenField, IntegerField, RadioField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.attendance import rules
from portal.platform.forms import BoxesField, PortalForm, text, visible
from portal.platform.i18n import _l

_AT_MOST = Length(max=rules.MAX_REASON, message=_l("A reason has at most 300 visible characters."))


class MarkForm(PortalForm):
    """The state of one person in one session; `seen` is the last mark that the page showed."""

    state = RadioField(_l("State"), choices=[], validators=[InputRequired(_l("Choose a state."))])
    minutes = IntegerField(
        _l("Minutes"),
        validators=[
            Optional(),
            NumberRange(min=0, message=_l("The minutes must be between 0 and the length of the session.")),
        ],
    )
    reason = text(_l("Reason"), validators=[Optional(), _AT_MOST])
    seen = HiddenField()


class AheadForm(PortalForm):
    reason = text(
        _l("Reason"),
        validators=[DataRequired(_l("Say in at most 300 characters why people are marked ahead.")), _AT_MOST],
    )


class VenueHelperForm(PortalForm):
    name = text(
        _l("Name or post"),
        validators=[
            DataRequired(_l("Write who helps: a name, or a post such as “registration desk”.")),
            Length(max=rules.MAX_HELPER_NAME, message=_l("Write at most 60 characters.")),
            visible,
        ],
    )
    days = BoxesField(_l("Days"), validators=[InputRequired(_l("Choose at least one day."))])


class HelperLinkForm(PortalForm):
    """What a helper's link carries behind its #."""

    token = HiddenField(validators=[Length(max=60)])

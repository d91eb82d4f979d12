"""Forms of the roster."""

from wtforms import HiddenField, IntegerField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.attendance import rules
from portal.platform import texts
from portal.platform.forms import BoxesField, PortalForm, visible
from portal.platform.i18n import _l


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
    reason = StringField(
        _l("Reason"),
        filters=[lambda text: texts.clean(text or "")],
        validators=[
            Optional(),
            Length(max=rules.MAX_REASON, message=_l("A reason has at most 300 visible characters.")),
        ],
    )
    seen = HiddenField()


class AheadForm(PortalForm):
    reason = StringField(
        _l("Reason"),
        filters=[lambda text: texts.clean(text or "")],
        validators=[
            DataRequired(_l("Say in at most 300 characters why people are marked ahead.")),
            Length(max=rules.MAX_REASON, message=_l("A reason has at most 300 visible characters.")),
        ],
    )


class VenueHelperForm(PortalForm):
    name = StringField(
        _l("Name or post"),
        filters=[lambda text: texts.clean(text or "")],
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

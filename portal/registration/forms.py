"""Forms of decisions, confirmation and slips."""

from collections.abc import Iterable

from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.platform.forms import PortalForm, choices_of, options
from portal.platform.i18n import _l
from portal.registration.rules import Cause


class ConfirmForm(PortalForm):
    """One seat; `version` says which state the page showed, `back` where it stood."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    back = HiddenField(validators=[Length(max=500)])


class DecisionForm(PortalForm):
    """A decision other than a seat; its causes depend on `state`."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    state = HiddenField(validators=[InputRequired()])
    cause = SelectField(_l("Reason"), validate_choice=False)
    reason = StringField(
        _l("In your words"), [Optional(), Length(max=300, message=_l("Write at most 300 characters."))]
    )
    said_by = RadioField(_l("Who has said so?"), [Optional()], validate_choice=False)

    def offer(self, causes: Iterable[Cause] = ()) -> "DecisionForm":
        """Offer these reasons; the operation decides whether one is needed."""
        self.cause.choices = options([("", _l("Choose a reason")), *choices_of(causes)])
        self.said_by.choices = options([("participant", _l("the participant")), ("institution", _l("the institution"))])
        return self


class BulkForm(DecisionForm):
    """One act on many registrations, for one reason; `act` is the state that they come into."""

    act = HiddenField(validators=[InputRequired()])
    state = None  # type: ignore[assignment]  # so WTForms leaves out a field of the form above

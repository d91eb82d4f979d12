"""Forms that change, move or cancel a training."""

from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from portal.platform.forms import DAY, ChoiceField, DayField, NumberField, Pairs, PortalForm, options, text
from portal.platform.i18n import _l
from portal.trainings.forms import PlanForm, is_venue_given
from portal.trainings.rules import TrainingState

_REASON = _l("Say why in a few words.")
_MAX_REASON = 500
PAST_IS_MEANT = _l("These days have gone by, and that is meant")
_ENDS = (
    (TrainingState.CANCELLED_BY_ORGANIZER.value, _l("by us, the organizer")),
    (TrainingState.CANCELLED_BY_HOST.value, _l("by the host")),
)


class EndForm(PortalForm):
    """What moving and cancelling ask for: why, and whether people are told at once."""

    version = NumberField(None, [InputRequired(_l("Open the form again."))], widget=HiddenInput())
    reason = text(
        _l("Reason"),
        validators=[InputRequired(_REASON), Length(max=_MAX_REASON, message=_l("At most %(max)d characters, please."))],
    )
    is_telling = BooleanField(_l("Send the mails at once"))


class MoveForm(EndForm):
    """Where the training moves to; its length stays."""

    starts_on = DayField(_l("First day"), [InputRequired(DAY)])
    is_past_meant = BooleanField(PAST_IS_MEANT)
    venue_id = ChoiceField(_l("Venue"), choices=[])

    def offer(self, venues: Pairs) -> None:
        self.venue_id.choices = options(venues)


class CancelForm(EndForm):
    end = RadioField(
        _l("Who cancels it"), choices=options(_ENDS), validators=[InputRequired(_l("Choose who cancels it."))]
    )


class ChangeForm(PlanForm):
    version = NumberField(None, [InputRequired(_l("Open the form again."))], widget=HiddenInput())
    is_past_meant = BooleanField(PAST_IS_MEANT)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        return is_venue_given(self) and is_valid

"""The form that changes a training's plan."""

from typing import Any

from wtforms import BooleanField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.closing.forms.ends import PAST_IS_MEANT
from portal.platform.forms import NumberField
from portal.platform.wording import _l
from portal.trainings.forms.plans import PlanForm, is_venue_given


class ChangeForm(PlanForm):
    """The plan as it stands, with the version that was shown."""

    version = NumberField(None, [InputRequired(_l("Open the form again."))], widget=HiddenInput())
    is_past_meant = BooleanField(PAST_IS_MEANT)

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for a venue as well."""
        is_valid: bool = super().validate(extra_validators)
        return is_venue_given(self) and is_valid

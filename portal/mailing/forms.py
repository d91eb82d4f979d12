"""Forms of mail-outs."""

from wtforms import HiddenField, SelectMultipleField
from wtforms.validators import AnyOf

from portal.platform.forms import PortalForm

ON, OFF = "on", "off"


class SendForm(PortalForm):
    """Who is ticked: the reference of each, and how many mails of this kind the page showed for them."""

    people = SelectMultipleField(validate_choice=False)

    def chosen(self) -> dict[str, int]:
        """Return the ticked references with what was seen of them; what is no reference is left out."""
        pairs = [value.rpartition(".") for value in self.people.data or []]
        return {reference: int(seen) for reference, _dot, seen in pairs if reference and seen.isdecimal()}


class SwitchForm(PortalForm):
    """Whether mails of a kind go by themselves."""

    to = HiddenField(validators=[AnyOf((ON, OFF))])


class ActForm(PortalForm):
    """One act without fields."""

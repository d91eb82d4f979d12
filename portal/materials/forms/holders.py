"""The form of a list of end holders: lines of text, typed or pasted from a table."""

from wtforms import HiddenField, TextAreaField

from portal.platform.forms import PortalForm
from portal.platform.wording import _l


class HoldersForm(PortalForm):
    """The whole list; `mark` is the one of the list that the page showed."""

    holders = TextAreaField(_l("Who keeps them"))
    mark = HiddenField()

"""Forms of an institution's answer to a nomination letter."""

from wtforms import HiddenField

from portal.platform.forms import PortalForm
from portal.registration.forms.nominations import UploadForm


class HandInForm(UploadForm):
    """A list as a file or as pasted text; `seen` says which list waited when the page was shown."""

    seen = HiddenField()


class WithdrawForm(PortalForm):
    """Taking the list back that waits."""

    seen = HiddenField()

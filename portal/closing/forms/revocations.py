"""The forms of revoking by two: checks of shape only."""

from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import HiddenInput

from portal.certificates.operations.wording import REVOKE_CLASSES
from portal.certificates.rules import ASKED_CLASSES
from portal.platform.forms import NumberField, PortalForm, options
from portal.platform.wording import _l

_MAX_REASON = 300


def _trimmed(text: str | None) -> str:
    return " ".join((text or "").split())


class AskForm(PortalForm):
    """Why a certificate should be revoked: a class of the fixed list, and what the second person has to know."""

    revoke_class = RadioField(
        _l("Kind of reason"),
        [DataRequired(_l("Choose a reason from the list."))],
        choices=options([(one.value, REVOKE_CLASSES[one]) for one in ASKED_CLASSES]),
    )
    reason = TextAreaField(
        _l("What the second person has to know"),
        [DataRequired(_l("Say why it is revoked.")), Length(max=_MAX_REASON)],
        filters=[_trimmed],
    )


class DecideForm(PortalForm):
    """A second person's word; `seen` is how many corrections the page showed."""

    seen = NumberField(widget=HiddenInput())


class LeaveForm(PortalForm):
    """Why somebody who completed stays without a certificate."""

    left = TextAreaField(
        _l("Why it stays so"),
        [DataRequired(_l("Say why in a few words.")), Length(max=_MAX_REASON)],
        filters=[_trimmed],
    )


class RefuseForm(PortalForm):
    """Why a certificate stands."""

    refusal = TextAreaField(
        _l("Why it stands"), [DataRequired(_l("Say why in a few words.")), Length(max=_MAX_REASON)], filters=[_trimmed]
    )

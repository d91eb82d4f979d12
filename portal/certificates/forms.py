"""Forms of the name check, of correcting and revoking, of verifying and of the participant's own page."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.platform.forms import PortalForm
from portal.platform.wording import _l

_PART = Length(max=120)


def _trimmed(text: str | None) -> str:
    return " ".join((text or "").split())


class NamesForm(PortalForm):
    """The printed names in both scripts; `version` says which state of the person the form shows."""

    cyrillic_family = StringField(_l("Family name"), [InputRequired(_l("Enter the family name.")), _PART])
    cyrillic_given = StringField(_l("Given name"), [InputRequired(_l("Enter the given name.")), _PART])
    cyrillic_patronymic = StringField(_l("Patronymic"), [Optional(), _PART])
    latin_family = StringField(_l("Family name"), [Optional(), _PART])
    latin_given = StringField(_l("Given name"), [Optional(), _PART])
    version = IntegerField(widget=HiddenInput())


class ActForm(PortalForm):
    """One act in one button."""


class ReissueForm(PortalForm):
    """Why a certificate is issued anew."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(_l("Say why it is issued anew.")), Length(max=300)], filters=[_trimmed]
    )


class VerifyForm(FlaskForm):
    """A typed code or a scanned token, and the name on the paper; it changes nothing, so it may be sent again."""

    code = StringField(_l("Code"), [Optional(), Length(max=40)])
    name = StringField(_l("Full name on the certificate"), [Optional(), Length(max=300)])
    token = HiddenField(validators=[Length(max=40)])


class VerifyFileForm(FlaskForm):
    """The PDF of a certificate; it is judged and not kept, so it may be sent again."""

    file = FileField(_l("PDF file of the certificate"))


class SlipForm(PortalForm):
    """What a printed slip says."""

    reference = StringField(_l("Reference"), [InputRequired(_l("Enter the reference from your slip.")), Length(max=20)])
    pin = StringField(_l("PIN"), [InputRequired(_l("Enter the six digits from your slip.")), Length(max=12)])


class LinkForm(PortalForm):
    """What a personal link carries behind its #."""

    token = HiddenField(validators=[Length(max=60)])

"""Forms for an institution's answer to a call."""

from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from portal.nominations.forms import LINE, SHORT, UploadForm
from portal.platform.forms import PortalForm
from portal.platform.i18n import _l

_LATIN = Regexp(r"[^\u0400-\u052f]*$", message=_l("Write this name with Latin letters."))


class HandInForm(UploadForm):
    """A list as a file or as pasted text; `seen` says which list waited when the page was shown."""

    seen = HiddenField()


class WithdrawForm(PortalForm):
    seen = HiddenField()


class JoinForm(PortalForm):
    family = StringField(_l("Family name"), [InputRequired(_l("Enter your family name.")), SHORT])
    given = StringField(_l("Given name"), [InputRequired(_l("Enter your given name.")), SHORT])
    patronymic = StringField(_l("Patronymic"), [Optional(), SHORT])
    latin_family = StringField(_l("Family name in Latin letters"), [Optional(), SHORT, _LATIN])
    latin_given = StringField(_l("Given name in Latin letters"), [Optional(), SHORT, _LATIN])
    sex = RadioField(_l("Sex"), [InputRequired(_l("Choose one."))])
    institution_code = StringField(
        _l("Code of your institution"), [InputRequired(_l("Enter the code of your institution.")), Length(max=40)]
    )
    post = StringField(_l("Post"), [InputRequired(_l("Enter your post.")), LINE])
    rank = StringField(_l("Rank or class rank"), [Optional(), SHORT])
    region_code = SelectField(_l("Region in which you serve"), [InputRequired(_l("Choose your region."))])
    phone = StringField(_l("Mobile phone"), [InputRequired(_l("Enter your phone.")), Length(max=100)])
    email = StringField(_l("E-mail"), [Optional(), Length(max=300)])
    language = RadioField(_l("In which language shall we write to you?"), [InputRequired(_l("Choose one."))])

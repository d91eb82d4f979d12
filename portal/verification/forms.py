"""Forms for checking a document by number or file."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField
from wtforms.validators import Length, Optional

from portal.platform.i18n import _l


class VerifyForm(FlaskForm):
    """A typed code or a scanned token, and the name on the paper; it changes nothing, so it may be sent again."""

    code = StringField(_l("Code"), [Length(max=40)])
    name = StringField(_l("Full name on the certificate"), [Optional(), Length(max=300)])
    token = HiddenField(validators=[Length(max=40)])


class VerifyFileForm(FlaskForm):
    """The PDF of a certificate; it is judged and not kept, so it may be sent again."""

    file = FileField(_l("PDF file of the certificate"))

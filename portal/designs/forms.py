"""Forms of logos and their positions."""

from flask_wtf.file import FileField
from wtforms import IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.platform.forms import PortalForm, Text3Field
from portal.platform.i18n import _l


class LogoForm(PortalForm):
    """A picture and, in each language, whose logo it is."""

    picture = FileField(_l("Picture: PNG, JPEG or SVG, at most 2 MB"))
    alt = Text3Field(
        _l("Whose logo it is, in Kyrgyz"), _l("Whose logo it is, in Russian"), _l("Whose logo it is, in English")
    )


class PlaceForm(PortalForm):
    """An act on what stands at a place of a row."""

    seen = IntegerField(validators=[InputRequired()], widget=HiddenInput())

"""Forms of people who register themselves, of those who are added by hand, and of the link."""

import re
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.platform.forms import PortalForm
from portal.platform.wording import _l

_NAME = Length(max=120, message=_l("Write at most 120 characters."))
_LINE = Length(max=200, message=_l("Write at most 200 characters."))
_CYRILLIC = re.compile(r"[\u0400-\u052f]")


def _latin_only(_form: Any, field: Any) -> None:
    if _CYRILLIC.search(field.data or ""):
        raise ValidationError(_l("Write this name with Latin letters."))


class JoinForm(PortalForm):
    """Who registers by a training's public link."""

    family = StringField(_l("Family name"), [InputRequired(_l("Enter your family name.")), _NAME])
    given = StringField(_l("Given name"), [InputRequired(_l("Enter your given name.")), _NAME])
    patronymic = StringField(_l("Patronymic"), [Optional(), _NAME])
    latin_family = StringField(_l("Family name in Latin letters"), [Optional(), _NAME, _latin_only])
    latin_given = StringField(_l("Given name in Latin letters"), [Optional(), _NAME, _latin_only])
    sex = RadioField(_l("Sex"), [InputRequired(_l("Choose one."))])
    institution_code = StringField(
        _l("Code of your institution"), [InputRequired(_l("Enter the code of your institution.")), Length(max=40)]
    )
    post = StringField(_l("Post"), [InputRequired(_l("Enter your post.")), _LINE])
    rank = StringField(_l("Rank or class rank"), [Optional(), _NAME])
    region_code = SelectField(_l("Region in which you serve"), [InputRequired(_l("Choose your region."))])
    phone = StringField(_l("Mobile phone"), [InputRequired(_l("Enter your phone.")), Length(max=100)])
    email = StringField(_l("E-mail"), [Optional(), Length(max=300)])
    language = RadioField(_l("In which language shall we write to you?"), [InputRequired(_l("Choose one."))])


class AddForm(PortalForm):
    """Somebody who is added by hand; `person` names one of the directory, whose name is not typed again."""

    person = HiddenField(validators=[Length(max=22)])
    family = StringField(_l("Family name"), [_NAME])
    given = StringField(_l("Given name"), [_NAME])
    patronymic = StringField(_l("Patronymic"), [Optional(), _NAME])
    sex = RadioField(_l("Sex"), [Optional()])
    role = RadioField(_l("Takes part as"), [InputRequired(_l("Choose one."))])
    institution = SelectField(_l("Institution"), [InputRequired(_l("Choose the institution."))])
    region = SelectField(_l("Region"), [Optional()])
    post = StringField(_l("Post"), [Optional(), _LINE])
    rank = StringField(_l("Rank or class rank"), [Optional(), _NAME])
    phone = StringField(_l("Phone"), [Optional(), Length(max=100)])
    email = StringField(_l("E-mail"), [Optional(), Length(max=300)])
    choice = RadioField(_l("Who is this?"), [Optional()], validate_choice=False)


class LinkForm(PortalForm):
    """One act on the public link of a training."""

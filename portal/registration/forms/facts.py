"""The form that corrects what is kept of somebody."""

from wtforms import BooleanField, HiddenField, RadioField, StringField
from wtforms.validators import Length, Optional

from portal.platform.forms import ChoiceField, Pairs, RecordForm, options, text
from portal.platform.languages import NAMES
from portal.platform.wording import _l
from portal.registration.rules.facts import CONTACTS

_NAME = Length(max=120, message=_l("Write at most 120 characters."))
_LINE = Length(max=200, message=_l("Write at most 200 characters."))


class CorrectForm(RecordForm):
    """What is kept of somebody, as at the time of the training and of the person; `back` is the list it came from."""

    back = HiddenField(validators=[Length(max=500)])
    family = text(_l("Family name"), validators=[_NAME])
    given = text(_l("Given name"), validators=[_NAME])
    patronymic = text(_l("Patronymic"), validators=[Optional(), _NAME])
    sex = RadioField(_l("Sex"), [Optional()])
    birth_year = StringField(_l("Year of birth"), [Optional(), Length(max=20)])
    institution = ChoiceField(_l("Institution"))
    region = ChoiceField(_l("Region"), [Optional()])
    post = text(_l("Post"), validators=[Optional(), _LINE])
    rank = text(_l("Rank or class rank"), validators=[Optional(), _NAME])
    phone = text(_l("Phone"), validators=[Optional(), Length(max=100)])
    email = text(_l("E-mail"), validators=[Optional(), Length(max=300)])
    language = ChoiceField(_l("Language of the mails"), [Optional()])
    is_sure = BooleanField(_l("It is right all the same"))

    def offer(self, institutions: Pairs, regions: Pairs) -> None:
        """Fill in what can be chosen."""
        self.sex.choices = options([("F", _l("woman")), ("M", _l("man"))])
        self.institution.choices = options([("", _l("Choose the institution")), *institutions])
        self.region.choices = options([("", _l("not said")), *regions])
        self.language.choices = options([("", _l("not said")), *NAMES.items()])

    def leave(self, *, contacts_only: bool, has_birth_year: bool) -> None:
        """Leave out what cannot be corrected now, and the year of birth where nobody has said it."""
        kept = {"csrf_token", "form_key", "version", "back", "is_sure", *CONTACTS}
        for name in [field.short_name for field in self]:
            if (contacts_only and name not in kept) or (name == "birth_year" and not has_birth_year):
                del self[name]

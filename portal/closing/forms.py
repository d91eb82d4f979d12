"""Forms for closing: reasons, corrections after the lock, revocation by two people."""

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from portal.certificates.rules import ASKED_CLASSES
from portal.closing.rules import MAX_REASON, ReasonInput
from portal.platform.forms import NumberField, PortalForm, choices_of, options, paragraph, text
from portal.platform.i18n import _l

_KIND, _NOTE, _SEEN = "kind-", "note-", "seen-"
MOST = 2_000


class ReasonsForm:
    """One select and one note a row, each named by the registration; and the same for all who are ticked."""

    def __init__(self, sent: Any) -> None:
        self.same = ReasonInput(sent.get("same", ""), sent.get("same_note", ""))
        self.chosen = frozenset(sent.getlist("registration")[:MOST])
        names = [name.removeprefix(_KIND) for name in sent if name.startswith(_KIND)][:MOST]
        self._rows = {
            name: ReasonInput(sent.get(_KIND + name, ""), sent.get(_NOTE + name, ""), sent.get(_SEEN + name, ""))
            for name in names
        }

    def inputs(self) -> Mapping[str, ReasonInput]:
        """Return what each row asks for; a ticked row takes what is chosen for all."""
        if not self.same.choice:
            return self._rows
        return {
            name: ReasonInput(self.same.choice, self.same.note or row.note, row.expected_version)
            if name in self.chosen
            else row
            for name, row in self._rows.items()
        }


class CorrectionForm(PortalForm):
    """Why a finalized training is corrected; `seen` is how many corrections the page showed."""

    seen = IntegerField(widget=HiddenInput())
    reason = paragraph(
        _l("Why is it corrected?"),
        validators=[
            InputRequired(_l("Say why in a few words.")),
            Length(max=MAX_REASON, message=_l("At most %(max)d characters, please.")),
        ],
    )


class CorrectMarkForm(CorrectionForm):
    session = SelectField(_l("Session"))
    state = RadioField(_l("State"), validators=[InputRequired(_l("Choose a state."))])
    minutes = IntegerField(
        _l("Minutes"),
        [
            Optional(),
            NumberRange(min=0, message=_l("The minutes must be between 0 and the length of the session.")),
        ],
    )


class CorrectShortfallForm(CorrectionForm):
    kind = SelectField(_l("Reason for missing"), validate_choice=False)
    note = StringField(_l("Note"), [Optional(), Length(max=300)])


class CorrectFactsForm(CorrectionForm):
    institution = SelectField(_l("Institution"), validators=[Optional()])
    region = SelectField(_l("Region"), validators=[Optional()])
    post = text(_l("Post"), validators=[Optional(), Length(max=200, message=_l("Write at most 200 characters."))])
    rank = text(
        _l("Rank or class rank"), validators=[Optional(), Length(max=120, message=_l("Write at most 120 characters."))]
    )
    sex = RadioField(_l("Sex"), validators=[Optional()])


class CorrectNameForm(CorrectionForm):
    cyrillic_family = StringField(_l("Family name"), [InputRequired(_l("Enter the family name.")), Length(max=120)])
    cyrillic_given = StringField(_l("Given name"), [InputRequired(_l("Enter the given name.")), Length(max=120)])
    cyrillic_patronymic = StringField(_l("Patronymic"), [Optional(), Length(max=120)])
    latin_family = StringField(_l("Family name in Latin letters"), [Optional(), Length(max=120)])
    latin_given = StringField(_l("Given name in Latin letters"), [Optional(), Length(max=120)])
    version = IntegerField(widget=HiddenInput())
    number = HiddenField()


_MAX_REASON = 300
_IN_A_FEW_WORDS = [DataRequired(_l("Say why in a few words.")), Length(max=_MAX_REASON)]


class AskForm(PortalForm):
    """Why a certificate should be revoked: a class of the fixed list, and what the second person has to know."""

    revoke_class = RadioField(
        _l("Kind of reason"),
        [DataRequired(_l("Choose a reason from the list."))],
        choices=options(choices_of(ASKED_CLASSES)),
    )
    reason = paragraph(
        _l("What the second person has to know"),
        validators=[DataRequired(_l("Say why it is revoked.")), Length(max=_MAX_REASON)],
    )


class DecideForm(PortalForm):
    """A second person's word; `seen` is how many corrections the page showed."""

    seen = NumberField(widget=HiddenInput())


class LeaveForm(PortalForm):
    left = paragraph(_l("Why it stays so"), validators=_IN_A_FEW_WORDS)


class RefuseForm(PortalForm):
    refusal = paragraph(_l("Why it stands"), validators=_IN_A_FEW_WORDS)

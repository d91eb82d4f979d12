"""Forms of the name check, of correcting and revoking, of verifying and of the participant's own page."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.certificates.rules import PrintOrder
from portal.platform.forms import PortalForm, options
from portal.platform.wording import _l

_PART = Length(max=120)
_SEAT, _SEAT_DIGITS, _MOST_SEATS = "seat-", 4, 2_000


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


class OrderForm(PortalForm):
    """In which order papers lie; the seats are one field for each person, `seat-REFERENCE`."""

    print_order = RadioField(
        _l("Order"),
        [DataRequired(_l("Choose an order."))],
        choices=options(
            [
                (PrintOrder.NAME.value, _l("by names, in Kyrgyz order")),
                (PrintOrder.INSTITUTION.value, _l("by institution, then rank, then name")),
                (PrintOrder.SEAT.value, _l("by seat")),
            ]
        ),
    )
    version = IntegerField(widget=HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed: dict[str, str] = {}
        self.seats: dict[str, int] = {}
        self.faults: dict[str, Any] = {}

    def read_seats(self, sent: Mapping[str, str]) -> None:
        """Take the seats as they were typed; an empty one is none."""
        for name in [one for one in sent if one.startswith(_SEAT)][:_MOST_SEATS]:
            typed, reference = sent[name].strip(), name.removeprefix(_SEAT)
            self.typed[reference] = typed[:_SEAT_DIGITS]
            if typed.isascii() and typed.isdecimal() and len(typed) <= _SEAT_DIGITS and int(typed):
                self.seats[reference] = int(typed)
            elif typed:
                self.faults[name] = _l("Give a whole number from 1 to 9999.")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Look at the order and at the seats."""
        is_right = super().validate(*args, **kwargs)
        if self.faults:
            self.form_errors.append(_l("A seat is a whole number from 1 to 9999."))
        return is_right and not self.faults


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

"""Forms of the name check, of correcting and revoking, of verifying and of the participant's own page."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.certificates.rules import PrintOrder
from portal.platform.forms import ChoiceField, Pairs, PortalForm, RecordForm, Text3Field, options, paragraph, titles
from portal.platform.wording import _l
from portal.trainings.rules.designs import TEMPLATE_TEXTS, LogoPlace, PlannedTemplate

_PART = Length(max=120)
_SEAT, _SEAT_DIGITS, _MOST_SEATS = "seat-", 4, 2_000
_SIGNATORIES = (
    ("0", _l("as many as the project names")),
    ("1", _l("one")),
    ("2", _l("two")),
    ("3", _l("three")),
)
_PLACES = (
    (LogoPlace.TOP.value, _l("in one row at the top")),
    (LogoPlace.SIDES.value, _l("beside the heading, two at most; more stand at the top")),
    (LogoPlace.NONE.value, _l("none on this certificate")),
)


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

    code = StringField(_l("Code"), [Length(max=40)])
    name = StringField(_l("Full name on the certificate"), [Optional(), Length(max=300)])
    token = HiddenField(validators=[Length(max=40)])


class VerifyFileForm(FlaskForm):
    """The PDF of a certificate; it is judged and not kept, so it may be sent again."""

    file = FileField(_l("PDF file of the certificate"))


class SlipForm(PortalForm):
    """What a printed slip says."""

    reference = StringField(_l("Reference"), [InputRequired(_l("Enter the reference from your slip.")), Length(max=20)])
    pin = StringField(_l("PIN"), [InputRequired(_l("Enter the digits of the PIN from your slip.")), Length(max=12)])


class LinkForm(PortalForm):
    """What a personal link carries behind its #."""

    token = HiddenField(validators=[Length(max=60)])


class TemplateForm(RecordForm):
    """How certificates look and what they say; course and project are chosen once."""

    project_id = ChoiceField(_l("Project"), choices=[])
    course_id = ChoiceField(_l("Course"), choices=[])
    signatories = ChoiceField(_l("Lines for signing"), choices=options(_SIGNATORIES), default="0")
    logos_at = ChoiceField(_l("Logos of the project"), choices=options(_PLACES), default=LogoPlace.TOP.value)
    completion = Text3Field(
        _l("Words of completion in Kyrgyz"), _l("Words of completion in Russian"), _l("Words of completion in English")
    )
    attendance = Text3Field(
        _l("Words of attendance in Kyrgyz"), _l("Words of attendance in Russian"), _l("Words of attendance in English")
    )
    facilitator = Text3Field(
        _l("Words for facilitators in Kyrgyz"),
        _l("Words for facilitators in Russian"),
        _l("Words for facilitators in English"),
    )
    line = Text3Field(
        _l("Line under the title in Kyrgyz"),
        _l("Line under the title in Russian"),
        _l("Line under the title in English"),
    )
    acknowledgement = Text3Field(
        _l("Acknowledgement in Kyrgyz"),
        _l("Acknowledgement in Russian"),
        _l("Acknowledgement in English"),
        kind=paragraph,
    )
    disclaimer = Text3Field(
        _l("Disclaimer in Kyrgyz"), _l("Disclaimer in Russian"), _l("Disclaimer in English"), kind=paragraph
    )

    def offer(self, projects: Pairs, courses: Pairs) -> None:
        """Fill in what can be chosen."""
        self.project_id.choices = options([("", _l("any project")), *projects])
        self.course_id.choices = options([("", _l("any course")), *courses])

    def planned(self) -> PlannedTemplate:
        """Return the template that was typed."""
        return PlannedTemplate(
            texts={name: titles(self, name) for name in TEMPLATE_TEXTS},
            signatories=int(self.signatories.data or 0),
            logos_at=LogoPlace(self.logos_at.data),
        )


class LogoForm(PortalForm):
    """A picture and, in each language, whose logo it is."""

    picture = FileField(_l("Picture: PNG, JPEG or SVG, at most 2 MB"))
    alt = Text3Field(
        _l("Whose logo it is, in Kyrgyz"), _l("Whose logo it is, in Russian"), _l("Whose logo it is, in English")
    )


class PlaceForm(PortalForm):
    """An act on what stands at a place of a row."""

    seen = IntegerField(validators=[InputRequired()], widget=HiddenInput())

"""Forms of templates, logos and their positions."""

from flask_wtf.file import FileField
from wtforms import IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.certificates.rules import TEMPLATE_TEXTS, LogoPlace, PlannedTemplate
from portal.platform.forms import ChoiceField, Pairs, PortalForm, RecordForm, Text3Field, options, paragraph, titles
from portal.platform.i18n import _l

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

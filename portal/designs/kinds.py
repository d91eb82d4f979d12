"""Fields and checks of certificate templates."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any

from portal.catalog import queries as catalog
from portal.catalog.models import Course, Project
from portal.certificates import documents
from portal.certificates.models import CertificateTemplate
from portal.certificates.rules import DesignFault, LogoPlace
from portal.platform.errors import FieldsRefused
from portal.platform.forms import ChoiceField, Pairs, options, paragraph
from portal.platform.i18n import _l, text_of
from portal.printing import slots
from portal.records.fields import Asking, Choice, Field, Kind, Reference, Text3, Values
from portal.records.rules import RecordFault

_SIGNING = {0: _l("as many as the project names"), 1: _l("one"), 2: _l("two"), 3: _l("three")}
_KIND, _LINE = ("certificate.kind",), ("certificate.line",)
_ACKNOWLEDGEMENT, _DISCLAIMER = ("certificate.acknowledgement",), ("certificate.disclaimer",)


class TemplateRefused(FieldsRefused):
    """Refuse a template or a logo with everything that stands against it."""


@dataclass(frozen=True)
class HoldsFor(Reference):
    """The project or course that a template holds for, chosen once."""

    _: KW_ONLY
    is_fixed: bool = True
    is_number: bool = True

    def shown(self, record: Any) -> Any:
        value = self.of(record)
        return called(self.find(value)) if value else self.nothing


@dataclass(frozen=True)
class Signing(Field):
    _: KW_ONLY
    empty: Any = 0

    def inputs(self) -> dict[str, Any]:
        choices = options([(str(number), words) for number, words in _SIGNING.items()])
        return {self.name: ChoiceField(self.label, choices=choices, default="0")}

    def filled(self, record: Any) -> dict[str, Any]:
        return {self.name: str(self.of(record))}

    def typed(self, form: Any) -> int:
        return int(form[self.name].data or 0)

    def shown(self, record: Any) -> Any:
        return _SIGNING[self.of(record)]


@dataclass(frozen=True)
class Words(Text3):
    """A text of the paper; of the words for a kind, the built-in ones are shown where it has none."""

    def facts(self, record: Any) -> list[tuple[Any, ...]]:
        own = self.of(record)
        printed = documents.worded(self.name, own) if self.name in documents.WORDINGS else own
        return [(self.label, printed)] if printed else []


def called(row: Course | Project) -> str:
    return f"{row.code}. {text_of(row, 'title')}"


def _offered_projects(_asking: Asking) -> Pairs:
    return [(str(one.id), called(one)) for one in catalog.list_projects()]


def _offered_courses(_asking: Asking) -> Pairs:
    return [(str(one.id), called(one)) for one in catalog.list_courses()]


def _ensure_scope(values: Values) -> Iterator[RecordFault]:
    if "course_id" in values and values["course_id"] is None and values["project_id"] is None:
        yield RecordFault(DesignFault.SCOPE_MISSING, "project_id")


TEXTS = (
    Words(
        "completion",
        _l("Words of completion"),
        (
            _l("Words of completion in Kyrgyz"),
            _l("Words of completion in Russian"),
            _l("Words of completion in English"),
        ),
        120,
        prints=_KIND,
    ),
    Words(
        "attendance",
        _l("Words of attendance"),
        (
            _l("Words of attendance in Kyrgyz"),
            _l("Words of attendance in Russian"),
            _l("Words of attendance in English"),
        ),
        120,
        prints=_KIND,
    ),
    Words(
        "facilitator",
        _l("Words for facilitators"),
        (
            _l("Words for facilitators in Kyrgyz"),
            _l("Words for facilitators in Russian"),
            _l("Words for facilitators in English"),
        ),
        120,
        prints=_KIND,
    ),
    Words(
        "line",
        _l("Line under the title"),
        (
            _l("Line under the title in Kyrgyz"),
            _l("Line under the title in Russian"),
            _l("Line under the title in English"),
        ),
        120,
        prints=_LINE,
    ),
    Words(
        "acknowledgement",
        _l("Acknowledgement"),
        (_l("Acknowledgement in Kyrgyz"), _l("Acknowledgement in Russian"), _l("Acknowledgement in English")),
        500,
        control=paragraph,
        prints=_ACKNOWLEDGEMENT,
    ),
    Words(
        "disclaimer",
        _l("Disclaimer"),
        (_l("Disclaimer in Kyrgyz"), _l("Disclaimer in Russian"), _l("Disclaimer in English")),
        300,
        control=paragraph,
        prints=_DISCLAIMER,
    ),
)
LETTERS = {one.name: slots.usual_letters(one.prints) for one in TEXTS}
TEMPLATES = Kind(
    CertificateTemplate,
    [
        HoldsFor(
            "project_id", _l("Project"), "project", _offered_projects, catalog.get_project, nothing=_l("any project")
        ),
        HoldsFor("course_id", _l("Course"), "course", _offered_courses, catalog.get_course, nothing=_l("any course")),
        Signing("signatories", _l("Lines for signing")),
        Choice("logos_at", _l("Logos of the project"), LogoPlace, empty=LogoPlace.TOP.value),
        *TEXTS,
    ],
    added="certificates.template_added",
    changed="certificates.template_changed",
    judge=_ensure_scope,
    refused=TemplateRefused,
)

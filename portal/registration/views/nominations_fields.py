"""The form that mends a row: which fields it has, what they show, and which cells follow from what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.access.policy import Actor
from portal.people import queries as people
from portal.people.models import Institution, Person, Region
from portal.platform import clock
from portal.platform.forms import PortalForm
from portal.platform.languages import text_of
from portal.platform.wording import _l
from portal.registration.forms.nominations import AS_WRITTEN, NOT_SAID, Choices, RowForm, row_form
from portal.registration.models import NominationRow
from portal.registration.operations import imports
from portal.registration.operations.wording import COLUMNS, problem_text
from portal.registration.queries import nominations as queries
from portal.registration.rules.columns import Column
from portal.registration.rules.columns import Mapping as ColumnMapping
from portal.registration.rules.judgement import Nominee
from portal.registration.rules.outcomes import DOUBTS
from portal.registration.rules.problems import Problem
from portal.registration.rules.states import RegistrationRole
from portal.registration.views.nominations_rows import problem_column, visible

# How a choice is written into the cell: as a list would write it.
_SEX_WORDS = {"M": "м", "F": "ж"}
_ROLE_WORDS = {
    RegistrationRole.PARTICIPANT.value: "основной",
    RegistrationRole.ALTERNATE.value: "резерв",
    RegistrationRole.FACILITATOR.value: "фасилитатор",
    RegistrationRole.GUEST.value: "гость",
}
_ROLES = {
    RegistrationRole.PARTICIPANT.value: _l("participant"),
    RegistrationRole.ALTERNATE.value: _l("alternate"),
    RegistrationRole.FACILITATOR.value: _l("facilitator"),
    RegistrationRole.GUEST.value: _l("guest"),
}
_CHOSEN = (Column.SEX, Column.INSTITUTION, Column.REGION, Column.ROLE)


@dataclass(frozen=True)
class RowFields:
    """A row with its columns, its problems and the places that can be chosen."""

    row: NominationRow
    mapping: ColumnMapping
    problems: tuple[Problem, ...]
    places: Mapping[Column, Mapping[str, Institution | Region]]
    people: tuple[Person, ...]

    def form(self, sent: Any = None) -> RowForm:
        """Return the form with what the row says, or with what was sent."""
        columns = {column: COLUMNS[column] for column in Column if column in self.mapping.columns}
        columns.pop(Column.NUMBER, None)
        choices = {column: self._choices(column) for column in _CHOSEN if column in columns}
        shown = {column.value: self.shown(column) for column in columns}
        made = row_form(columns, choices, self._people())
        form = made(sent, **shown, seen=imports.row_stamp(self.row), choice=self.row.choice)
        for field in form:
            field.id = f"row-{self.row.number}-{field.name}"
        return form

    def explain(self, form: PortalForm) -> None:
        """Put what is wrong beside the fields; a warning is a hint."""
        names = {place.code: text_of(place, "name") for place in people.list_places()}
        for problem in self.problems:
            column = problem_column(problem, self.mapping.columns)
            if column is None or column.value not in form:
                continue
            field, text = form[column.value], problem_text(problem, names)
            if problem.is_warning:
                field.description = text
            else:
                field.errors = [*field.errors, text]

    def tell_present(self, form: PortalForm) -> None:
        """Say beside each field that differs what stands in the row now."""
        for column in self.mapping.columns:
            if column.value in form and form[column.value].data != self.shown(column):
                present = self.mapping.cell(self.row.cells, column)
                form[column.value].description = _("Now stands here: “%(text)s”", text=present)

    def cells(self, form: PortalForm) -> dict[Column, str]:
        """Return the cells that were changed, as they are written into the row."""
        sent = {column: form[column.value].data for column in self.mapping.columns if column.value in form}
        return {column: self._written(column, value) for column, value in sent.items() if value != self.shown(column)}

    def shown(self, column: Column) -> str:
        """Return what the field of a column shows at first."""
        cell = self.mapping.cell(self.row.cells, column)
        if column not in _CHOSEN:
            return cell
        is_refused = any(problem.column is column and not problem.is_warning for problem in self.problems)
        understood: str | None = getattr(Nominee.from_dict(self.row.values), column.value)
        if is_refused or not understood:
            return AS_WRITTEN if is_refused or cell.strip() else NOT_SAID
        return understood

    def _choices(self, column: Column) -> Choices:
        kept = [(AS_WRITTEN, self._as_written(column))] if self.shown(column) == AS_WRITTEN else []
        if column is Column.SEX:
            return [*kept, ("F", _("woman")), ("M", _("man")), (NOT_SAID, _("not said"))]
        if column is Column.ROLE:
            return [*kept, *_ROLES.items()]
        places = {code: text_of(place, "name") for code, place in self.places[column].items()}
        unsaid = [(NOT_SAID, _("not said"))] if column is Column.REGION else []
        near = [
            (code, places[code]) for problem in self.problems for code in _offers(problem, column) if code in places
        ]
        if not near:
            return [*kept, *places.items(), *unsaid]
        return {_("In the file"): kept, _("Nearest"): near, _("All"): [*places.items(), *unsaid]}

    def _as_written(self, column: Column) -> str:
        cell = self.mapping.cell(self.row.cells, column).strip()
        return _("as in the file: “%(text)s”", text=cell) if cell else _("choose")

    def _people(self) -> Choices:
        if not self.people:
            return []
        known = [(person.reference, _called(person)) for person in self.people]
        return [*known, ("", _("Another person, not known yet"))]

    def _written(self, column: Column, value: str) -> str:
        if value == AS_WRITTEN:
            return self.mapping.cell(self.row.cells, column)
        if value == NOT_SAID and column in _CHOSEN:
            return ""
        if column in self.places:
            return self.places[column][value].name_ru
        words = {Column.SEX: _SEX_WORDS, Column.ROLE: _ROLE_WORDS}.get(column, {})
        return words.get(value, value)


def fields_of(row: NominationRow, actor: Actor) -> RowFields:
    """Return what the form of a row needs; only persons whom the actor reaches are offered as the one meant."""
    problems = tuple(map(Problem.from_dict, row.problems))
    doubted = [each for problem in problems if problem.code in DOUBTS for each in problem.args["people"]]
    references = {*doubted, *([row.choice] if row.choice else [])}
    return RowFields(
        row,
        imports.get_mapping(row.nomination_list),
        problems,
        {
            Column.INSTITUTION: {place.code: place for place in people.list_offered_institutions(clock.today())},
            Column.REGION: {place.code: place for place in people.list_regions()},
        },
        tuple(visible(queries.list_people(references), actor)),
    )


def _offers(problem: Problem, column: Column) -> list[str]:
    return list(problem.args.get("offers", ())) if problem.column is column else []


def _called(person: Person) -> str:
    """Return a person's name with what tells namesakes apart."""
    known = [text_of(person.institution, "name") if person.institution else "", person.post]
    known += [text_of(person.region, "name") if person.region else "", str(person.birth_year or "")]
    return ", ".join(part for part in (person.full_name, *known) if part)

"""Rows of a list on the page, and the form that fixes one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask_babel import gettext as _

from portal.access import policy
from portal.access.policy import Actor, Scope
from portal.list_reader.columns import NAME_COLUMNS, Column
from portal.list_reader.decisions import DOUBTS, Doubt, Outcome
from portal.list_reader.nominee import Nominee
from portal.list_reader.problems import Problem
from portal.list_reader.rows import RowKind
from portal.nominations import operations, queries
from portal.nominations.forms import AS_WRITTEN, NOT_SAID, Choices, RowForm, row_form
from portal.nominations.models import NominationRow
from portal.nominations.summary import problem_text, repetition_text
from portal.people import queries as people_queries
from portal.people.models import Institution, Person, Region
from portal.people.rules import Sex
from portal.platform import clock
from portal.platform.forms import PortalForm, choices_of
from portal.platform.i18n import _l, label, text_of
from portal.platform.paging import Page
from portal.registration.rules import RegistrationRole
from portal.trainings.models import Training

# The columns of the preview, each with the columns of the file whose values and problems it shows.
GROUPS: Mapping[str, tuple[Any, tuple[Column, ...]]] = {
    "name": (
        _l("Name"),
        (*(column for column in Column if column in NAME_COLUMNS), Column.ROLE, Column.SEX, Column.BIRTH_YEAR),
    ),
    "work": (_l("Institution, post"), (Column.INSTITUTION, Column.POST, Column.RANK)),
    "region": (_l("Region"), (Column.REGION,)),
    "contact": (_l("Phone, e-mail"), (Column.PHONE, Column.EMAIL)),
}
# What stands small under the first value of its cell.
_SMALL = frozenset({Column.SEX, Column.BIRTH_YEAR, Column.POST, Column.RANK})


class Value(NamedTuple):
    """One value of a cell; `is_bad` shows it as it was written."""

    column: Column
    text: str
    is_bad: bool


class Cell(NamedTuple):
    key: str
    large: list[Value]
    small: list[Value]  # what stands under the others
    problems: list[tuple[str, bool]]  # each with whether it only warns
    changes: list[dict[str, Any]]  # each names itself in the form by its `key`


@dataclass(frozen=True)
class RowView:
    """One row of the preview. A row that speaks of nobody has `words` instead of cells."""

    row: NominationRow
    nominee: Nominee | None = None
    cells: Sequence[Cell] = ()
    words: str = ""
    what: str = ""
    repeats: str = ""
    known_as: Person | None = None
    is_registered: bool = False

    @property
    def shown_changes(self) -> str:
        """Return the facts of the row that a page offers to take over, as its form names them."""
        facts = [change["key"].partition(":")[2] for cell in self.cells for change in cell.changes]
        return f"{self.row.number}:{','.join(facts)}" if facts else ""


class Preview:
    """Put the rows of one page into words; whom they repeat and mean, as far as the actor may see it, is read once."""

    def __init__(
        self,
        page: Page[NominationRow],
        training: Training,
        columns: Collection[Column],
        places: Mapping[str, str],
        actor: Actor,
    ) -> None:
        person_ids = {row.person_id for row in page.items if row.person_id is not None and row.kind == Outcome.KNOWN}
        self.groups = [  # the columns that the file has, and always the name
            (key, words)
            for key, (words, of_group) in GROUPS.items()
            if key in ("name", "work") or set(of_group) & set(columns)
        ]
        self._places = places
        self._kept = queries.list_kept(page)
        self._known = {person.id: person for person in visible(queries.list_people(ids=person_ids), actor)}
        self._registered = queries.list_registered(training.id, person_ids)

    def view(self, row: NominationRow) -> RowView:
        if row.kind in (Outcome.HEADER, Outcome.IGNORED):
            kind = row.values.get("row_kind")
            words = " · ".join(cell for cell in row.cells if cell.strip())
            return RowView(row, words=words, what=label(RowKind(kind)) if kind else "")
        nominee, problems = Nominee(**row.values), [Problem.from_dict(stored) for stored in row.problems]
        kept = self._kept.get(row.duplicate_of or 0)
        kept_name = Nominee(**kept.values).full_name if kept and "family" in kept.values else ""
        is_known = row.kind == Outcome.KNOWN
        return RowView(
            row,
            nominee,
            cells=[self._cell(key, row, nominee, problems) for key, _words in self.groups],
            repeats=repetition_text(row.duplicate_of, kept_name) if row.duplicate_of else "",
            known_as=self._known.get(row.person_id or 0) if is_known else None,
            is_registered=is_known and row.person_id in self._registered and row.registration_id is None,
        )

    def _cell(self, key: str, row: NominationRow, nominee: Nominee, problems: Sequence[Problem]) -> Cell:
        columns = GROUPS[key][1]
        own = [problem for problem in problems if problem.column in columns]
        refused = {problem.column: problem.value for problem in own if not problem.is_warning}
        values = [
            Value(column, refused.get(column, self._text(column, getattr(nominee, column))), column in refused)
            for column in columns
            if column not in NAME_COLUMNS and column is not Column.ROLE
        ]
        return Cell(
            key,
            large=[value for value in values if value.text and value.column not in _SMALL],
            small=[value for value in values if value.text and value.column in _SMALL],
            problems=[(problem_text(problem, self._places), problem.is_warning) for problem in own],
            changes=[
                {
                    **change,
                    "key": f"{row.number}:{fact}",
                    "fact": label(Column(fact)),
                    "before": self._text(Column(fact), change["before"]),
                    "doubt": label(Doubt(change["doubt"])) if change["doubt"] else "",
                }
                for fact, change in (row.changes or {}).items()
                if fact in columns
            ],
        )

    def _text(self, column: Column, value: Any) -> str:
        if column in (Column.INSTITUTION, Column.REGION):
            return self._places.get(value, value)
        if column is Column.SEX:
            return label(Sex(value)) if value else ""
        return str(value) if value is not None else ""


def visible(people: Sequence[Person], actor: Actor) -> list[Person]:
    """Return those persons whom the actor reaches, by where they serve or by a training that they were in."""
    worked = queries.list_regions_of_work([person.id for person in people])
    scopes = {person.id: [person.scope] for person in people}
    for person_id, region in worked:
        scopes[person_id].append(Scope(region=region))
    return [person for person in people if any(policy.reaches(actor, scope) for scope in scopes[person.id])]


# How a choice is written into the cell: as a list would write it.
_WORDS: Mapping[Column, Mapping[str, str]] = {
    Column.SEX: {"M": "м", "F": "ж"},
    Column.ROLE: {
        RegistrationRole.PARTICIPANT: "основной",
        RegistrationRole.ALTERNATE: "резерв",
        RegistrationRole.FACILITATOR: "фасилитатор",
        RegistrationRole.GUEST: "гость",
    },
}
_CHOSEN = (Column.SEX, Column.INSTITUTION, Column.REGION, Column.ROLE)


class Places:
    """Places with their names in the language of the page; what is closed is not offered, but for the ids `kept`."""

    def __init__(self, kept: Collection[int] = ()) -> None:
        every, today = people_queries.list_institutions(), clock.today()
        institutions = {one.code: one for one in every if one.id in kept or not one.is_closed(today)}
        regions = {one.code: one for one in people_queries.list_regions()}
        named: list[Institution | Region] = [*every, *regions.values()]
        self.names = {one.code: text_of(one, "name") for one in named}
        self.offered: Mapping[str, Mapping[str, Institution | Region]] = {
            Column.INSTITUTION: institutions,
            Column.REGION: regions,
        }

    def choices(self, column: Column) -> list[tuple[str | int, Any]]:
        return [(code, self.names[code]) for code in self.offered[column]]

    def word(self, column: Column, code: str) -> str:
        """Return how a list would write a place, so that it is read as this place."""
        return self.offered[column][code].name.ru


class RowFields:
    """What the form of a row needs; only persons whom the actor reaches are offered as the one meant."""

    def __init__(self, row: NominationRow, actor: Actor) -> None:
        self.row, self.mapping, self.places = row, queries.get_mapping(row.nomination_list), Places()
        self.problems = tuple(map(Problem.from_dict, row.problems))
        doubted = [each for problem in self.problems if problem.code in DOUBTS for each in problem.args["people"]]
        references = {*doubted, *([row.choice] if row.choice else [])}
        self.people = visible(queries.list_people(references), actor)

    def form(self, sent: Any = None) -> RowForm:
        read: list[Column] = [
            column for column in Column if column in self.mapping.columns and column is not Column.NUMBER
        ]
        columns = {column: label(column) for column in read}
        choices = {column: self._choices(column) for column in _CHOSEN if column in columns}
        shown = {column.value: self.shown(column) for column in columns}
        people: Choices = [(person.reference, _called(person)) for person in self.people]
        made = row_form(columns, choices, [*people, ("", _("Another person, not known yet"))] if people else [])
        form = made(sent, **shown, seen=operations.row_version(self.row), choice=self.row.choice)
        for field in form:
            field.id = f"row-{self.row.number}-{field.name}"
        return form

    def explain(self, form: PortalForm) -> None:
        """Put what is wrong beside the fields; a warning is a hint."""
        named = next((column for column in Column if column in NAME_COLUMNS and column in self.mapping.columns), None)
        for problem in self.problems:
            column = problem.column
            if column in NAME_COLUMNS and column not in self.mapping.columns:
                column = named  # What is wrong with a name stands beside the column that has it.
            if column is None or column.value not in form:
                continue
            field, text = form[column.value], problem_text(problem, self.places.names)
            if problem.is_warning:
                field.description = text
            else:
                field.errors = [*field.errors, text]

    def show_present(self, form: PortalForm) -> None:
        """Say beside each field that differs what stands in the row now."""
        for column in self.mapping.columns:
            if column.value in form and form[column.value].data != self.shown(column):
                present = self.mapping.cell(self.row.cells, column)
                form[column.value].description = _("Now stands here: “%(text)s”", text=present)

    def cells(self, form: PortalForm) -> dict[Column, str]:
        sent = {column: form[column.value].data for column in self.mapping.columns if column.value in form}
        return {column: self._written(column, value) for column, value in sent.items() if value != self.shown(column)}

    def shown(self, column: Column) -> str:
        """Return what the field of a column shows at first."""
        cell = self.mapping.cell(self.row.cells, column)
        if column not in _CHOSEN:
            return cell
        is_refused = any(problem.column is column and not problem.is_warning for problem in self.problems)
        understood: str | None = getattr(Nominee(**self.row.values), column.value)
        if is_refused or not understood:
            return AS_WRITTEN if is_refused or cell.strip() else NOT_SAID
        return understood

    def _choices(self, column: Column) -> Choices:
        cell = self.mapping.cell(self.row.cells, column).strip()
        as_written = _("as in the file: “%(text)s”", text=cell) if cell else _("choose")
        kept = [(AS_WRITTEN, as_written)] if self.shown(column) == AS_WRITTEN else []
        if column is Column.SEX:
            return [*kept, *choices_of(Sex), (NOT_SAID, _("not said"))]
        if column is Column.ROLE:
            return [*kept, *choices_of(RegistrationRole)]
        every = self.places.choices(column) + ([(NOT_SAID, _("not said"))] if column is Column.REGION else [])
        nearest = [code for one in self.problems if one.column is column for code in one.args.get("offers", ())]
        near = [(code, self.places.names[code]) for code in nearest if code in self.places.offered[column]]
        return {_("In the file"): kept, _("Nearest"): near, _("All"): every} if near else [*kept, *every]

    def _written(self, column: Column, value: str) -> str:
        if value == AS_WRITTEN:
            return self.mapping.cell(self.row.cells, column)
        if value == NOT_SAID and column in _CHOSEN:
            return ""
        if column in self.places.offered:
            return self.places.word(column, value)
        words = _WORDS.get(column, {})
        return words.get(value, value)


def _called(person: Person) -> str:
    """Return a person's name with what tells namesakes apart."""
    known = [text_of(person.institution, "name") if person.institution else "", person.post]
    known += [text_of(person.region, "name") if person.region else "", str(person.birth_year or "")]
    return ", ".join(part for part in (person.full_name, *known) if part)

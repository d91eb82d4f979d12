"""Rows of a list on the page, and the form that fixes one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.access import policy
from portal.access.policy import Actor, Scope
from portal.list_reader.columns import NAME_COLUMNS, Column, ColumnMapping
from portal.list_reader.decisions import DOUBTS, Outcome
from portal.list_reader.differences import Doubt
from portal.list_reader.nominee import Nominee
from portal.list_reader.problems import Problem
from portal.list_reader.rows import RowKind
from portal.nominations import operations, queries
from portal.nominations.forms import AS_WRITTEN, NOT_SAID, Choices, RowForm, row_form
from portal.nominations.models import NominationRow
from portal.nominations.summary import get_places, repetition_text
from portal.nominations.wording import COLUMNS, IGNORED, problem_text
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
_DOUBTS = {
    Doubt.NAME: _l("Taken over only if you tick it."),
    Doubt.SOMEBODY_ELSE: _l("Somebody else is known by this: taken over only if you tick it."),
}


@dataclass(frozen=True)
class Fault:
    """One problem in words."""

    text: str
    is_warning: bool


@dataclass(frozen=True)
class Value:
    """One value of a cell; `is_bad` shows it as it was written."""

    column: Column
    text: str
    is_bad: bool = False

    @property
    def is_small(self) -> bool:
        """Tell whether the value stands small under the first one."""
        return self.column in _SMALL


@dataclass(frozen=True)
class Change:
    """A fact that the row says otherwise than it is kept; `key` names it in the form."""

    key: str
    fact: str
    before: str
    is_taken: bool
    doubt: Any = ""


@dataclass(frozen=True)
class Cell:
    """One cell of the preview."""

    key: str
    label: Any
    values: tuple[Value, ...] = ()
    faults: tuple[Fault, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class RowView:
    """One row of the preview. A row that speaks of nobody has `words` instead of cells."""

    row: NominationRow
    cells: tuple[Cell, ...] = ()
    nominee: Nominee | None = None
    words: str = ""
    what: Any = ""
    repeats: str = ""
    known_as: Person | None = None
    is_registered: bool = False

    @property
    def number(self) -> int:
        """Return the number of the row in the file."""
        return self.row.number

    @property
    def shown_changes(self) -> str:
        """Return the facts of the row that a page offers to take over, as its form names them."""
        facts = [change.key.partition(":")[2] for cell in self.cells for change in cell.changes]
        return f"{self.number}:{','.join(facts)}" if facts else ""


@dataclass(frozen=True)
class Surroundings:
    """What the rows of one page need beside themselves."""

    places: Mapping[str, str]
    columns: Collection[Column]
    kept: Mapping[int, NominationRow]
    known: Mapping[int, Person]
    registered: Collection[int]

    @property
    def groups(self) -> list[tuple[str, Any]]:
        """Return the columns that the preview needs: those that the file has, and always the name."""
        return [
            (key, label)
            for key, (label, columns) in GROUPS.items()
            if key in ("name", "work") or set(columns) & set(self.columns)
        ]


def surroundings(
    page: Page[NominationRow], training: Training, columns: Collection[Column], places: Mapping[str, str], actor: Actor
) -> Surroundings:
    """Return what these rows need: whom they repeat, whom they mean as far as the actor may see it."""
    person_ids = {row.person_id for row in page.items if row.person_id is not None and row.kind == Outcome.KNOWN}
    return Surroundings(
        places=places,
        columns=columns,
        kept=queries.list_kept(page),
        known={person.id: person for person in visible(queries.list_by_id(person_ids), actor)},
        registered=queries.list_registered(training.id, person_ids),
    )


def visible(people: Sequence[Person], actor: Actor) -> list[Person]:
    """Return those persons whom the actor reaches, by where they serve or by a training that they were in."""
    worked = queries.list_regions_of_work([person.id for person in people])
    scopes = {person.id: [person.scope] for person in people}
    for person_id, region in worked:
        scopes[person_id].append(Scope(region=region))
    return [person for person in people if any(policy.reaches(actor, scope) for scope in scopes[person.id])]


def view_of(row: NominationRow, around: Surroundings) -> RowView:
    """Return one row as the page shows it."""
    problems = [Problem.from_dict(stored) for stored in row.problems]
    if row.kind in (Outcome.HEADER, Outcome.IGNORED):
        kind = row.values.get("row_kind")
        words = " · ".join(cell for cell in row.cells if cell.strip())
        return RowView(row, words=words, what=IGNORED[RowKind(kind)] if kind else "")
    nominee = Nominee.from_dict(row.values)
    kept = around.kept.get(row.duplicate_of or 0)
    is_registered = row.person_id in around.registered and row.registration_id is None and row.kind == Outcome.KNOWN
    return RowView(
        row,
        cells=tuple(_cell(key, row, problems, nominee, around) for key, _label in around.groups),
        nominee=nominee,
        repeats=repetition_text(row.duplicate_of, _name(kept)) if row.duplicate_of else "",
        known_as=around.known.get(row.person_id or 0) if row.kind == Outcome.KNOWN else None,
        is_registered=is_registered,
    )


def problem_column(problem: Problem, columns: Collection[Column]) -> Column | None:
    """Return the column of the file beside which a problem is told: those of a name beside the column that has it."""
    if problem.column in NAME_COLUMNS and problem.column not in columns:
        return next((column for column in Column if column in NAME_COLUMNS and column in columns), None)
    return problem.column


def _cell(key: str, row: NominationRow, problems: Sequence[Problem], nominee: Nominee, around: Surroundings) -> Cell:
    label, columns = GROUPS[key]
    own = [problem for problem in problems if problem.column in columns]
    refused = {problem.column: problem.value for problem in own if not problem.is_warning}
    shown = [column for column in columns if column not in NAME_COLUMNS and column is not Column.ROLE]
    values = tuple(_values(shown, nominee, refused, around.places))
    faults = tuple(Fault(problem_text(problem, around.places), problem.is_warning) for problem in own)
    return Cell(key, label, values, faults, tuple(_changes(columns, row, around.places)))


def _changes(columns: Sequence[Column], row: NominationRow, places: Mapping[str, str]) -> Iterator[Change]:
    for fact, change in (row.changes or {}).items():
        if Column(fact) in columns:
            before = _words(Column(fact), change["before"], places)
            doubt = _DOUBTS[Doubt(change["doubt"])] if change["doubt"] else ""
            yield Change(f"{row.number}:{fact}", str(COLUMNS[Column(fact)]), before, change["is_taken"], doubt)


def _values(
    columns: Sequence[Column], nominee: Nominee, refused: Mapping[Column | None, str], places: Mapping[str, str]
) -> list[Value]:
    found = []
    for column in columns:
        is_bad = column in refused
        text = refused[column] if is_bad else _words(column, getattr(nominee, column.value), places)
        if text:
            found.append(Value(column, text, is_bad))
    return found


def _words(column: Column, value: Any, places: Mapping[str, str]) -> str:
    if column in (Column.INSTITUTION, Column.REGION):
        return places.get(value, value)
    if column is Column.SEX:
        return label(Sex(value)) if value else ""
    return str(value) if value is not None else ""


def _name(row: NominationRow | None) -> str:
    return Nominee.from_dict(row.values).full_name if row is not None and "family" in row.values else ""


# How a choice is written into the cell: as a list would write it.
_SEX_WORDS = {"M": "м", "F": "ж"}
_ROLE_WORDS = {
    RegistrationRole.PARTICIPANT.value: "основной",
    RegistrationRole.ALTERNATE.value: "резерв",
    RegistrationRole.FACILITATOR.value: "фасилитатор",
    RegistrationRole.GUEST.value: "гость",
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
        form = made(sent, **shown, seen=operations.row_version(self.row), choice=self.row.choice)
        for field in form:
            field.id = f"row-{self.row.number}-{field.name}"
        return form

    def explain(self, form: PortalForm) -> None:
        """Put what is wrong beside the fields; a warning is a hint."""
        names = get_places()
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
            return [*kept, *choices_of(Sex), (NOT_SAID, _("not said"))]
        if column is Column.ROLE:
            return [*kept, *choices_of(RegistrationRole)]
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
            return self.places[column][value].name.ru
        words = {Column.SEX: _SEX_WORDS, Column.ROLE: _ROLE_WORDS}.get(column, {})
        return words.get(value, value)


def fields_of(row: NominationRow, actor: Actor) -> RowFields:
    """Return what the form of a row needs; only persons whom the actor reaches are offered as the one meant."""
    problems = tuple(map(Problem.from_dict, row.problems))
    doubted = [each for problem in problems if problem.code in DOUBTS for each in problem.args["people"]]
    references = {*doubted, *([row.choice] if row.choice else [])}
    return RowFields(
        row,
        queries.get_mapping(row.nomination_list),
        problems,
        {
            Column.INSTITUTION: {
                place.code: place for place in people_queries.list_offered_institutions(clock.today())
            },
            Column.REGION: {place.code: place for place in people_queries.list_regions()},
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

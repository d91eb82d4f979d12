"""The rows of a list as a page shows them: values as they are understood, what is wrong beside its cell."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.access import policy
from portal.access.policy import Actor, Scope
from portal.people.models import Person
from portal.platform.paging import Page
from portal.platform.wording import _l
from portal.registration.models import NominationRow
from portal.registration.operations.imports_wording import repetition_text
from portal.registration.operations.wording import COLUMNS, IGNORED, problem_text
from portal.registration.queries import nominations as queries
from portal.registration.rules.columns import NAME_COLUMNS, Column
from portal.registration.rules.differences import Doubt
from portal.registration.rules.judgement import Nominee
from portal.registration.rules.outcomes import Outcome
from portal.registration.rules.problems import Problem
from portal.registration.rules.rows import RowKind
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
_SEXES = {"M": _l("man"), "F": _l("woman")}


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

    @property
    def is_importable(self) -> bool:
        """Tell whether the row would become a registration."""
        return self.row.kind in (Outcome.NEW, Outcome.KNOWN)


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
        text = refused[column] if is_bad else _understood(column, nominee, places)
        if text:
            found.append(Value(column, text, is_bad))
    return found


def _understood(column: Column, nominee: Nominee, places: Mapping[str, str]) -> str:
    return _words(column, getattr(nominee, column.value), places)


def _words(column: Column, value: Any, places: Mapping[str, str]) -> str:
    if column in (Column.INSTITUTION, Column.REGION):
        return places.get(value, value)
    if column is Column.SEX:
        return str(_SEXES.get(value, ""))
    return str(value) if value is not None else ""


def _name(row: NominationRow | None) -> str:
    return Nominee.from_dict(row.values).full_name if row is not None and "family" in row.values else ""

"""Read a whole nomination list: each row's kind, contents, problems and repetitions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from portal.list_reader import duplicates
from portal.list_reader.columns import ColumnMapping, Row
from portal.list_reader.nominee import Nominee, ReferenceData, read_nominee
from portal.list_reader.problems import ListFault, Problem
from portal.list_reader.rows import RowKind, classify, role
from portal.registration.rules import RegistrationRole

OnProgress = Callable[[int], None]  # takes how many rows are done
REPORTED_EVERY = 500


def unreported(_done: int) -> None:
    """Tell nobody how far the work is."""


@dataclass(frozen=True)
class ReadRow:
    """A row of the sheet; `number` counts from 1 as spreadsheets do. `duplicate_of` names the row that is kept."""

    number: int
    kind: RowKind
    cells: tuple[str, ...]
    nominee: Nominee | None = None
    problems: tuple[Problem, ...] = ()
    duplicate_of: int | None = None

    @property
    def is_bad(self) -> bool:
        return any(not problem.is_warning for problem in self.problems)

    @property
    def is_kept(self) -> bool:
        """Tell whether the row would become a registration."""
        return self.kind is RowKind.DATA and not self.is_bad and self.duplicate_of is None


def read_list(
    rows: Sequence[Row], mapping: ColumnMapping, reference_data: ReferenceData, on_progress: OnProgress = unreported
) -> list[ReadRow]:
    """Return the list as it would be imported; what is known beside it is not asked here."""
    kinds = classify(rows, mapping)
    section: RegistrationRole | None = None
    read: list[ReadRow] = []
    for number, (row, kind) in enumerate(zip(rows, kinds, strict=True), start=1):
        if number % REPORTED_EVERY == 0:
            on_progress(number)
        cells = tuple(row)
        if kind is RowKind.SECTION:
            section = role(" ".join(cells)) or section
        if kind is not RowKind.DATA:
            read.append(ReadRow(number, kind, cells))
            continue
        read.append(ReadRow(number, kind, cells, *read_nominee(row, mapping, reference_data, section)))
    return compare_rows(read)


def compare_rows(rows: Sequence[ReadRow]) -> list[ReadRow]:
    """Return the rows with duplicates and look-alikes marked anew: to be called after a row was mended as well."""
    people = {row.number: row.nominee.identity for row in rows if row.nominee and not row.is_bad}
    repeated = duplicates.find_repetitions(people)
    single = {number: identity for number, identity in people.items() if number not in repeated}
    alike = duplicates.find_resemblances(single)
    return [_compared(row, repeated.get(row.number), alike.get(row.number)) for row in rows]


def _compared(row: ReadRow, duplicate_of: int | None, problem: Problem | None) -> ReadRow:
    told = {ListFault.SAME_NAME_IN_LIST, ListFault.SAME_PHONE_IN_LIST}
    problems = tuple(known for known in row.problems if known.code not in told)
    return replace(row, problems=(*problems, problem) if problem else problems, duplicate_of=duplicate_of)

"""Read a whole nomination list: each row's kind, contents, problems and repetitions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.list_reader.columns import Column, ColumnMapping, Row
from portal.list_reader.nominee import Nominee, ReferenceData, read_nominee
from portal.list_reader.problems import ListFault, Problem
from portal.list_reader.rows import RowKind, classify, role
from portal.people import name_rules
from portal.people.match_rules import Identity, Likeness, compare
from portal.registration.rules import RegistrationRole

_MOST_COMPARED = 20  # rows under one key; more of them would be one name typed ten thousand times
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
    repeated = find_repetitions(people)
    single = {number: identity for number, identity in people.items() if number not in repeated}
    alike = find_resemblances(single)
    return [_compared(row, repeated.get(row.number), alike.get(row.number)) for row in rows]


def _compared(row: ReadRow, duplicate_of: int | None, problem: Problem | None) -> ReadRow:
    compared = {ListFault.SAME_NAME_IN_LIST, ListFault.SAME_PHONE_IN_LIST}
    problems = tuple(known for known in row.problems if known.code not in compared)
    return replace(row, problems=(*problems, problem) if problem else problems, duplicate_of=duplicate_of)


def find_repetitions(people: Mapping[int, Identity]) -> dict[int, int]:
    """Return by row number which row is kept of those that repeat others: of each group the spelling in mixed case."""
    groups: list[list[int]] = []
    group_of: dict[int, list[int]] = {}
    index: dict[str, list[int]] = defaultdict(list)
    for number, identity in people.items():
        near = dict.fromkeys(other for key in _keys(identity) for other in index[key][:_MOST_COMPARED])
        found = next((other for other in near if compare(identity, people[other]).is_same), None)
        if found is None:
            group_of[number] = [number]
            groups.append(group_of[number])
        else:
            group_of[number] = group_of[found]
            group_of[number].append(number)
        for key in _keys(identity):
            index[key].append(number)
    repeated = [(min(group, key=lambda each: (_shouts(people[each]), each)), group) for group in groups if group[1:]]
    return {number: kept for kept, group in repeated for number in group if number != kept}


def find_resemblances(people: Mapping[int, Identity]) -> dict[int, Problem]:
    """Return by row number who looks like an earlier row, or shares its phone under another name: for a human to see.

    Repetitions are left out beforehand.
    """
    found: dict[int, Problem] = {}
    by_name: dict[str, list[int]] = defaultdict(list)
    by_phone: dict[str, int] = {}
    for number, identity in people.items():
        key = name_rules.person_key(identity.family, identity.given)
        near = by_name[key][:_MOST_COMPARED]
        alike = (one for one in near if compare(identity, people[one]).likeness is Likeness.POSSIBLE)
        other = next(alike, None)
        if other is not None:
            found[number] = Problem(ListFault.SAME_NAME_IN_LIST, Column.FAMILY, args={"row": other})
        elif identity.phone in by_phone:
            found[number] = Problem(ListFault.SAME_PHONE_IN_LIST, Column.PHONE, args={"row": by_phone[identity.phone]})
        by_name[key].append(number)
        if identity.phone:
            by_phone.setdefault(identity.phone, number)
    return found


def _keys(identity: Identity) -> Iterable[str]:
    """Return one key for each kind of evidence: who shares none of them cannot be the same person."""
    name = name_rules.person_key(identity.family, identity.given)
    whole = f"{name}|{name_rules.match_key(identity.patronymic)}" if identity.patronymic else ""
    if identity.phone:
        yield identity.phone
    if identity.email:
        yield identity.email.casefold()
    if whole and identity.birth_year:
        yield f"{whole}|{identity.birth_year}"
    if whole and identity.institution:
        yield f"{whole}|{identity.institution}|{identity.region}"


def _shouts(identity: Identity) -> bool:
    """Tell whether the name is written in capitals, or in small letters, only."""
    text = f"{identity.family}{identity.given}"
    return text == text.upper() or text == text.lower()

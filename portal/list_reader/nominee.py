"""What a row of a nomination list says about a person, and what prevents importing it."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, TypeVar

from portal.list_reader import rows
from portal.list_reader.columns import Column, ColumnMapping, Row
from portal.list_reader.problems import ListFault, Problem
from portal.people import name_rules
from portal.people.match_rules import Identity
from portal.people.name_rules import FullName
from portal.people.rules import Places
from portal.platform import texts
from portal.records import contacts
from portal.records.rules import Fault, FaultCode, letter_faults
from portal.registration.rules import RegistrationRole

T = TypeVar("T")

MAX_POST, MAX_RANK = 200, 120
_YES = frozenset({"да", "ооба", "yes", "+", "1", "x", "х", "v"})


@dataclass(frozen=True)
class Nominee:
    """A person as the list names them, normalized; unknown is empty. Places are codes."""

    family: str = ""
    given: str = ""
    patronymic: str = ""
    sex: str | None = None
    birth_year: int | None = None
    institution: str = ""
    region: str = ""
    post: str = ""
    rank: str = ""
    phone: str = ""
    email: str = ""
    role: str = RegistrationRole.PARTICIPANT.value
    names_institution: bool = True  # else it is the one that is meant where none is named
    names_region: bool = True

    @property
    def identity(self) -> Identity:
        return Identity(**{field.name: getattr(self, field.name) for field in fields(Identity)})

    @property
    def full_name(self) -> str:
        return str(FullName(self.family, self.given, self.patronymic))


@dataclass(frozen=True)
class ReferenceData:
    """What reading needs to know beside the row: the choices, the day, and what a row without a place means."""

    regions: Places
    institutions: Places
    today: date
    institution: str = ""
    region: str = ""
    limit: frozenset[str] = frozenset()  # the only institutions that a list may name; empty means all of them
    closed: Places = field(default_factory=lambda: Places([]))  # institutions that take nobody any more

    def is_welcome(self, institution: str | None) -> bool:
        return not self.limit or institution in self.limit


def read_nominee(
    row: Row, mapping: ColumnMapping, reference: ReferenceData, section: RegistrationRole | None = None
) -> tuple[Nominee, tuple[Problem, ...]]:
    """Return what a row says and what stands against it; `section` is the role announced by a heading above it."""
    reading = _Reading(row, mapping, reference, [])
    name = reading.name()
    nominee = Nominee(
        family=name.family,
        given=name.given,
        patronymic=name.patronymic,
        sex=reading.sex(),
        birth_year=reading.found(
            Column.BIRTH_YEAR, *contacts.birth_year(reading.cell(Column.BIRTH_YEAR), reference.today)
        ),
        institution=reading.institution(),
        region=reading.region(),
        post=reading.text(Column.POST, MAX_POST),
        rank=reading.text(Column.RANK, MAX_RANK),
        phone=reading.found(Column.PHONE, *contacts.phone(reading.cell(Column.PHONE))),
        email=reading.found(Column.EMAIL, *contacts.email(reading.cell(Column.EMAIL))),
        role=reading.role(section).value,
        names_institution=bool(reading.cell(Column.INSTITUTION)),
        names_region=bool(reading.cell(Column.REGION)),
    )
    return nominee, tuple(reading.problems)


@dataclass
class _Reading:
    """A row while it is read, with the problems found so far."""

    row: Row
    mapping: ColumnMapping
    reference: ReferenceData
    problems: list[Problem]

    def name(self) -> FullName:
        columns = self.mapping.columns
        if Column.FULL_NAME in columns:
            name = name_rules.parse_full_name(self.cell(Column.FULL_NAME))
            where = dict.fromkeys(("family", "given", "patronymic"), Column.FULL_NAME)
        elif Column.GIVEN_PATRONYMIC in columns:
            given, _, patronymic = self.cell(Column.GIVEN_PATRONYMIC).partition(" ")
            name = FullName(name_rules.clean_family(self.cell(Column.FAMILY)), given, patronymic)
            where = {"family": Column.FAMILY, "given": Column.GIVEN_PATRONYMIC, "patronymic": Column.GIVEN_PATRONYMIC}
        else:
            family, patronymic = name_rules.clean_family(self.cell(Column.FAMILY)), self.cell(Column.PATRONYMIC)
            name = FullName(family, self.cell(Column.GIVEN), "" if contacts.is_nothing(patronymic) else patronymic)
            where = {"family": Column.FAMILY, "given": Column.GIVEN, "patronymic": Column.PATRONYMIC}
        for part, column in where.items():
            written = getattr(name, part)
            if written:
                self.add(column, name_rules.faults(written))
            elif part != "patronymic":
                self.add(column, [Fault(FaultCode.REQUIRED, {"part": part})])
        return name

    def sex(self) -> str | None:
        cell = self.cell(Column.SEX)
        if Column.SEX in self.mapping.columns and not cell:
            self.note(Column.SEX, ListFault.SEX_MISSING)
        return self.found(Column.SEX, *contacts.sex(cell))

    def institution(self) -> str:
        cell = self.cell(Column.INSTITUTION)
        if not cell and not self.reference.institution:
            self.add(Column.INSTITUTION, [Fault(FaultCode.REQUIRED, {"part": "institution"})])
            return ""
        written = cell or self.reference.institution
        found = self.reference.institutions.resolve(written)
        closed = None if found.code or found.is_ambiguous else self.reference.closed.resolve(written).code
        if closed:
            self.note(Column.INSTITUTION, ListFault.INSTITUTION_CLOSED, institution=closed)
        elif cell and not found.code:
            code = ListFault.INSTITUTION_AMBIGUOUS if found.is_ambiguous else ListFault.INSTITUTION_UNKNOWN
            self.note(Column.INSTITUTION, code, offers=list(filter(self.reference.is_welcome, found.offers)))
        elif not self.reference.is_welcome(found.code):
            self.note(Column.INSTITUTION, ListFault.INSTITUTION_OF_OTHERS)
        return found.code or ""

    def region(self) -> str:
        cell = self.cell(Column.REGION)
        if not cell:
            if Column.REGION in self.mapping.columns and not self.reference.region:
                self.note(Column.REGION, ListFault.REGION_MISSING)
            return self.reference.region
        found = self.reference.regions.resolve(cell)
        if not found.code:
            code = ListFault.REGION_AMBIGUOUS if found.is_ambiguous else ListFault.REGION_UNKNOWN
            self.note(Column.REGION, code, offers=list(found.offers))
        return found.code or ""

    def role(self, section: RegistrationRole | None) -> RegistrationRole:
        cell = self.cell(Column.ROLE)
        if not cell or contacts.is_nothing(cell):
            return section or RegistrationRole.PARTICIPANT
        only_reserve = rows.role(self.mapping.header(Column.ROLE)) is RegistrationRole.ALTERNATE
        if only_reserve and cell.casefold() in _YES:
            return RegistrationRole.ALTERNATE
        found = rows.role(cell)
        if not found:
            self.note(Column.ROLE, ListFault.ROLE_UNKNOWN)
        return found or RegistrationRole.PARTICIPANT

    def cell(self, column: Column) -> str:
        return texts.clean(self.mapping.cell(self.row, column))

    def add(self, column: Column, faults: list[Fault]) -> None:
        written = self.mapping.cell(self.row, column)
        heading = self.mapping.header(column)
        self.problems += [Problem(fault.code, column, heading, written, fault.args) for fault in faults]

    def note(self, column: Column, code: ListFault, **args: Any) -> None:
        written = self.mapping.cell(self.row, column)
        self.problems.append(Problem(code, column, self.mapping.header(column), written, args))

    def found(self, column: Column, value: T, faults: list[Fault]) -> T:
        self.add(column, faults)
        return value

    def text(self, column: Column, limit: int) -> str:
        written = self.cell(column)
        self.add(column, letter_faults(written, limit))
        return written

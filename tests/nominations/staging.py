"""Nomination lists that are staged, and what the database says about them afterwards."""

from collections.abc import Sequence

from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.list_reader.columns import Column
from portal.nominations import imports, reading
from portal.nominations import operations as nomination_operations
from portal.nominations.models import NominationList, NominationRow
from portal.nominations.reading import Decided, Source
from portal.people.models import Person, PersonName
from portal.platform.db import db
from portal.registration.models import Registration, RegistrationDecision
from portal.trainings.models import Training
from tests.factories import NOW
from tests.factories.base import letters_of
from tests.nominations.lists import DATA

OPERATOR = Operator()
BY = {"actor": OPERATOR, "now": NOW}
HEADINGS = ("ФИО", "Пол", "Орган", "Должность", "Регион", "Телефон")
FILES = {"osh": "osh-nominations.xlsx", "issyk-kul": "issyk-kul-nominations.csv", "talas": "talas-nominations.xlsx"}
COUNTED = (Person, PersonName, Registration, RegistrationDecision, NominationList, NominationRow, AuditEntry)


def line(name: str, number: int, **changes: str) -> tuple[str, ...]:
    """Return a good row of somebody with a phone of their own."""
    cells = {
        "name": name,
        "sex": "м",
        "institution": "ГКНБ",
        "post": "следователь",
        "region": "г. Ош",
        "phone": f"0555 1{number // 10_000} {number // 100 % 100:02d} {number % 100:02d}",
    }
    return tuple((cells | changes).values())


def lines(number: int) -> list[tuple[str, ...]]:
    """Return good rows of different people."""
    return [line(f"Асанов-{letters_of(place)} Азамат", place) for place in range(number)]


def csv(*rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> bytes:
    """Return a file of these rows."""
    return "\n".join(";".join(row) for row in ((headings, *rows) if headings else rows)).encode()


def open_file(content: bytes, filename: str) -> Source:
    """Read a file as a page or a command does: nothing is being written meanwhile."""
    db.session.commit()
    return reading.open_file(content, filename)


def open_text(pasted: str) -> Source:
    """Read what was pasted, likewise."""
    db.session.commit()
    return reading.open_text(pasted)


def judge(training: Training, content: bytes, filename: str = "list.csv") -> Decided:
    """Return what importing a file would do, as the command says it."""
    source = open_file(content, filename)
    decided = reading.draft(training, source, is_background=False, today=NOW.date()).decided
    assert decided is not None
    return decided


def stage(training: Training, *rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> NominationList:
    """Stage a list of these rows."""
    return stage_file(training, csv(*rows, headings=headings), "list.csv")


def stage_file(training: Training, content: bytes, filename: str) -> NominationList:
    """Stage a file; a long one is judged by a job."""
    source = open_file(content, filename)
    draft = reading.draft(training, source, today=NOW.date())
    return nomination_operations.stage(training, draft, **BY)


def stage_sent(training: Training, name: str) -> NominationList:
    """Stage one of the ministries' lists."""
    return stage_file(training, (DATA / FILES[name]).read_bytes(), FILES[name])


def bring(training: Training, *rows: Sequence[str]) -> NominationList:
    """Stage and import a list of these rows."""
    nomination_list = stage(training, *rows)
    imports.commit(nomination_list, **BY)
    return nomination_list


def mend(row: NominationRow, **cells: str) -> bool:
    """Put other texts into the cells of a row."""
    return nomination_operations.mend(row, {Column(column): text for column, text in cells.items()}, **BY)


def row_of(nomination_list: NominationList, number: int) -> NominationRow:
    """Return a row by its number in the file, as it stands in the database."""
    query = select(NominationRow).where(NominationRow.list_id == nomination_list.id, NominationRow.number == number)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def kinds(nomination_list: NominationList) -> list[str]:
    """Return what becomes of each row, in the order of the file."""
    query = select(NominationRow.kind).where(NominationRow.list_id == nomination_list.id).order_by(NominationRow.number)
    return list(db.session.scalars(query))


def registered(training: Training) -> list[Registration]:
    """Return the registrations of a training in the order of nomination."""
    query = select(Registration).where(Registration.training_id == training.id).order_by(Registration.order)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def stock() -> dict[str, int]:
    """Return how many rows of each kind there are."""
    db.session.flush()
    return {table.__name__: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in COUNTED}


def people(*families: str) -> list[Person]:
    """Return everybody of these families, by id."""
    query = select(Person).where(Person.family.in_(families)).order_by(Person.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))

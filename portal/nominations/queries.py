"""Read nomination lists, their rows, and participants' facts with corrections."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from portal.list_reader import columns as list_reader_columns
from portal.list_reader.columns import Column, ColumnMapping
from portal.list_reader.decisions import IMPORTABLE, PEOPLE, Outcome
from portal.nominations.models import NominationList, NominationRow
from portal.people.models import Institution, Person
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.registration.models import Registration
from portal.registration.rules import OF_PERSON
from portal.trainings.models import Training

PAGE_SIZE = 50
WARNING, CHANGED, UNCHANGED = "warning", "changed", "unchanged"
_LAST_NUMBER = 2**31 - 1  # what the database can compare


@dataclass(frozen=True)
class Counts:
    """How many rows of a list are what."""

    new: int = 0
    known: int = 0
    duplicates: int = 0
    bad: int = 0
    ignored: int = 0
    warned: int = 0
    registered: int = 0  # known persons who are in the training already
    changed: int = 0  # of these, who are said otherwise than they are kept, or were so at the import
    corrected: int = 0  # of these, who were corrected by the import

    @property
    def unchanged(self) -> int:
        return self.registered - self.changed

    @property
    def rows(self) -> int:
        return self.new + self.known + self.duplicates + self.bad

    @property
    def good(self) -> int:
        return self.new + self.known

    @property
    def registrations(self) -> int:
        """Return the registrations that importing would create now."""
        return self.good - self.registered


class StoredRow(NamedTuple):
    """A row of a list as it is stored: of thousands of rows this is quicker to have than the model."""

    id: int
    number: int
    cells: list[str]
    values: dict[str, Any]
    problems: list[dict[str, Any]]
    kind: str
    is_warned: bool
    duplicate_of: int | None
    person_id: int | None
    choice: str | None
    changes: dict[str, Any] | None


class BecameRow(NamedTuple):
    """What a good row of a list became by the import."""

    person_id: int | None
    registration_id: int | None
    is_person_created: bool
    effects: dict[str, Any] | None


@dataclass(frozen=True)
class Import:
    list: NominationList
    counts: Counts


def get_list(list_reference: str) -> NominationList | None:
    """Return one list by its reference, with its training."""
    query = (
        select(NominationList)
        .options(
            joinedload(NominationList.training),
            joinedload(NominationList.institution),
            joinedload(NominationList.sender),
        )
        .where(NominationList.reference == list_reference)
    )
    return db.session.scalars(query).one_or_none()


def get_row(list_reference: str, row_number: int) -> NominationRow | None:
    """Return one row of a list that speaks of a person, by its number in the file."""
    if row_number > _LAST_NUMBER:
        return None
    query = (
        select(NominationRow)
        .join(NominationRow.nomination_list)
        .options(joinedload(NominationRow.nomination_list).joinedload(NominationList.training))
        .where(NominationList.reference == list_reference, NominationRow.number == row_number)
        .where(NominationRow.kind.in_([kind.value for kind in PEOPLE]))
    )
    return db.session.scalars(query).one_or_none()


def list_imports(training_id: int) -> list[Import]:
    """Return a training's lists with their counts, the newest first; discarded ones are left out."""
    query = (
        select(NominationList)
        .options(joinedload(NominationList.sender))
        .where(NominationList.training_id == training_id, NominationList.state != "discarded")
        .order_by(NominationList.id.desc())
    )
    lists = list(db.session.scalars(query))
    counts = _count([entry.id for entry in lists], training_id)
    return [Import(entry, counts.get(entry.id, Counts())) for entry in lists]


def count_rows(nomination_list: NominationList) -> Counts:
    """Return what the rows of a list are."""
    return _count([nomination_list.id], nomination_list.training_id).get(nomination_list.id, Counts())


def list_rows(list_id: int, kinds: Collection[Outcome] = ()) -> list[NominationRow]:
    """Return the rows of a list in the order of the file, those of some kinds or all."""
    query = select(NominationRow).where(*_of_kinds(list_id, kinds))
    return list(db.session.scalars(query.order_by(NominationRow.number)))


def list_stored(list_id: int, kinds: Collection[Outcome] = ()) -> list[StoredRow]:
    """Return the rows of a list like `list_rows`, without what they became by an import."""
    columns = [getattr(NominationRow, name) for name in StoredRow._fields]
    query = select(*columns).where(*_of_kinds(list_id, kinds))
    return [StoredRow(*row) for row in db.session.execute(query.order_by(NominationRow.number))]


def list_became(list_id: int) -> list[BecameRow]:
    """Return what the good rows of a list became, in the order of the file."""
    columns = [getattr(NominationRow, name) for name in BecameRow._fields]
    query = select(*columns).where(*_of_kinds(list_id, IMPORTABLE))
    return [BecameRow(*row) for row in db.session.execute(query.order_by(NominationRow.number))]


def list_cells(list_id: int) -> list[tuple[int, list[str]]]:
    """Return the cells of a list's rows of persons, by row id."""
    query = select(NominationRow.id, NominationRow.cells).where(*_of_kinds(list_id, PEOPLE))
    return [(row_id, cells) for row_id, cells in db.session.execute(query.order_by(NominationRow.number))]


def _of_kinds(list_id: int, kinds: Collection[Outcome]) -> list[ColumnElement[bool]]:
    is_of_list = NominationRow.list_id == list_id
    return [is_of_list, NominationRow.kind.in_([kind.value for kind in kinds])] if kinds else [is_of_list]


def count_stored(list_id: int) -> int:
    """Return how many rows of a list are stored, whatever they say."""
    return db.session.scalar(select(func.count()).where(NominationRow.list_id == list_id)) or 0


def list_page(list_id: int, show: str, number: int) -> Page[NominationRow]:
    """Return one page of the rows of a kind, of those with a warning, or of all; beyond the last comes the last."""
    query = select(NominationRow).where(NominationRow.list_id == list_id, _shown(show))
    return paging.page(query.order_by(NominationRow.number), number, PAGE_SIZE)


def list_samples(list_id: int, below: int, rows: int) -> list[NominationRow]:
    """Return the first rows below the header that are not blank."""
    query = select(NominationRow).where(NominationRow.list_id == list_id, NominationRow.number > below)
    found = db.session.scalars(query.order_by(NominationRow.number).limit(4 * rows))
    return [row for row in found if any(map(str.strip, row.cells))][:rows]


def list_kept(page: Page[NominationRow]) -> dict[int, NominationRow]:
    """Return the rows that the duplicates of a page repeat, by number."""
    numbers = {row.duplicate_of for row in page.items if row.duplicate_of}
    if not numbers:
        return {}
    query = select(NominationRow).where(
        NominationRow.list_id == page.items[0].list_id, NominationRow.number.in_(numbers)
    )
    return {row.number: row for row in db.session.scalars(query.order_by(NominationRow.number))}


def list_registered(training_id: int, person_ids: Collection[int]) -> set[int]:
    """Return who of these persons is in the training."""
    query = select(Registration.person_id).where(
        Registration.training_id == training_id, Registration.person_id.in_(list(person_ids))
    )
    return set(db.session.scalars(query)) if person_ids else set()


def list_same_file(nomination_list: NominationList) -> list[NominationList]:
    """Return the imports of the very same content, in any training, the newest first."""
    query = (
        select(NominationList)
        .options(joinedload(NominationList.training))
        .where(
            NominationList.sha256 == nomination_list.sha256,
            NominationList.state == "committed",
            NominationList.id != nomination_list.id,
        )
        .order_by(NominationList.id.desc())
        .limit(5)
    )
    return list(db.session.scalars(query))


def list_people(references: Collection[str] = (), ids: Collection[int] = ()) -> list[Person]:
    """Return these persons with where they serve, by name."""
    query = (
        select(Person)
        .options(joinedload(Person.institution), joinedload(Person.region))
        .where(or_(Person.reference.in_(list(references)), Person.id.in_(list(ids))))
        .order_by(Person.sort_key, Person.id)
    )
    return list(db.session.scalars(query)) if references or ids else []


def list_regions_of_work(person_ids: Collection[int]) -> set[tuple[int, str]]:
    """Return in which regions' trainings these persons are registered, as pairs of person id and region code."""
    query = (
        select(Registration.person_id, Training.region_code)
        .join(Training, Training.id == Registration.training_id)
        .where(Registration.person_id.in_(list(person_ids)))
        .distinct()
    )
    return {(person_id, region) for person_id, region in db.session.execute(query)} if person_ids else set()


def _shown(show: str) -> SQLColumnExpression[bool]:
    if show == WARNING:
        return NominationRow.is_warned
    if show == CHANGED:
        return NominationRow.changes.is_not(None)
    if show == UNCHANGED:
        return and_(NominationRow.changes.is_(None), NominationRow.registration_id.is_(None), _is_of_training())
    if show in set(Outcome):
        return NominationRow.kind == show
    return NominationRow.kind.in_([kind.value for kind in PEOPLE])


def _is_of_training() -> ColumnElement[bool]:
    """Tell whether a row means somebody who is in the training of its list."""
    training = select(NominationList.training_id).where(NominationList.id == NominationRow.list_id).scalar_subquery()
    there = select(Registration.id).where(
        Registration.person_id == NominationRow.person_id, Registration.training_id == training
    )
    return and_(NominationRow.kind == Outcome.KNOWN.value, there.exists())


def _count(list_ids: Collection[int], training_id: int) -> dict[int, Counts]:
    taken = aliased(Registration)
    counted: dict[str, SQLColumnExpression[bool]] = {
        "new": NominationRow.kind == Outcome.NEW.value,
        "known": NominationRow.kind == Outcome.KNOWN.value,
        "duplicates": NominationRow.kind == Outcome.DUPLICATE.value,
        "bad": NominationRow.kind == Outcome.BAD.value,
        "ignored": NominationRow.kind == Outcome.IGNORED.value,
        "warned": NominationRow.is_warned,
        "registered": and_(NominationRow.kind == Outcome.KNOWN.value, taken.id.is_not(None)),
        "changed": NominationRow.changes.is_not(None),
        "corrected": NominationRow.effects["corrected"].as_string().is_not(None),
    }
    query = (
        select(NominationRow.list_id, *(func.sum(case((is_so, 1), else_=0)) for is_so in counted.values()))
        .outerjoin(
            taken,
            and_(
                taken.person_id == NominationRow.person_id,
                taken.training_id == training_id,
                or_(NominationRow.registration_id.is_(None), taken.id != NominationRow.registration_id),
            ),
        )
        .where(NominationRow.list_id.in_(list_ids))
        .group_by(NominationRow.list_id)
        .order_by(NominationRow.list_id)
    )
    return {list_id: Counts(**dict(zip(counted, sums, strict=True))) for list_id, *sums in db.session.execute(query)}


def list_meanings(list_id: int, place: int, field: str) -> list[tuple[str, str, int]]:
    """Return what a list writes in a column, as which code it is understood, and in how many rows."""
    written, meaning = NominationRow.cells[place].as_string(), NominationRow.values[field].as_string()
    query = (
        select(written, meaning, func.count())
        .where(*_of_kinds(list_id, PEOPLE))
        .group_by(written, meaning)
        .order_by(func.count().desc(), written)
    )
    return [(text or "", code or "", rows) for text, code, rows in db.session.execute(query)]


def get_institution_ids() -> dict[str, int]:
    """Return the ids of all institutions by code."""
    return {row.code: row.id for row in db.session.execute(select(Institution.code, Institution.id))}


def get_mapping(nomination_list: NominationList) -> ColumnMapping:
    """Return what the columns hold, as it was found or chosen; the header is read anew from the stored rows."""
    query = (
        select(NominationRow.cells).where(NominationRow.list_id == nomination_list.id).order_by(NominationRow.number)
    )
    return mapping_of(nomination_list, list(db.session.scalars(query.limit(nomination_list.header_row + 1))))


def mapping_of(nomination_list: NominationList, rows: Sequence[Sequence[str]]) -> ColumnMapping:
    """Return what the columns hold, with the header as it stands in these rows."""
    chosen = {Column(name): place for name, place in nomination_list.mapping.items()}
    header = nomination_list.header_row - 1
    return list_reader_columns.remap(rows, header if 0 <= header < len(rows) else None, chosen)


def facts_of(one: Registration | Person) -> dict[str, Any]:
    """Return what is known of a person now; of a registration, what may change as at the time of the training."""
    person = one.person if isinstance(one, Registration) else one
    return {
        **{name: getattr(person, name) for name in OF_PERSON},
        "institution": one.institution.code if one.institution else "",
        "region": one.region_code or "",
        "post": one.post,
        "rank": one.rank,
    }


def list_outdated(registration_ids: Collection[int]) -> set[int]:
    """Return which of these registrations are not the person's latest: a later training has one of its own."""
    later, its_training = aliased(Registration), aliased(Training)
    query = (
        select(Registration.id)
        .join(Training, Training.id == Registration.training_id)
        .join(later, later.person_id == Registration.person_id)
        .join(its_training, its_training.id == later.training_id)
        .where(Registration.id.in_(registration_ids), its_training.starts_on > Training.starts_on)
        .distinct()
    )
    return set(db.session.scalars(query))

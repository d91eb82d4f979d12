"""Read a list: the sheet of a file or of a pasted text, and row by row what it says."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.list_reader import columns, privacy
from portal.list_reader.columns import ColumnMapping, Row
from portal.list_reader.nominee import ReferenceData
from portal.list_reader.problems import ListFault, Problem, file_problems
from portal.list_reader.reading import OnProgress, ReadRow, read_list, unreported
from portal.list_reader.rows import MAX_DATA_ROWS, RowKind, classify
from portal.nominations.models import NominationList
from portal.people import queries as people_queries
from portal.people.rules import Places
from portal.platform import sheets, texts
from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.platform.sheets import Sheet, SheetTooLarge

_MAX_FILENAME = 200


class HeaderMissing(Refusal):
    message = _l("No row of the list says what its columns hold. Give each column a heading.")


@dataclass(frozen=True)
class Source:
    """The sheet of a file that holds the list; `mapping` is None if none of its rows is a header.

    Cells of columns that are not to be kept are empty already.
    """

    sheet: str
    rows: list[list[str]]
    mapping: ColumnMapping | None
    problems: tuple[Problem, ...]
    filename: str
    sha256: str


@dataclass(frozen=True)
class Defaults:
    """Which institution and region a row means that names none, as codes; empty means that it must name one.

    `limit` holds the only institutions that the list may name; empty means all of them.
    """

    institution: str = ""
    region: str = ""
    limit: frozenset[str] = frozenset()


NO_DEFAULTS = Defaults()


def open_file(content: bytes, filename: str) -> Source:
    """Return the list in a file.

    :raises UnreadableSheet: if the file cannot be read or is beyond the limits.
    """
    name = texts.clean(filename)[-_MAX_FILENAME:]
    return _source(sheets.read(content, name), name, hashlib.sha256(content).hexdigest())


def open_text(pasted: str) -> Source:
    """Return the list in a text that was copied out of a spreadsheet.

    :raises UnreadableSheet: if there is no list in it or it is beyond the limits.
    """
    return _source(sheets.read_text(pasted), "", hashlib.sha256(pasted.encode(errors="replace")).hexdigest())


def _source(book: Sequence[Sheet], filename: str, sha256: str) -> Source:
    chosen = columns.choose_sheet([sheet.rows for sheet in book])
    index = chosen[0] if chosen else max(range(len(book)), key=lambda place: len(book[place].rows))
    mapping = chosen[1] if chosen else None
    sheet = book[index]
    rows = [[cell.replace("\0", "") for cell in row] for row in sheet.rows]
    withheld = privacy.withheld_columns(rows, mapping)
    first = mapping.first_row if mapping else 0
    rows[first:] = [privacy.emptied(row, withheld) for row in rows[first:]]
    problems = [*file_problems(sheet.encoding), *_not_read(book, sheet), *_not_kept(mapping, withheld)]
    return Source(sheet.name, rows, mapping, tuple(problems), filename, sha256)


def _not_read(book: Sequence[Sheet], read: Sheet) -> list[Problem]:
    others = [sheet.name for sheet in book if sheet is not read and columns.detect(sheet.rows)]
    args = {"sheet": read.name, "others": ", ".join(others)}
    return [Problem(ListFault.OTHER_SHEETS, args=args)] if others else []


def _not_kept(mapping: ColumnMapping | None, withheld: frozenset[int]) -> list[Problem]:
    headings = mapping.headers if mapping else ()
    places = sorted(withheld)
    called = [headings[place] if place < len(headings) and headings[place] else f"№ {place + 1}" for place in places]
    args = {"columns": ", ".join(called), "places": places}
    return [Problem(ListFault.COLUMNS_NOT_KEPT, args=args)] if called else []


def defaults_of(nomination_list: NominationList) -> Defaults:
    """Return what is meant where a row of a stored list names no place, and whose people it may name."""
    institution, sender_id = nomination_list.institution, nomination_list.sender_id
    limit = people_queries.get_institution_tree(sender_id).codes if sender_id is not None else frozenset()
    return Defaults(institution.code if institution else "", nomination_list.region_code or "", limit)


def read(
    rows: Sequence[Row],
    mapping: ColumnMapping,
    *,
    defaults: Defaults = NO_DEFAULTS,
    today: date,
    on_progress: OnProgress = unreported,
) -> tuple[ReadRow, ...]:
    """Return every row with what it says, beside what is known.

    :raises SheetTooLarge: if there are more rows of persons than one list may have.
    """
    found = read_list(rows, mapping, get_reference_data(today, defaults), on_progress)
    _ensure_length(row.kind for row in found)
    return tuple(found)


def ensure_readable_length(rows: Sequence[Row], mapping: ColumnMapping) -> None:
    """Refuse a list that is too long, before its rows are judged.

    :raises SheetTooLarge: if it has more rows of persons than one list may have.
    """
    _ensure_length(classify(rows, mapping))


def _ensure_length(kinds: Iterable[RowKind]) -> None:
    if sum(kind is RowKind.DATA for kind in kinds) > MAX_DATA_ROWS:
        raise SheetTooLarge("too_many_rows", limit=MAX_DATA_ROWS)


def get_reference_data(today: date, defaults: Defaults = NO_DEFAULTS) -> ReferenceData:
    """Return the regions and institutions under all their names, and what a row means that names none."""
    open_, closed = people_queries.list_choices_by_closing(today)
    return ReferenceData(
        Places(people_queries.list_region_choices()),
        Places(open_),
        today,
        **vars(defaults),
        closed=Places(closed),
    )

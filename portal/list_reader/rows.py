"""Which rows of a sheet describe a person, and which are letterhead, header, section, signature or empty."""

import re
from collections.abc import Sequence

from portal.list_reader.columns import NAME_COLUMNS, WORDS, Column, ColumnMapping, Row, read_header
from portal.people import name_rules
from portal.platform import texts
from portal.platform.texts import N_, Labelled
from portal.registration.rules import RegistrationRole

MAX_DATA_ROWS = 10_000


class RowKind(Labelled):
    """What a row is. Only `data` is counted; everything else is shown as ignored."""

    LETTERHEAD = "letterhead", N_("Text above the table")
    HEADER = "header", N_("Header")
    REPEATED_HEADER = "repeated_header", N_("Header again")
    SECTION = "section", N_("Heading inside the table")
    DATA = "data"
    FOOTER = "footer", N_("Text below the table")
    BLANK = "blank", N_("Blank row")


# Folded, punctuation as spaces.
_SIGNATURE = re.compile(
    r"\b(?:исполнитель|исп|подпись|м п|руководитель|начальник|заместитель|директор|председатель|министр|секретарь"
    r"|ответственный|согласовано|утверждаю|итого|всего|примечание|аткаруучу|колу|моор|башчысы|торага|жооптуу|бардыгы"
    r"|жалпы|баары|эскертуу|prepared by|signature|signed|approved|total|note|head of|director|тел)\b"
)
_DATA = re.compile(r"\d{4}|@")  # a phone, a year, an address: no header has them
_ROLES = {texts.fold(word): RegistrationRole(name) for name, words in WORDS["roles"].items() for word in words}


def role(text: str) -> RegistrationRole | None:
    """Return the role that a cell or a section's heading names, its number left out: резерв 2."""
    words = re.sub(r"[\W\d_]+", " ", texts.fold(text)).split()
    return _ROLES.get(" ".join(words)) if words else None


def classify(rows: Sequence[Row], mapping: ColumnMapping) -> list[RowKind]:
    """Return the kind of every row, in their order."""
    kinds = [_kind(row, index, mapping) for index, row in enumerate(rows)]
    _mark_footer(rows, mapping, kinds)
    return kinds


def _kind(row: Row, index: int, mapping: ColumnMapping) -> RowKind:
    if not any(map(str.strip, row)):
        return RowKind.BLANK
    if index < mapping.first_row:
        is_header = mapping.header_row is not None and index >= mapping.header_row
        return RowKind.HEADER if is_header else RowKind.LETTERHEAD
    if _repeats_header(row, mapping) or _numbers_columns(row):
        return RowKind.REPEATED_HEADER
    filled = [cell for cell in row if cell.strip()]
    if len(filled) == 1 and (role(filled[0]) or not _name_text(row, mapping)):
        return RowKind.SECTION
    return RowKind.DATA


def _repeats_header(row: Row, mapping: ColumnMapping) -> bool:
    """Tell whether a row says again what the columns are: most of its cells do, and where the header has them."""
    if any(map(_DATA.search, row)):
        return False
    known = read_header(row)
    same = [column for column, place in known.items() if mapping.columns.get(column) == place]
    filled = sum(1 for cell in row if cell.strip())
    cells = [texts.clean(cell) for cell in row]
    verbatim = bool(mapping.headers) and cells == list(mapping.headers[: len(cells)])
    return verbatim or (len(same) >= 3 and 2 * len(same) >= filled)


def _numbers_columns(row: Row) -> bool:
    """Tell whether a row only numbers the columns, as official tables do below their header: 1 2 3 …"""
    filled = [cell.strip() for cell in row if cell.strip()]
    return len(filled) > 2 and filled == [str(number) for number in range(1, len(filled) + 1)]


def _mark_footer(rows: Sequence[Row], mapping: ColumnMapping, kinds: list[RowKind]) -> None:
    """Mark totals and signatures: what stands below the last row that is surely a person's and is none itself."""
    for index in range(len(rows) - 1, mapping.first_row - 1, -1):
        if kinds[index] is RowKind.DATA and _is_surely_person(rows[index], mapping):
            break
        is_sparse = kinds[index] is RowKind.DATA and not _may_be_person(rows[index], mapping)
        if is_sparse or kinds[index] is RowKind.SECTION:
            kinds[index] = RowKind.FOOTER
    for index in range(mapping.first_row, len(rows)):
        if kinds[index] is RowKind.DATA and _is_total(rows[index], mapping):
            kinds[index] = RowKind.FOOTER


def _mapped(row: Row, mapping: ColumnMapping) -> list[str]:
    cells = (mapping.cell(row, column) for column in mapping.columns if column is not Column.NUMBER)
    return [cell for cell in cells if cell.strip()]


def _is_surely_person(row: Row, mapping: ColumnMapping) -> bool:
    """Tell whether at least half of the columns are filled and the first words are no signature."""
    columns = len([column for column in mapping.columns if column is not Column.NUMBER])
    filled = len(_mapped(row, mapping))
    return 2 * filled >= columns and (filled > 2 or _may_be_person(row, mapping))


def _may_be_person(row: Row, mapping: ColumnMapping) -> bool:
    """Tell whether a sparse row is a person with little said. When in doubt it is: nobody gets lost unseen."""
    name = _name_text(row, mapping)
    if not name:
        return len(_mapped(row, mapping)) > 2
    if mapping.cell(row, Column.NUMBER).strip().rstrip(".").isdigit():
        return True
    return not _SIGNATURE.search(_plain(row)) and not name_rules.faults(name)


def _is_total(row: Row, mapping: ColumnMapping) -> bool:
    return len(_mapped(row, mapping)) <= 2 and bool(_SIGNATURE.match(_plain(row))) and not _may_be_person(row, mapping)


def _plain(row: Row) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", texts.fold(" ".join(row))).split())


def _name_text(row: Row, mapping: ColumnMapping) -> str:
    return texts.clean(" ".join(mapping.cell(row, column) for column in mapping.columns if column in NAME_COLUMNS))

"""Find the header of a nomination list, and what each column holds, in Kyrgyz, Russian and English."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from portal.platform import texts
from portal.platform.texts import N_, Labelled

Row = Sequence[str]

_SEARCHED_ROWS = 60
_LONGEST_HEADING = 6  # words; a longer text is a sentence of the letterhead
_PARTS = re.compile(r"[/\n|(]")
_NOISE = re.compile(r"[^\w]+")
_DIGITS = re.compile(r"\d{4}")


class Column(Labelled):
    """What a column of a list can hold. The order is that of the form for changing the mapping."""

    NUMBER = "number", N_("Row number")
    FULL_NAME = "full_name", N_("Full name in one cell")
    FAMILY = "family", N_("Family name")
    GIVEN = "given", N_("Given name")
    GIVEN_PATRONYMIC = "given_patronymic", N_("Given name and patronymic in one cell")
    PATRONYMIC = "patronymic", N_("Patronymic")
    SEX = "sex", N_("Sex")
    BIRTH_YEAR = "birth_year", N_("Year of birth")
    INSTITUTION = "institution", N_("Institution")
    POST = "post", N_("Post")
    RANK = "rank", N_("Rank")
    REGION = "region", N_("Region")
    PHONE = "phone", N_("Phone")
    EMAIL = "email", N_("E-mail")
    ROLE = "role", N_("Participant or alternate")


# The words by which lists say what columns hold, and as what people come.
WORDS: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "data" / "words.toml").read_text(encoding="utf-8")
)
_BY_HEADER = {header: Column(name) for name, headers in WORDS["columns"].items() for header in headers}
_PARTS_OF_NAMES = {word: Column(name) for name, words in WORDS["parts_of_names"].items() for word in words}
NAME_COLUMNS = frozenset({Column.FULL_NAME, Column.FAMILY, Column.GIVEN, Column.GIVEN_PATRONYMIC, Column.PATRONYMIC})
_SURE, _LIKELY = 2, 1


@dataclass(frozen=True)
class ColumnMapping:
    """Which row is the header (None: the list has none) and where each column stands, both counted from 0."""

    header_row: int | None
    columns: Mapping[Column, int]
    headers: tuple[str, ...] = ()
    second_row: bool = False  # a header of two rows: a common heading above, the columns below

    @property
    def first_row(self) -> int:
        return 0 if self.header_row is None else self.header_row + 1 + self.second_row

    @property
    def has_name(self) -> bool:
        given = {Column.GIVEN, Column.GIVEN_PATRONYMIC} & set(self.columns)
        return Column.FULL_NAME in self.columns or (Column.FAMILY in self.columns and bool(given))

    def cell(self, row: Row, column: Column) -> str:
        place = self.columns.get(column)
        return row[place] if place is not None and place < len(row) else ""

    def header(self, column: Column) -> str:
        place = self.columns.get(column)
        return self.headers[place] if place is not None and place < len(self.headers) else ""


def recognize(header: str) -> tuple[Column | None, int]:
    """Return what a heading announces and how sure that is; both halves of a bilingual heading are tried."""
    whole = _normal(header)
    if header.strip() in {"#", "№"} or ("№" in header and len(whole) <= 5):
        return Column.NUMBER, _SURE
    if whole in _BY_HEADER:
        return _BY_HEADER[whole], _SURE
    parts = [_BY_HEADER.get(part) or _several_names(part) for part in map(_normal, _PARTS.split(header))]
    found = [column for column in parts if column]
    if not found:
        return _likely(whole)
    if len(set(found)) > 1 and NAME_COLUMNS.issuperset(found):
        return _several_names(whole) or Column.FULL_NAME, _SURE
    return found[0], _SURE


def _several_names(text: str) -> Column | None:
    """Return the column for a heading that lists parts of a name, or None if it lists fewer than two."""
    words = text.replace("атасынын аты", "отчество").split()
    kinds = {_PARTS_OF_NAMES[word] for word in words if word in _PARTS_OF_NAMES}
    if kinds == {Column.GIVEN, Column.PATRONYMIC}:
        return Column.GIVEN_PATRONYMIC
    return Column.FULL_NAME if len(kinds) > 1 else None


def _likely(text: str) -> tuple[Column | None, int]:
    """Return the column whose longest known heading stands whole inside a longer one of a few words."""
    words = f" {text} "
    if len(text.split()) > _LONGEST_HEADING:
        return None, 0
    inside = [known for known in _BY_HEADER if len(known) > 2 and f" {known} " in words]
    return (_BY_HEADER[max(inside, key=len)], _LIKELY) if inside else (None, 0)


def _normal(text: str) -> str:
    return " ".join(_NOISE.sub(" ", texts.fold(text).replace("№", " n ")).split())


def detect(rows: Sequence[Row]) -> ColumnMapping | None:
    """Return the mapping of a sheet, or None if no row of it is a header."""
    found = [mapping for index in range(min(len(rows), _SEARCHED_ROWS)) if (mapping := _header_at(rows, index))]
    return max(found, key=lambda mapping: len(mapping.columns), default=None)


def _header_at(rows: Sequence[Row], index: int) -> ColumnMapping | None:
    upper = read_header(rows[index])
    lower = _second_row(rows, index) if len(upper) > 1 else {}
    if not lower or set(upper.items()) & set(lower.items()) or lower.keys() <= upper.keys():
        return _mapping(index, upper, tuple(rows[index]), second_row=False)
    taken = set(lower.values())
    known = {column: place for column, place in upper.items() if place not in taken} | lower
    pairs = zip_longest(rows[index], rows[index + 1], fillvalue="")
    headers = tuple(low if low.strip() else high for high, low in pairs)
    return _mapping(index, known, headers, second_row=True)


def _second_row(rows: Sequence[Row], index: int) -> dict[Column, int]:
    """Return the columns of a header's second row: parts of a name under a common heading, and no data."""
    row = rows[index + 1] if index + 1 < len(rows) else ()
    found = {column: place for column, place in read_header(row).items() if recognize(row[place])[1] == _SURE}
    return found if len(found) > 1 and NAME_COLUMNS & found.keys() and not any(map(_DIGITS.search, row)) else {}


def _mapping(
    index: int, columns: dict[Column, int], headers: tuple[str, ...], *, second_row: bool
) -> ColumnMapping | None:
    columns = _with_whole_name(columns)
    headers = tuple(texts.clean(header) for header in headers)
    mapping = ColumnMapping(index, columns, headers, second_row)
    if not mapping.has_name:
        return None
    filled = sum(map(bool, headers))
    return mapping if len(columns) >= 2 or filled == 1 else None


def _with_whole_name(columns: dict[Column, int]) -> dict[Column, int]:
    """Read a lone "Name" or "Surname" as the whole name; parts of a name that have their own columns win over it."""
    parts = [column for column in (Column.FAMILY, Column.GIVEN, Column.GIVEN_PATRONYMIC) if column in columns]
    if Column.FULL_NAME in columns:
        dropped = [Column.FULL_NAME] if len(parts) > 1 else parts
        return {column: place for column, place in columns.items() if column not in dropped}
    if len(parts) != 1:
        return columns
    return {Column.FULL_NAME if column is parts[0] else column: place for column, place in columns.items()}


def read_header(row: Row) -> dict[Column, int]:
    """Return the columns that a row announces; of two headings for one column the surer, then the first, wins."""
    found: dict[Column, tuple[int, int]] = {}
    for place, header in enumerate(row):
        column, surety = recognize(header) if len(header) <= 120 else (None, 0)
        if column and (column not in found or surety > found[column][1]):
            found[column] = (place, surety)
    return {column: place for column, (place, _) in found.items()}


def remap(rows: Sequence[Row], header_row: int | None, columns: Mapping[Column, int]) -> ColumnMapping:
    """Return the mapping that somebody chose by hand."""
    found = _header_at(rows, header_row) if header_row is not None and header_row < len(rows) else None
    second_row = bool(found and found.second_row)
    headers = tuple(map(texts.clean, rows[header_row])) if header_row is not None else ()
    if found and second_row:
        headers = found.headers
    return ColumnMapping(header_row, dict(columns), headers, second_row)


def choose_sheet(sheets: Sequence[Sequence[Row]]) -> tuple[int, ColumnMapping] | None:
    """Return the sheet that holds the table and its mapping: the one with most known columns, then most rows."""
    found = [(index, mapping) for index, rows in enumerate(sheets) if (mapping := detect(rows))]
    return max(found, key=lambda each: (len(each[1].columns), len(sheets[each[0]]), -each[0]), default=None)

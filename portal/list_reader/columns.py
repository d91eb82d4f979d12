"""Find the header of a nomination list, and what each column holds, in Kyrgyz, Russian and English."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest

from portal.platform import texts

Row = Sequence[str]

_SEARCHED_ROWS = 60
_LONGEST_HEADING = 6  # words; a longer text is a sentence of the letterhead
_PARTS = re.compile(r"[/\n|(]")
_NOISE = re.compile(r"[^\w]+")
_DIGITS = re.compile(r"\d{4}")


class Column(StrEnum):
    """What a column of a list can hold. The order is that of the form for changing the mapping."""

    NUMBER = "number"
    FULL_NAME = "full_name"
    FAMILY = "family"
    GIVEN = "given"
    GIVEN_PATRONYMIC = "given_patronymic"
    PATRONYMIC = "patronymic"
    SEX = "sex"
    BIRTH_YEAR = "birth_year"
    INSTITUTION = "institution"
    POST = "post"
    RANK = "rank"
    REGION = "region"
    PHONE = "phone"
    EMAIL = "email"
    ROLE = "role"


_HEADERS: dict[Column, str] = {
    Column.NUMBER: "№|n|no|п п|№ п п|номер|номер п п|к с|катар саны|катар номери|number|nr|s n",
    Column.FULL_NAME: (
        "фио|ф и о|фаа|ф а а|аты жону|аты жону толук|толук аты жону|толук аты|полное имя|имя и фамилия|фамилия и имя"
        "|фио участника|фио сотрудника|full name|name and surname|participant|participant name|участник|катышуучу"
    ),
    Column.FAMILY: "фамилия|фамилиясы|surname|last name|family name|family",
    Column.GIVEN: "имя|аты|given name|first name|given|name",
    Column.PATRONYMIC: "отчество|атасынын аты|атасы|patronymic|middle name|father s name|fathers name",
    Column.SEX: "пол|жынысы|жыныс|sex|gender",
    Column.BIRTH_YEAR: (
        "год рождения|г р|дата рождения|год рожд|туулган жылы|туулган куну|туулган датасы|year of birth|birth year"
        "|date of birth|dob"
    ),
    Column.INSTITUTION: (
        "орган|ведомство|орган ведомство|мекеме|мекемеси|уюм|уюму|учреждение|организация|место работы|госорган"
        "|государственный орган|служба|подразделение|иштеген жери|иш орду|institution|agency|organization|organisation"
        "|place of work|ministry|department"
    ),
    Column.POST: "должность|занимаемая должность|кызматы|кызмат орду|ээлеген кызматы|position|post|job title|title",
    Column.RANK: (
        "звание|классный чин|звание классный чин|специальное звание|спецзвание|чин|наамы|атайын наамы|класстык чини"
        "|чини|даражасы|rank|class rank"
    ),
    Column.REGION: (
        "регион|область|облус|облусу|аймак|аймагы|регион область|область регион|город область|область город"
        "|регион службы|region|oblast|province"
    ),
    Column.PHONE: (
        "телефон|тел|телефону|номер телефона|телефон номери|контактный телефон|мобильный телефон|моб тел|моб телефон"
        "|сотовый телефон|сот тел|байланыш телефону|уюлдук телефону|контакты|контакт|phone|mobile|tel|phone number"
        "|telephone|mobile phone|cell"
    ),
    Column.EMAIL: (
        "e mail|email|mail|эл почта|электронная почта|почта|эл адрес|электронный адрес|эл дарек|электрондук почта"
        "|электрондук дарек|электрондук дареги|эл почтасы|почтасы|e mail address|email address"
    ),
    Column.ROLE: (
        "основной или резерв|негизги же резерв|основной резерв|негизги резерв|роль|ролу|статус|статусу|участие|резерв"
        "|катышуу|основной запасной|участник или резерв|участник или запасной|катышуучу же резерв"
        "|катышуучу же запастагы|role|main or reserve|participant or alternate|alternate|status"
    ),
}
_BY_HEADER = {header: column for column, headers in _HEADERS.items() for header in headers.split("|")}
_NAME_WORDS = {
    "фамилия": Column.FAMILY, "фамилиясы": Column.FAMILY, "surname": Column.FAMILY, "имя": Column.GIVEN,
    "аты": Column.GIVEN, "given": Column.GIVEN, "отчество": Column.PATRONYMIC, "patronymic": Column.PATRONYMIC,
}  # fmt: skip
NAME_COLUMNS = frozenset({Column.FULL_NAME, Column.FAMILY, Column.GIVEN, Column.GIVEN_PATRONYMIC, Column.PATRONYMIC})
_SURE, _LIKELY = 2, 1


@dataclass(frozen=True)
class ColumnMapping:
    """Which row is the header (None: the list has none) and where each column stands, both counted from 0.

    `second_row` is true for a header of two rows: a common heading above, the columns below.
    """

    header_row: int | None
    columns: Mapping[Column, int]
    headers: tuple[str, ...] = ()
    second_row: bool = False
    ignored: tuple[int, ...] = field(default=())

    @property
    def first_row(self) -> int:
        """Return the first row below the header."""
        return 0 if self.header_row is None else self.header_row + 1 + self.second_row

    @property
    def has_name(self) -> bool:
        """Tell whether a person's name can be read from the columns."""
        given = {Column.GIVEN, Column.GIVEN_PATRONYMIC} & set(self.columns)
        return Column.FULL_NAME in self.columns or (Column.FAMILY in self.columns and bool(given))

    def cell(self, row: Row, column: Column) -> str:
        """Return the cell of a column, or an empty text."""
        place = self.columns.get(column)
        return row[place] if place is not None and place < len(row) else ""

    def header(self, column: Column) -> str:
        """Return the heading of a column as it stands in the file, or an empty text."""
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
    kinds = {_NAME_WORDS[word] for word in words if word in _NAME_WORDS}
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
    best: ColumnMapping | None = None
    for index in range(min(len(rows), _SEARCHED_ROWS)):
        found = _header_at(rows, index)
        if found and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


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
    used = set(columns.values())
    ignored = tuple(place for place, header in enumerate(headers) if header and place not in used)
    mapping = ColumnMapping(index, columns, headers, second_row, ignored)
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
    headers = tuple(map(texts.clean, rows[header_row])) if header_row is not None and not second_row else ()
    headers = found.headers if found and second_row else headers
    used = set(columns.values())
    ignored = tuple(place for place, header in enumerate(headers) if header and place not in used)
    return ColumnMapping(header_row, dict(columns), headers, second_row, ignored)


def choose_sheet(sheets: Sequence[Sequence[Row]]) -> tuple[int, ColumnMapping] | None:
    """Return the sheet that holds the table and its mapping: the one with most known columns, then most rows."""
    found = [(index, mapping) for index, rows in enumerate(sheets) if (mapping := detect(rows))]
    return max(found, key=lambda each: (len(each[1].columns), len(sheets[each[0]]), -each[0]), default=None)

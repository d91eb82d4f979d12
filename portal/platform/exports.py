"""Export tables as XLSX or CSV; no text in them ever becomes a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter

Cell = str | int | float | date | None

_WIDEST = 60
_MAX_CELL = 32_767  # a spreadsheet's own limit
_FORMULA_START = re.compile(r"^[\s\0]*[=+\-@\t\r\n\0]")
_PHONE = re.compile(r"^\+\d{1,15}$|^\+\d{1,3}(?: \d{1,4}){1,5}$")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: heading lines (what this is, as of when), the columns, the rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    heading: Sequence[str] = ()


def write_xlsx(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, heading: Sequence[str] = ()
) -> bytes:
    return write_workbook(name, [Sheet(name, columns, rows, heading)])


def write_workbook(name: str, sheets: Iterable[Sheet]) -> bytes:
    """Return a workbook; its texts stay texts: a phone keeps its plus sign, a formula is a word like any other."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )
    book.set_properties({"title": name})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 12}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "long": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
    }
    for sheet in sheets:
        _write_sheet(book.add_worksheet(_SHEET_NAME.sub(" ", sheet.name).strip()[:31] or "1"), sheet, formats)
    book.close()
    return buffer.getvalue()


def _write_sheet(
    paper: xlsxwriter.worksheet.Worksheet, sheet: Sheet, formats: dict[str, xlsxwriter.format.Format]
) -> None:
    top = len(sheet.heading) + 1 if sheet.heading else 0
    table = [tuple(row) for row in sheet.rows]
    for place, column in enumerate(sheet.columns):
        longest = max((len(_shown(row[place])) for row in table[:500] if place < len(row)), default=0)
        paper.set_column(place, place, min(_WIDEST, max(longest, len(column), 4) + 2))
    paper.freeze_panes(top + 1, 0)
    for line, text in enumerate(sheet.heading):
        paper.write_string(line, 0, text[:_MAX_CELL], formats["title"])
    for place, column in enumerate(sheet.columns):
        paper.write_string(top, place, column, formats["head"])
    for line, row in enumerate(table, start=top + 1):
        for place, cell in enumerate(row):
            _write(paper, (line, place), cell, formats)


def _write(
    sheet: xlsxwriter.worksheet.Worksheet,
    where: tuple[int, int],
    cell: Cell,
    formats: dict[str, xlsxwriter.format.Format],
) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool | str):
        text = _shown(cell)[:_MAX_CELL]
        sheet.write_string(*where, text, formats["long" if len(text) > _WIDEST else "text"])
    elif isinstance(cell, int | float):
        sheet.write_number(*where, cell)
    elif isinstance(cell, datetime):
        sheet.write_string(*where, _shown(cell), formats["text"])
    else:
        sheet.write_datetime(*where, cell, formats["date"])


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return UTF-8 with a byte order mark, parted by semicolons as spreadsheets here expect it.

    A text that a spreadsheet would calculate is quoted by an apostrophe; `platform.sheets` takes it off again.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([_quoted(cell) if isinstance(cell, str) else _shown(cell) for cell in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _quoted(text: str) -> str:
    harmless = not _FORMULA_START.match(text) or _PHONE.match(text)
    return text.replace("\0", "") if harmless else "'" + text.replace("\0", "")

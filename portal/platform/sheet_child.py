"""Read one spreadsheet in a child process with little memory and time and no files.

Started by `platform.sheets`; it imports little, so that it starts fast. The bytes come on standard input; one JSON
object goes to standard output: sheets, or the code of what stands against the file.
"""

import codecs
import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

import python_calamine

from portal.platform.confined import confine

MEMORY_MB = 512
SECONDS = 15
MAX_MEMBERS = 50
MAX_UNCOMPRESSED = 20 * 1024 * 1024
MAX_RATIO = 100
ALWAYS_UNCOMPRESSED = 1024 * 1024  # below this the ratio says nothing: empty parts of a workbook compress well
MAX_SHEETS = 50
MAX_ROWS = 10_000
SPARE_ROWS = 100  # letterhead, header and footer do not count as rows of a list
MAX_BLANK = 1_048_576  # rows of a spreadsheet: somebody formatted it down to its end
MAX_COLUMNS = 40
MAX_TEXT = 20_000_000
_WORD, _BOOK = "WordDocument".encode("utf-16-le"), "ook".encode("utf-16-le")  # streams of old Office files
# The last for names inside archives.
_CODECS = ("utf-8-sig", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "cp437")
_DELIMITERS = ";\t,|"
_QUOTED = re.compile(r"^'(?=\s*[=+\-@])")  # our own exports, and others, disarm a formula so
_CYRILLIC_TEXT = re.compile(r"[А-яЁё№«»–—“”„…’°\u00a0]")
_CAPITALIZED = re.compile(r"[А-Я][а-я]")
_KOI8 = re.compile(r"[а-я][А-Я]")  # what KOI8-R looks like when it is read as Windows-1251


class RefusedError(Exception):
    def __init__(self, reason: str, **args: int | str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.args_given = args


def main() -> None:
    """Read standard input within the limits and write the answer."""
    for codec in _CODECS:  # loaded now: nothing can be opened later
        codecs.lookup(codec)
    python_calamine.CalamineWorkbook.from_object  # noqa: B018 - loads the extension before files are shut
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # always a text stream here
    confine(memory_mb=MEMORY_MB, cpu_seconds=SECONDS)
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = read(content)
    except RefusedError as refusal:
        answer = {"refused": refusal.reason, "args": refusal.args_given}
    except MemoryError:
        answer = {"refused": "too_large_inside", "args": {}}
    json.dump(answer, sys.stdout, ensure_ascii=False)


def read(content: bytes) -> dict[str, Any]:
    """Return the sheets of a workbook or of a text."""
    if content.startswith(b"PK\x03\x04"):
        judge_archive(content)
        return {"sheets": list(_workbook(content)), "encoding": None}
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        if _WORD in content and _BOOK not in content:
            raise RefusedError("word_document")
        return {"sheets": list(_workbook(content)), "encoding": None}
    text, encoding = decode(content)
    return {"sheets": [{"name": "", "rows": _limited(_text_rows(text), Budget())}], "encoding": encoding}


def judge_archive(content: bytes) -> None:
    """Refuse an archive that is no spreadsheet, or that would grow beyond the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if "word/document.xml" in names:
                raise RefusedError("word_document")
            if not {"xl/workbook.xml", "content.xml"} & names:
                raise RefusedError("unknown_format")
            if len(members) > MAX_MEMBERS:
                raise RefusedError("too_many_parts", limit=MAX_MEMBERS)
            declared = sum(member.file_size for member in members)
            allowed = max(ALWAYS_UNCOMPRESSED, min(MAX_UNCOMPRESSED, MAX_RATIO * len(content)))
            if declared > allowed:
                raise RefusedError("too_large_inside")
            for member in members:
                _judge_member(archive, member)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise RefusedError("damaged") from error
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise RefusedError("password") from error


def _judge_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack one member for nothing: a size that lies ends as a wrong checksum, a document type is refused."""
    before = b""
    with archive.open(member) as part:
        while chunk := part.read(65_536):
            if b"<!DOCTYPE" in before + chunk or b"<!ENTITY" in before + chunk:
                raise RefusedError("forbidden_content")
            before = chunk[-16:]


def _workbook(content: bytes) -> Iterator[dict[str, Any]]:
    budget = Budget()
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ is python_calamine.SheetTypeEnum.WorkSheet]
        visible = [sheet for sheet in sheets if sheet.visible is python_calamine.SheetVisibleEnum.Visible]
        if len(sheets) > MAX_SHEETS:
            raise RefusedError("too_many_sheets", limit=MAX_SHEETS)
        for sheet in visible or sheets:
            table = workbook.get_sheet_by_name(sheet.name)
            left = [""] * (table.start or (0, 0))[1]  # iter_rows gives empty rows above the first, but no columns
            rows = ([*left, *map(text, row)] for row in table.iter_rows())
            yield {"name": sheet.name, "rows": _limited(rows, budget)}
    except python_calamine.PasswordError as error:
        raise RefusedError("password") from error
    except python_calamine.CalamineError as error:
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise RefusedError("password" if locked else "damaged") from error


class Budget:
    """The text that all sheets of a file may hold together."""

    def __init__(self) -> None:
        self.left = MAX_TEXT

    def spend(self, cells: Iterable[str]) -> None:
        self.left -= sum(map(len, cells))
        if self.left < 0:
            raise RefusedError("too_large_inside")


def _limited(rows: Iterable[list[str]], budget: Budget) -> list[list[str]]:
    """Return the rows up to the last that holds something, none wider than its last cell that holds something."""
    kept: list[list[str]] = []
    blank = 0
    for row in rows:
        width = max((place for place, cell in enumerate(row, start=1) if cell.strip()), default=0)
        if not width:
            blank += 1
            if blank > MAX_BLANK:
                raise RefusedError("too_many_rows", limit=MAX_ROWS)
            continue
        if width > MAX_COLUMNS:
            raise RefusedError("too_many_columns", limit=MAX_COLUMNS)
        if len(kept) + blank >= MAX_ROWS + SPARE_ROWS:
            raise RefusedError("too_many_rows", limit=MAX_ROWS)
        kept.extend([] for _ in range(blank))
        blank = 0
        budget.spend(row)
        kept.append(row[:width])
    return kept


def text(cell: Any) -> str:
    """Return a cell as the text that somebody would have typed: no digit added, none lost."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else ""


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and its encoding; Windows-1251 is believed only if it gives Russian."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_as(content, "utf-16")
    if content.startswith(codecs.BOM_UTF8):
        return _decode_as(content, "utf-8-sig")
    start = content[:4096]
    if b"\0" in start:
        little = start[1::2].count(0) + start[1::2].count(4) > start[0::2].count(0) + start[0::2].count(4)
        return _decode_as(content, "utf-16-le" if little else "utf-16-be")
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        decoded, encoding = _decode_as(content, "cp1251")
    foreign = [letter for letter in decoded[:200_000] if letter > "\x7f"]
    russian = len(_CYRILLIC_TEXT.findall("".join(foreign)))
    if russian < 0.9 * len(foreign) or len(_KOI8.findall(decoded)) > len(_CAPITALIZED.findall(decoded)):
        raise RefusedError("unknown_encoding")
    return decoded, encoding


def _decode_as(content: bytes, encoding: str) -> tuple[str, str]:
    try:
        decoded = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RefusedError("unknown_encoding") from error
    if "\0" in decoded:
        raise RefusedError("unknown_format")
    return decoded, encoding


def _text_rows(decoded: str) -> Iterator[list[str]]:
    first, _, rest = decoded.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?\s*', first, re.IGNORECASE)
    body = rest if told else decoded
    delimiter = told.group(1) if told else guess_delimiter(body)
    if told:
        yield []
    lines = io.StringIO(body, newline="")
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            yield [_QUOTED.sub("", cell) for cell in row]
    except csv.Error as error:
        raise RefusedError("damaged") from error


def guess_delimiter(body: str) -> str:
    """Return the delimiter that parts the first rows most often and most evenly."""

    def score(delimiter: str) -> tuple[int, int]:
        lines = io.StringIO(body[:100_000], newline="")
        try:
            widths = [len(row) for row in islice(csv.reader(lines, delimiter=delimiter), 60) if len(row) > 1]
        except csv.Error:
            return 0, 0
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        return widths.count(usual), usual

    return max(_DELIMITERS, key=score)


if __name__ == "__main__":
    main()

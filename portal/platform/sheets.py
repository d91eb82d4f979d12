"""Strangers' spreadsheets: checked by their bytes, then read in a confined child process."""

import json
from dataclasses import dataclass
from subprocess import TimeoutExpired
from typing import Any

from portal.platform import confined
from portal.platform.errors import Refusal
from portal.platform.i18n import _l

MAX_BYTES = 30 * 1024 * 1024
MAX_PASTED = 4 * 1024 * 1024
_CHILD = "portal.platform.sheet_child"
_SECONDS = 20

_MAGIC = {
    "pdf": (b"%PDF",),
    "picture": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*"),
    "word_document": (b"{\\rtf",),
    "archive": (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b"),
}
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"mime-version")

_WORDING = {
    "empty": _l("The file is empty."),
    "too_large": _l("The file is larger than %(limit)s MB."),
    "too_large_inside": _l("The file unfolds to more than the portal reads. Save the list alone as a new file."),
    "too_many_parts": _l("The workbook has more than %(limit)s parts. Save the sheet with the list as a new file."),
    "too_many_sheets": _l("The workbook has more than %(limit)s sheets. Save the sheet with the list as a new file."),
    "too_many_rows": _l("The list has more than %(limit)s rows. Part it and send the parts one by one."),
    "too_many_columns": _l("The sheet has more than %(limit)s columns."),
    "too_slow": _l("Reading the file took too long. Save the list alone as a new file."),
    "pdf": _l("This is a PDF, whatever its name says. Send the list as XLSX, XLS, ODS or CSV; a scan can be attached."),
    "picture": _l("This is a picture, whatever its name says. Send the list as XLSX, XLS, ODS or CSV."),
    "word_document": _l("This is a text document. Copy its table and paste it, or save it as XLSX, XLS, ODS or CSV."),
    "archive": _l("This is an archive. Take the list out of it and send the list alone."),
    "markup": _l("This is a web page under a spreadsheet's name. Open it in a spreadsheet and save it as XLSX."),
    "password": _l("The file is protected by a password. Save it without one."),
    "forbidden_content": _l("The file holds a document type, which no list needs. Save the list as a new file."),
    "damaged": _l("The file is damaged: it cannot be read as a spreadsheet."),
    "unknown_format": _l("The file is none of XLSX, XLS, ODS and CSV."),
    "unknown_encoding": _l("The letters of the text cannot be read. Save it as CSV in UTF-8."),
}
_TOO_LARGE = frozenset({"too_large", "too_large_inside", "too_many_rows", "too_many_columns"})


class UnreadableSheet(Refusal):
    """Refuse a file whose rows cannot be had; `reason` is a key of the wording and stable for programs."""

    def __init__(self, reason: str, **arguments: Any) -> None:
        super().__init__(reason, _WORDING[reason], **arguments)
        self.reason = reason


class SheetTooLarge(UnreadableSheet):
    status = 413


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or the only one of a text: rows of cells as text, ragged, none after the last.

    `encoding` is that of a text file: utf-8, utf-8-sig, utf-16…, cp1251; None for a workbook and for pasted text.
    """

    name: str
    rows: list[list[str]]
    encoding: str | None = None


def read(content: bytes, filename: str = "") -> list[Sheet]:
    """Return the sheets of an XLSX, XLS, ODS, CSV or TSV file. The bytes decide what it is, not the name.

    :raises UnreadableSheet: if it is something else, damaged, locked or beyond the limits.
    """
    _judge(content, filename)
    answer = _run(content)
    if "refused" in answer:
        raise _refusal(answer["refused"], **answer["args"])
    sheets = [Sheet(sheet["name"], sheet["rows"], answer["encoding"]) for sheet in answer["sheets"]]
    if not any(sheet.rows for sheet in sheets):
        raise UnreadableSheet("empty")
    return sheets


def read_text(pasted: str) -> list[Sheet]:
    """Return the one sheet of a text copied out of a spreadsheet, a mail or a document.

    :raises UnreadableSheet: if there is none in it or too much.
    """
    content = pasted.replace("\0", "").encode(errors="replace")
    if len(content) > MAX_PASTED:
        raise _refusal("too_large", limit=MAX_PASTED // 1024 // 1024)
    return [Sheet(sheet.name, sheet.rows) for sheet in read(b"\xef\xbb\xbf" + content)]


def _judge(content: bytes, filename: str) -> None:
    if len(content) > MAX_BYTES:
        raise _refusal("too_large", limit=MAX_BYTES // 1024 // 1024)
    if not content.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise UnreadableSheet("empty")
    for reason, starts in _MAGIC.items():
        if content.startswith(starts):
            raise UnreadableSheet(reason)
    if content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise UnreadableSheet("markup")
    if filename.lower().endswith((".doc", ".docx", ".rtf")) and content.startswith((b"PK", b"\xd0\xcf")):
        raise UnreadableSheet("word_document")


def _run(content: bytes) -> dict[str, Any]:
    """Return the child's answer; a child that dies has met the limits of its process."""
    try:
        child = confined.run(_CHILD, content, seconds=_SECONDS)
    except TimeoutExpired:
        raise UnreadableSheet("too_slow") from None
    if child.returncode < 0:
        raise _refusal("too_large_inside")
    if child.returncode:
        raise UnreadableSheet("damaged")
    answer: dict[str, Any] = json.loads(child.stdout)
    return answer


def _refusal(reason: str, **arguments: Any) -> UnreadableSheet:
    return (SheetTooLarge if reason in _TOO_LARGE else UnreadableSheet)(reason, **arguments)

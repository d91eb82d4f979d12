"""Workbooks made for tests: good ones, and ones that were tampered with."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"


def workbook(fill: Callable[[Any], None], **options: object) -> bytes:
    """Return a workbook with one sheet that `fill` has written."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, options)
    fill(book.add_worksheet())
    book.close()
    return buffer.getvalue()


def table(rows: list[list[object]]) -> bytes:
    """Return a workbook with these rows."""

    def fill(sheet: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(fill, constant_memory=True, strings_to_formulas=False, strings_to_numbers=False)


def archive(members: dict[str, bytes]) -> bytes:
    """Return a compressed archive of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return buffer.getvalue()


def tampered(content: bytes, change: Callable[[bytes], bytes], member: str = SHEET) -> bytes:
    """Return the workbook with one member changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        members = {name: read.read(name) for name in read.namelist()}
    members[member] = change(members[member])
    return archive(members)

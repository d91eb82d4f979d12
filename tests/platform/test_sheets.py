"""Files that ministries send, and files that nobody should."""

import io
import resource
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.platform import sheets
from tests.platform.workbooks import SHEET, archive, table, tampered, workbook

DATA = Path(__file__).parents[1] / "data"
ROWS = [["№", "Ф.И.О."], ["1", "Үсөнова Жаңыл"], ["2", "Көчөрбаев Өмүр"]]
RUSSIAN = [["N", "Ф.И.О."], ["1", "Усонова Жаныл"], ["2", "Кочорбаев Омур"]]


def refusal(content: bytes, filename: str = "list.xlsx") -> sheets.UnreadableSheet:
    with pytest.raises(sheets.UnreadableSheet) as caught:
        sheets.read(content, filename)
    assert str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("filename", "shape", "encoding"),
    [
        ("osh-nominations.xlsx", [67, 0], None),
        ("issyk-kul-nominations.csv", [69], "cp1251"),
        ("talas-nominations.xlsx", [28], None),
        ("two-people.xls", [4], None),
        ("two-people.ods", [4], None),
    ],
)
def test_read_file_as_sent(filename: str, shape: list[int], encoding: str | None) -> None:
    read = sheets.read((DATA / filename).read_bytes(), filename)
    assert [len(sheet.rows) for sheet in read] == shape
    assert read[0].encoding == encoding


@pytest.mark.parametrize("filename", ["two-people.xls", "two-people.ods"])
def test_read_other_programs_gives_texts(filename: str) -> None:
    (sheet,) = sheets.read((DATA / filename).read_bytes(), filename)
    assert sheet.name == "Тизме"
    assert sheet.rows == [
        [],
        ["№", "Ф.И.О.", "Туулган жылы", "Телефон", "Мекеме"],
        ["1", "Үсөнова Жаңыл Байышовна", "1981", "996555000333", "Башкы прокуратура"],
        ["2", "Өмүрбек уулу Үсөн", "1979-05-12", "0(501) 604-154", "ГКНБ"],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_read_text_in_any_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    content = "\r\n".join(map(delimiter.join, ROWS)).encode(encoding)
    (sheet,) = sheets.read(content, "list.csv")
    assert (sheet.rows, sheet.encoding) == (ROWS, encoding)


def test_read_text_in_windows_1251() -> None:
    (sheet,) = sheets.read("\r\n".join(map(";".join, RUSSIAN)).encode("cp1251"))
    assert (sheet.rows, sheet.encoding) == (RUSSIAN, "cp1251")


@pytest.mark.parametrize("encoding", ["cp866", "koi8-r"])
def test_read_text_in_forgotten_encoding_is_refused(encoding: str) -> None:
    assert refusal("\r\n".join(map(";".join, RUSSIAN)).encode(encoding)).code == "unknown_encoding"


def test_read_text_that_tells_its_delimiter_keeps_row_numbers() -> None:
    (sheet,) = sheets.read("sep=|\nа;б|в\n1;2|3\n".encode())
    assert sheet.rows == [[], ["а;б", "в"], ["1;2", "3"]]


def test_read_text_with_quotes_and_line_breaks() -> None:
    (sheet,) = sheets.read('ФИО;Орган\n"Асанов\nАсан";"ОФ ""Оазис"""\n'.encode())
    assert sheet.rows[1] == ["Асанов\nАсан", 'ОФ "Оазис"']


def test_read_text_pasted_from_spreadsheet() -> None:
    (sheet,) = sheets.read_text("№\tФ.И.О.\n1\tҮсөнова Жаңыл\n")
    assert (sheet.rows, sheet.encoding) == (ROWS[:2], None)


def test_read_numbers_loses_and_adds_no_digit() -> None:
    def fill(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_row(0, 0, [996555000333.0, 1981.0, 1.5, 0.1 + 0.2, -5, True, 9.96555e17])
        sheet.write_datetime(0, 7, date(1979, 5, 12), sheet.default_date_format)
        sheet.write_string(0, 8, "0555 00 03 33")

    content = workbook(fill, default_date_format="dd.mm.yyyy")
    assert sheets.read(content)[0].rows == [
        ["996555000333", "1981", "1.5", "0.3", "-5", "TRUE", "9.96555e+17", "1979-05-12", "0555 00 03 33"]
    ]


def test_read_formula_keeps_what_was_calculated_and_calculates_nothing() -> None:
    def fill(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_formula(0, 0, '=CONCATENATE("Аса","нов")', None, "Асанов")
        sheet.write_formula(0, 1, "=40+2", None, 41)
        sheet.write_formula(0, 2, '=WEBSERVICE("http://127.0.0.1/")', None, "")
        sheet.write_formula(0, 3, "=1/0", None, "#DIV/0!")
        sheet.write_string(0, 4, "=cmd|' /C calc'!A0")

    assert sheets.read(workbook(fill))[0].rows == [["Асанов", "41", "", "", "=cmd|' /C calc'!A0"]]


def test_read_keeps_cells_in_their_places() -> None:
    content = workbook(lambda sheet: (sheet.write(2, 2, "x"), sheet.write(4, 3, "y")))
    assert sheets.read(content)[0].rows == [[], [], ["", "", "x"], [], ["", "", "", "y"]]


def test_read_leaves_hidden_sheets_out() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Тизме").write(0, 0, "x")
        hidden = book.add_worksheet("old")
        hidden.write(0, 0, "y")
        hidden.hide()
    assert [sheet.name for sheet in sheets.read(buffer.getvalue())] == ["Тизме"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\t", "empty"),
        (table([]), "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "picture"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"{\\rtf1\\ansi", "word_document"),
        (archive({"word/document.xml": b"<w:document/>"}), "word_document"),
        (archive({"readme.txt": b"hello"}), "unknown_format"),
        (b"Rar!\x1a\x07\x00", "archive"),
        (b"  <html><table><tr><td>x</table>", "markup"),
        (b"<?xml version='1.0'?><Workbook/>", "markup"),
        (b"PK\x03\x04 and no more", "damaged"),
        (table([["x"]])[:-40], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "word_document"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0", "unknown_format"),
        ("Үсөн;Жаңыл\n".encode()[:-3] + b"\xff\n", "unknown_encoding"),
    ],
)
def test_read_something_else_says_what_it_is(content: bytes, code: str) -> None:
    found = refusal(content)
    assert (found.code, found.status) == (code, 422)


def test_read_locked_workbook_asks_for_one_without_password() -> None:
    locked = bytearray((DATA / "two-people.xls").read_bytes())
    name = "Workbook".encode("utf-16-le")
    place = locked.index(name)
    other = "EncryptedPackage".encode("utf-16-le")
    locked[place : place + len(other)] = other
    assert refusal(bytes(locked)).code == "password"


def test_read_thirty_megabytes_and_more_is_refused_before_reading() -> None:
    found = refusal(b"a;b\n" * (sheets.MAX_BYTES // 4 + 1), "list.csv")
    assert (found.code, found.status) == ("too_large", 413)


ODS_END = b"</table:table>"
REPEATED = (
    b'<table:table-row table:number-rows-repeated="4000000000"><table:table-cell office:value-type="string">'
    b"<text:p>x</text:p></table:table-cell></table:table-row>"
)
BLANK_TO_THE_END = (
    b'<table:table-row table:number-rows-repeated="1048570">'
    b'<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)
EXTERNAL = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet '
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet '


def lying() -> bytes:
    """Return an archive that says of its largest part that it is small."""
    content = bytearray(archive({"xl/workbook.xml": b"x", SHEET: bytes(60_000_000)}))
    central = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    content[central + 24 : central + 28] = (1000).to_bytes(4, "little")
    return bytes(content)


def up_to(row: int, column: int) -> bytes:
    """Return a workbook with two cells: the first one, and one far away."""
    return workbook(lambda sheet: (sheet.write(0, 0, "a"), sheet.write(row, column, "b")))


def with_start(start: bytes) -> bytes:
    """Return a workbook whose sheet begins otherwise."""
    return tampered(table([["a"], ["b"]]), lambda xml: xml.replace(b"<worksheet ", start, 1))


def repeated() -> bytes:
    """Return a file that repeats one row four thousand million times."""
    ods = (DATA / "two-people.ods").read_bytes()
    return tampered(ods, lambda xml: xml.replace(ODS_END, REPEATED + ODS_END), "content.xml")


# Files that are small and grow, each made when it is read, with the code of their refusal.
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "blank": (lambda: b"\n" * 29_000_000 + b"a", "too_many_rows"),
    "bottom": (lambda: up_to(1_048_575, 0), "too_many_rows"),
    "corner": (lambda: up_to(1_048_575, 16_383), "too_large_inside"),
    "external": (lambda: with_start(EXTERNAL), "forbidden_content"),
    "laughs": (lambda: with_start(LAUGHS), "forbidden_content"),
    "lying": (lying, "damaged"),
    "one word": (lambda: b"a" * 29_000_000, "damaged"),
    "parts": (lambda: archive({f"xl/{n}": b"" for n in ("workbook.xml", *range(60))}), "too_many_parts"),
    "ratio": (lambda: archive({"xl/workbook.xml": b"x", SHEET: bytes(19_000_000)}), "too_large_inside"),
    "repeated": (repeated, "too_many_rows"),
    "semicolons": (lambda: b";" * 29_000_000, "too_large_inside"),
    "unfolded": (lambda: archive({"xl/workbook.xml": b"x", SHEET: bytes(300_000_000)}), "too_large_inside"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_read_bomb_costs_little_and_is_refused(kind: str) -> None:
    make, code = BOMBS[kind]
    content = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = refusal(content)
    assert (found.code, "root:" in str(found)) == (code, False)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024 < 50


def test_read_sheet_that_only_declares_a_million_rows() -> None:
    bomb = b'<dimension ref="A1:XFD1048576"/><sheetData>'
    declared = tampered(table([["a"], ["b"]]), lambda xml: xml.replace(b"<sheetData>", bomb))
    assert bomb in zipfile.ZipFile(io.BytesIO(declared)).read(SHEET)
    assert sheets.read(declared)[0].rows == [["a"], ["b"]]


def test_read_sheet_that_is_formatted_down_to_its_end() -> None:
    ods = (DATA / "two-people.ods").read_bytes()
    blank = tampered(ods, lambda xml: xml.replace(ODS_END, BLANK_TO_THE_END + ODS_END), "content.xml")
    assert blank != ods
    assert sheets.read(blank) == sheets.read(ods)


def test_read_ten_thousand_rows_and_a_header() -> None:
    rows: list[list[object]] = [["№", "Ф.И.О."], *([n, f"Асанов Асан {n}"] for n in range(10_000))]
    assert len(sheets.read(table(rows))[0].rows) == 10_001


def test_read_more_rows_or_columns_than_a_list_has() -> None:
    assert refusal(table([["x"]] * 10_101)).code == "too_many_rows"
    found = refusal(table([["x"] * 41]))
    assert (found.code, found.status, found.arguments) == ("too_many_columns", 413, {"limit": 40})


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"]))
def test_read_any_bytes_gives_rows_or_a_refusal(content: bytes, start: bytes) -> None:
    try:
        read = sheets.read(start + content)
    except sheets.UnreadableSheet as refused:
        assert str(refused)
    else:
        assert all(isinstance(cell, str) for sheet in read for row in sheet.rows for cell in row)

"""Tables that leave the portal."""

import io
import re
import zipfile
from datetime import UTC, date, datetime

import pytest

from portal.platform import exports, sheets

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "\0=1+1",
]


def test_xlsx_is_read_back_as_it_was_written() -> None:
    rows = [["Үсөнова Жаңыл", "+996 555 000 333", 59, 1.5, date(2026, 11, 24), None], ["x"]]
    content = exports.write_xlsx("Тизме: [1]", list("абвгде"), rows, heading=["Тизме", "24.11.2026"])
    (sheet,) = sheets.read(content)
    assert sheet.rows[3:] == [list("абвгде"), ["Үсөнова Жаңыл", "+996 555 000 333", "59", "1.5", "2026-11-24"], ["x"]]
    assert sheet.name == "Тизме   1"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_xlsx_holds_no_formula(payload: str) -> None:
    content = exports.write_xlsx(payload, [payload], [[payload]], heading=[payload])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    assert not any(re.search(rb"<f[ >]|<hyperlink", part) for part in parts)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_csv_starts_no_cell_with_a_formula(payload: str) -> None:
    text = exports.write_csv([payload], [[payload]]).decode("utf-8-sig")
    assert all(cell.startswith(("'", "\"'")) for cell in text.split("\r\n") if cell.strip('"\n'))


@pytest.mark.parametrize(
    "text", ["+996555000333", "+996 555 000 333", "=1+1", "Өмүрбек уулу Үсөн", 'ОФ "Оазис"; Бишкек']
)
def test_csv_is_read_back_as_it_was_written(text: str) -> None:
    (sheet,) = sheets.read(exports.write_csv(["а", "б"], [[text, 5]]))
    assert sheet.rows == [["а", "б"], [text, "5"]]


def test_csv_keeps_a_phone_as_it_is() -> None:
    assert b"\n+996555000333;" in exports.write_csv(
        ["a", "b"], [["+996555000333", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)]]
    )

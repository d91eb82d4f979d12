"""The attendance sheet: everybody on it once, room to sign twice, nothing that the room should not see."""

from dataclasses import replace
from datetime import date

import pytest

from portal.attendance.documents import Day, SheetFacts, SheetRow, attendance_sheet
from portal.printing import client
from portal.printing.orders import Order
from tests import pdfs

NAMES = [
    f"{family} {given} Абдыкадыровна"
    for family in ("Үсөнова", "Көчөрбаева", "Өмүрбекова")
    for given in "АБВГДЕЖЗИКЛМНОПРСТ"
]
HEADINGS = {"ky": "Катышуу барагы", "ru": "Лист посещаемости", "en": "Attendance sheet"}


def sheet(lang: str = "ru", people: int = 54, blank_rows: int = 6) -> SheetFacts:
    day = Day(
        training="OSH-2026-01",
        title=pdfs.TITLE,
        project="Укрепление мер уголовного правосудия в ответ на торговлю людьми",
        donors=["INL", "UNODC"],
        venue="Ош, гостиница «Классик»",
        day=date(2026, 11, 24),
        ordinal=1,
        days=2,
        coordinator="Айда Маматова",
    )
    rows = [
        SheetRow(
            str(number), name, "старший следователь по особо важным делам", "Служба криминальной милиции", "город Ош"
        )
        for number, name in enumerate(NAMES[:people], start=1)
    ]
    return attendance_sheet(day, rows, blank_rows=blank_rows, lang=lang)


def print_sheet(renderer: client.Renderer, printed: SheetFacts) -> bytes:
    return renderer.render(
        Order(
            "attendance_sheet.html",
            printed.as_dict(),
            title=printed.document_title,
            lang=printed.lang,
            created_at=pdfs.ISSUED_AT,
        )
    )


@pytest.mark.parametrize("lang", ["ky", "ru", "en"])
def test_sheet_says_what_day_it_is_for(renderer: client.Renderer, lang: str) -> None:
    document = print_sheet(renderer, sheet(lang))
    text = pdfs.text_of(document)
    day = {"ky": "2026-жылдын 24-ноябры", "ru": "24 ноября 2026 года", "en": "24 November 2026"}[lang]
    for words in (HEADINGS[lang], HEADINGS["ky"], getattr(pdfs.TITLE, lang).text, day, "OSH-2026-01", "INL, UNODC"):
        assert words in text, words
    assert pdfs.info_of(document)["Tagged"] == "yes"
    assert pdfs.info_of(document)["Title"] == "OSH-2026-01 · 24.11.2026"


def test_everybody_stands_on_it_once_and_pages_are_counted(renderer: client.Renderer) -> None:
    document = print_sheet(renderer, sheet())
    pages = [" ".join(word.text for word in words) for words in pdfs.words_of(document)]
    everything = " ".join(pages)
    assert [name for name in NAMES if everything.count(name) != 1] == []
    for number, page in enumerate(pages, start=1):
        assert f"стр. {number} из {len(pages)}" in page
        assert "Фамилия, имя, отчество" in page
        assert "OSH-2026-01 · 24.11.2026" in page
    assert len(pages) == 3
    assert "Замена (заполните печатными буквами)" in pages[-1]
    assert [f"+{number}" in pages[-1].split() for number in range(1, 8)] == [True] * 6 + [False]
    assert "В списке: 54" in pages[-1]
    assert "Координатор: Айда Маматова" in pages[-1]


def test_nothing_runs_over_the_paper(renderer: client.Renderer) -> None:
    row = SheetRow("105", pdfs.SIXTY_LETTERS, "следователь" * 8, "Учреждение " * 9, "Джалал-Абадская область")
    longest = replace(sheet(people=0), rows=(row,))
    for printed in (sheet(), longest):
        for words in pdfs.words_of(print_sheet(renderer, printed)):
            assert [word.text for word in words if word.right > 595.3 - 30 or word.left < 30 or word.bottom > 842] == []
            assert pdfs.overlaps(words) == []


@pytest.mark.parametrize("people", [16, 17, 18])
def test_whoever_signs_a_sheet_has_rows_above(renderer: client.Renderer, people: int) -> None:
    last = pdfs.words_of(print_sheet(renderer, sheet(people=people, blank_rows=2)))[-1]
    assert {"+2", "Координатор:"} <= {word.text for word in last}


def test_sheet_without_people_is_all_blank_rows(renderer: client.Renderer) -> None:
    text = pdfs.text_of(print_sheet(renderer, sheet(people=0, blank_rows=20)))
    assert "+20" in text
    assert "В списке: 0" in text


def test_columns_have_headers_for_a_screen_reader(renderer: client.Renderer) -> None:
    with pdfs.opened(print_sheet(renderer, sheet(people=2, blank_rows=0))) as file:
        cells = [thing for thing in file.objects if getattr(thing, "S", None) in ("/TH", "/TD")]
        assert sum(cell.S == "/TH" for cell in cells) == 6
        assert all("/Headers" in cell.A for cell in cells if cell.S == "/TD")


def test_row_holds_nothing_that_the_room_should_not_see() -> None:
    assert set(SheetRow.__dataclass_fields__) == {"number", "name", "position", "institution", "region"}

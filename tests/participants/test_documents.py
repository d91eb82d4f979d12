"""Slips: ten to a page, each with one person's way in and nobody else's."""

from pathlib import Path

import pytest

from portal.participants.documents import Slip, SlipFacts
from portal.printing import client
from portal.printing.orders import Order
from tests import pdfs


def printed_slips(people: int, lang: str = "ru") -> SlipFacts:
    names = ["Асанова Чолпон Бакытовна", pdfs.SIXTY_LETTERS, "Ли Ю"]
    return SlipFacts(
        lang,
        "OSH-2026-01",
        getattr(pdfs.TITLE, lang),
        "portal.example.org/my",
        tuple(
            Slip(
                name=names[number % 3],
                reference=f"7K3M9Q{number:02}",
                pin=f"{number:06}",
                url=f"https://portal.example.org/my?reference=7K3M9Q{number:02}",
            )
            for number in range(people)
        ),
    )


def print_slips(renderer: client.Renderer, facts: SlipFacts) -> bytes:
    return renderer.render(
        Order("slips.html", facts.as_dict(), title=facts.training, lang=facts.lang, created_at=pdfs.ISSUED_AT)
    )


@pytest.mark.parametrize(("people", "pages"), [(1, 1), (10, 1), (11, 2), (59, 6)])
def test_ten_slips_make_a_page(renderer: client.Renderer, people: int, pages: int) -> None:
    document = print_slips(renderer, printed_slips(people))
    assert len(pdfs.words_of(document)) == pages
    text = pdfs.text_of(document)
    assert [number for number in range(people) if text.count(f"7K3M9Q{number:02}") != 1] == []


@pytest.mark.parametrize("lang", ["ky", "ru", "en"])
def test_slip_says_how_to_get_in(renderer: client.Renderer, lang: str, tmp_path: Path) -> None:
    document = print_slips(renderer, printed_slips(3, lang))
    text = pdfs.text_of(document)
    for words in ("Асанова Чолпон Бакытовна", getattr(pdfs.TITLE, lang).text, "portal.example.org/my", "000002"):
        assert words in text, words
    [words] = pdfs.words_of(document)
    assert pdfs.overlaps(words) == []
    [page] = pdfs.pictures_of(document, tmp_path)
    assert pdfs.qr_codes(page) == [f"https://portal.example.org/my?reference=7K3M9Q0{number}" for number in range(3)]

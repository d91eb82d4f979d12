"""Which texts are printed, and that every bundled font can print them."""

import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from portal.config import ROOT
from portal.printing.fonts import ALPHABET, TextRefusal, TextRefused, printable

FONTS = sorted((ROOT / "static" / "fonts" / "documents").glob("*.ttf"))
KYRGYZ = "ҢӨҮңөү"


@pytest.mark.parametrize(
    "text",
    [
        "Үсөнова Жаңыл",
        "Köchörbaeva Ñurgül",
        "О'Коннор-Ёлкин",
        "Oʻgʻli Əliyeva Ǧulnora Șerban",
        "№ 12 «Ала-Тоо» – 100 %",
        "<b>{{7*7}}</b>",
    ],
)
def test_text_of_our_letters_is_printed_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_decomposed_letters_are_composed() -> None:
    assert printable(unicodedata.normalize("NFD", "Күйөө Ёй ö")) == "Күйөө Ёй ö"


@pytest.mark.parametrize(
    ("text", "reason", "letter"),
    [
        ("Асанова\u202eЧолпон", TextRefusal.CONTROL, "\u202e"),
        ("Асанова\u2066Чолпон", TextRefusal.CONTROL, "\u2066"),
        ("Асанова\u200bЧолпон", TextRefusal.CONTROL, "\u200b"),
        ("Асанова\u00adЧолпон", TextRefusal.CONTROL, "\u00ad"),
        ("Асанова\ufeff", TextRefusal.CONTROL, "\ufeff"),
        ("Асанова\nЧолпон", TextRefusal.CONTROL, "\n"),
        ("Асанова\x00", TextRefusal.CONTROL, "\x00"),
        ("Асанова\ud800", TextRefusal.CONTROL, "\ud800"),
        ("Аса\u0301нова", TextRefusal.COMBINING, "\u0301"),
        ("李小龙", TextRefusal.LETTER, "李"),
        ("محمد", TextRefusal.LETTER, "م"),
        ("Айбек😀", TextRefusal.LETTER, "😀"),
        ("Асанова\u2009Чолпон", TextRefusal.LETTER, "\u2009"),
    ],
)
def test_text_that_would_print_wrongly_is_refused_by_its_letter(text: str, reason: TextRefusal, letter: str) -> None:
    with pytest.raises(TextRefused) as refusal:
        printable(text)
    assert (refusal.value.reason, refusal.value.letter) == (reason, letter)
    assert f"U+{ord(letter):04X}" in str(refusal.value)
    str(refusal.value).encode()  # Nothing in the message breaks a log line.


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_font_holds_the_whole_alphabet_and_may_be_embedded(path: Path) -> None:
    font = TTFont(path)
    letters = {chr(point) for point in font.getBestCmap()}
    assert letters >= ALPHABET
    assert letters >= set(KYRGYZ + "öü")
    assert font["OS/2"].fsType == 0
    assert path.stat().st_size < 120_000


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_font_keeps_latin_and_cyrillic_apart(path: Path) -> None:
    """A shared glyph would turn a copied Cyrillic name into Latin letters."""
    users = defaultdict(set)
    for point, glyph in TTFont(path).getBestCmap().items():
        users[glyph].add(chr(point))
    assert [letters for letters in users.values() if len(letters) > 1] == []


def test_licence_stands_beside_the_fonts() -> None:
    assert {path.name for path in FONTS[0].parent.glob("*OFL.txt")} == {"EBGaramond-OFL.txt", "NotoSans-OFL.txt"}

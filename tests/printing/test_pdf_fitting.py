"""Texts shrink and wrap so that they fit, measured with the font that prints them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.config import ROOT
from portal.printing.fonts import TextRefusal, TextRefused
from portal.printing.slots import POINTS_PER_MM, Face, Place, fit

FACE = Face(ROOT / "static" / "fonts" / "documents" / "serif-medium.ttf")
NAME = Place(size=37, width_mm=225, lines=2, shrink_first=True, wrapped=27)


def test_short_text_keeps_its_size() -> None:
    fitted = fit("Асанова Чолпон", FACE, NAME)
    assert (fitted.lines, fitted.size) == (("Асанова Чолпон",), 37)


def test_long_name_shrinks_before_it_wraps() -> None:
    fitted = fit("Абдырахманбердиева Айжаркын Турдумамбетовна", FACE, NAME)
    assert len(fitted.lines) == 1
    assert 0.6 * 37 <= fitted.size < 37


def test_longer_name_wraps_where_the_lines_are_most_even() -> None:
    fitted = fit("Абдыкадыров-Өмүрбековский Үсөнбек-Мырза Турдумамбетович уулу", FACE, NAME)
    assert fitted.lines == ("Абдыкадыров-Өмүрбековский", "Үсөнбек-Мырза Турдумамбетович уулу")
    assert fitted.size == 27


def test_title_wraps_before_it_shrinks() -> None:
    fitted = fit("Расследование и уголовное преследование торговли людьми", FACE, Place(size=13, width_mm=77, lines=3))
    assert (len(fitted.lines), fitted.size) == (2, 13)


def test_text_too_long_is_refused() -> None:
    with pytest.raises(TextRefused) as refusal:
        fit("Ы" * 120, FACE, NAME)
    assert refusal.value.reason is TextRefusal.TOO_LONG
    assert "too long" in str(refusal.value)


def test_empty_text_fits() -> None:
    assert fit("", FACE, NAME).lines == ("",)


@given(st.lists(st.text("АБЖөүң-", min_size=1, max_size=14), min_size=1, max_size=9))
def test_fitted_text_is_whole_and_within_its_place(words: list[str]) -> None:
    text = " ".join(words)
    place = Place(size=20, width_mm=80, lines=3)
    try:
        fitted = fit(text, FACE, place)
    except TextRefused:
        assert FACE.width(text) * 20 * 0.6 > 80 * POINTS_PER_MM
        return
    assert " ".join(fitted.lines) == text
    assert len(fitted.lines) <= 3
    assert all(FACE.width(line) * fitted.size <= 80 * POINTS_PER_MM for line in fitted.lines)
    assert 0.59 * 20 <= fitted.size <= 20

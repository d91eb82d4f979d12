"""Three sides of one text, and what stands in for a missing one."""

from portal.platform.trilingual import Passage, Trilingual


def test_each_side_has_its_text() -> None:
    text = Trilingual.of(ky="Ош шаары", ru="город Ош", en="Osh city")
    assert (text.ky, text.ru, text.en) == (
        Passage("Ош шаары", "ky"),
        Passage("город Ош", "ru"),
        Passage("Osh city", "en"),
    )


def test_missing_side_is_russian_then_kyrgyz_then_english_and_says_so() -> None:
    assert Trilingual.of(ky="Ош шаары", ru="город Ош").en == Passage("город Ош", "ru")
    assert Trilingual.of(ky="Ош шаары", en="Osh city").ru == Passage("Ош шаары", "ky")
    assert Trilingual.of(en="Osh city", ky="  ").ky == Passage("Osh city", "en")


def test_empty_text_is_empty_on_every_side() -> None:
    assert Trilingual.of().en == Passage("", "en")

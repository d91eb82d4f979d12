"""A certificate with logos, own words, a disclaimer, one to three signatories: all fits, and nothing is smoothed."""

from dataclasses import replace

import pytest

from portal.certificates.documents import Signatory
from portal.platform.texts import Text
from portal.printing import client
from tests import pdfs
from tests.certificates.test_documents import LONG_TITLE, assert_within_frame

LINE = Text(
    ky="«Адилет» программасынын алкагында", ru="в рамках программы «Адилет»", en="of the programme Adilet"
).printed()
DISCLAIMER = Text(
    ky="Бул жерде айтылган пикирлер уюмдун көз карашын чагылдырбайт. Колдонулган белгилөөлөр аймактардын укуктук "
    "статусу жөнүндө пикирди билдирбейт.",
    ru="Изложенные мнения могут не отражать позицию организации. Обозначения не выражают какого-либо мнения о "
    "правовом статусе территорий.",
    en="The views expressed are not necessarily those of the organization. The designations imply no opinion on the "
    "legal status of any territory.",
).printed()
LONG_POST = Text(
    ky="Кыргыз Республикасынын Башкы прокуратурасынын Прокурорлордун квалификациясын жогорулатуу борборунун директору",
    ru="директор Центра повышения квалификации прокурорских работников Генеральной прокуратуры Кыргызской Республики",
    en="Director of the Training Centre for Prosecutors at the General Prosecutor’s Office of the Kyrgyz Republic",
).printed()
QR_POINTS = (705, 468, 763, 526)  # With a disclaimer below it.


@pytest.mark.parametrize(
    ("number", "place", "signatories", "kind", "name"),
    [
        (1, "top", 2, "attendance", pdfs.LONG_NAME),
        (2, "sides", 1, "facilitator", pdfs.LONG_NAME),
        (5, "top", 3, "completion", pdfs.SIXTY_LETTERS),
    ],
)
def test_paper_with_everything_on_it_fits(
    renderer: client.Renderer, number: int, place: str, signatories: int, kind: str, name: str
) -> None:
    logos, pictures = pdfs.logos(number)
    people = [Signatory(one.name, LONG_POST) for one in pdfs.SIGNATORIES[:signatories]]
    of = replace(
        pdfs.delivery(title=LONG_TITLE),
        signatories=people,
        logos=logos,
        logos_at=place,
        line=LINE,
        disclaimer=DISCLAIMER,
    )
    page = pdfs.print_certificate(renderer, pdfs.facts(name, of=of, kind=kind), pictures=pictures)

    [words] = pdfs.words_of(page)
    assert_within_frame(words)
    left, top, right, bottom = QR_POINTS
    assert [w.text for w in words if w.right > left and w.left < right and w.bottom > top and w.top < bottom] == []
    text = pdfs.text_of(page)
    wording = {
        "attendance": "of attendance",
        "facilitator": "of conducting the training",
        "completion": "of completion",
    }
    for fact in (LINE.ky.text, LINE.en.text, wording[kind]):
        assert fact in text
    assert "legal status of any territory" in text
    with pdfs.opened(page) as file:
        figures = [one for one in file.objects if _has(one, "/S", "/Figure")]
        alts = [str(one.Alt) for one in figures if "/Alt" in one]
        for shown in range(number):
            assert f"Уюм {shown} · Организация {shown} · Organization {shown}" in alts
        images = [one for one in file.objects if _has(one, "/Subtype", "/Image")]
        assert len(images) == number - 1  # The first one is drawn.
        assert not [one for one in images if one.get("/Interpolate", False) or "/SMask" in one]
    carried = sum(len(one.content) for one in pictures)
    assert len(page) - carried < 85 * 1024  # Seven further lines of text; without logos see below.


def test_paper_stays_light_without_logos(renderer: client.Renderer) -> None:
    of = replace(pdfs.delivery(signatories=3), line=LINE)
    assert len(pdfs.print_certificate(renderer, pdfs.facts(of=of))) < 75 * 1024


def test_picture_that_did_not_come_with_the_order_fails_the_page(renderer: client.Renderer) -> None:
    logos, pictures = pdfs.logos(2)
    printed = pdfs.facts(of=replace(pdfs.delivery(), logos=logos))
    with pytest.raises(client.RenderFailed, match="foreign resource"):
        pdfs.print_certificate(renderer, printed, pictures=pictures[:1])
    assert pdfs.print_certificate(renderer, printed, pictures=pictures)  # The same child goes on.
    with pytest.raises(client.RenderFailed, match="foreign resource"):  # And keeps nothing of the order before.
        pdfs.print_certificate(renderer, printed)


def _has(one: object, key: str, value: str) -> bool:
    try:
        return one.get(key) == value  # type: ignore[attr-defined]
    except (AttributeError, TypeError, ValueError):
        return False

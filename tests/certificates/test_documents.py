"""The printed certificate says what its facts say, whatever the name, and fits its page."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portal.certificates.documents import PRINT_TEMPLATE, CertificateFacts, grouped, print_parts
from portal.platform.texts import Text
from portal.printing import batch, client, fonts, orders
from tests import pdfs

LONG_TITLE = Text(
    ky="Адам сатууга, балдарды эксплуатациялоого жана алардын жүгүртүлүшүнө байланыштуу кылмыштарды аныктоо, "
    "тергөө жана соттук куугунтуктоо боюнча окуу курсу",
    ru="Выявление, расследование и уголовное преследование преступлений, связанных с торговлей людьми, "
    "эксплуатацией детей и отмыванием доходов",
    en="Detection, investigation and prosecution of crimes related to trafficking in persons, child exploitation "
    "and laundering of proceeds",
).printed()
FRAME = (16 * 72 / 25.4, 842 - 16 * 72 / 25.4, 16 * 72 / 25.4, 595.3 - 16 * 72 / 25.4)


def assert_within_frame(words: list[pdfs.Word]) -> None:
    left, right, top, bottom = FRAME
    assert [w.text for w in words if w.left < left or w.right > right or w.top < top or w.bottom > bottom] == []
    assert pdfs.overlaps(words) == []


# Facts


def test_canonical_facts_are_sorted_and_readable() -> None:
    canonical = pdfs.facts().canonical_json().decode()
    assert json.loads(canonical) == pdfs.facts().as_dict()
    assert list(json.loads(canonical)) == sorted(pdfs.facts().as_dict())
    assert pdfs.LONG_NAME in canonical
    assert ": " not in canonical.replace("· ", "")


@pytest.mark.parametrize(
    ("hours", "ky", "ru", "en"),
    [
        ("1", "1 саат", "1 час", "1 hour"),
        ("2", "2 саат", "2 часа", "2 hours"),
        ("11", "11 саат", "11 часов", "11 hours"),
        ("12", "12 саат", "12 часов", "12 hours"),
        ("20", "20 саат", "20 часов", "20 hours"),
        ("21", "21 саат", "21 час", "21 hours"),
        ("24.00", "24 саат", "24 часа", "24 hours"),
        ("7.5", "7,5 саат", "7,5 часа", "7.5 hours"),
    ],
)
def test_hours_have_their_words(hours: str, ky: str, ru: str, en: str) -> None:
    dates = pdfs.facts(of=pdfs.delivery(hours=Decimal(hours))).dates
    assert [side.text.split(" · ")[1] for side in (dates.ky, dates.ru, dates.en)] == [ky, ru, en]


def test_code_is_grouped() -> None:
    assert grouped("7K3M9QXT4HVA") == "7K3M-9QXT-4HVA"


@pytest.mark.parametrize("count", [0, 4])
def test_other_than_one_to_three_signatories_are_refused(count: int) -> None:
    of = replace(pdfs.delivery(), signatories=(pdfs.SIGNATORIES * 2)[:count])
    with pytest.raises(ValueError, match="one to three"):
        pdfs.facts(of=of)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="honour"):
        pdfs.facts(kind="honour")


# The page


def test_page_says_every_fact(renderer: client.Renderer) -> None:
    text = pdfs.text_of(pdfs.print_certificate(renderer, pdfs.facts()))
    for fact in (
        "№ OSH-2026-0059",
        "7K3M-9QXT-4HVA",
        "portal.example.org/verify",
        "26.11.2026",
        pdfs.LONG_NAME,
        "Nurgül Köchörbaeva",
        "СЕРТИФИКАТ",
        "CERTIFICATE",
        "окууну аяктагандыгы тууралуу",
        "о прохождении обучения",
        "of completion",
        *(side.text for side in (pdfs.TITLE.ky, pdfs.TITLE.ru, pdfs.TITLE.en)),
        "2026-жылдын 24–25-ноябры · 12 саат",
        "24–25 ноября 2026 года · 12 часов",
        "24–25 November 2026 · 12 hours",
        "Ош шаары",
        "город Ош",
        "Osh city",
        "Башкы прокуратура",
        "Генеральная прокуратура",
        "General Prosecutor’s Office",
        "А. Т. Жумабеков",
        "заместитель Генерального прокурора",
        "Ички иштер министринин орун басары",
        "М.О. · М.П. · L.S.",
        "INL бюросунун каржылык колдоосу менен",
        "При финансовой поддержке бюро INL",
        "With financial support from INL",
    ):
        assert fact in text, fact
    assert "replaces" not in text


def test_attendance_and_replacement_are_worded(renderer: client.Renderer) -> None:
    printed = pdfs.facts(kind="attendance", replaces="OSH-2026-0012", latin_name="")
    text = pdfs.text_of(pdfs.print_certificate(renderer, printed))
    for words in (
        "окууга катышкандыгы тууралуу",
        "об участии в обучении",
        "of attendance",
        "взамен",
        "№ OSH-2026-0012",
    ):
        assert words in text
    assert "completion" not in text
    assert text.count(pdfs.LONG_NAME) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Ли Ю",
        "Асанова Чолпон",
        pdfs.LONG_NAME,
        pdfs.SIXTY_LETTERS,
        "Абдурахманбердиева-Токтогулова Айжаркын-Жазгүл Турдумамбетовна-Асанбековна кызы Ысык-Көл",
        "Ңң Өө Үү Öö Üü",
    ],
)
@pytest.mark.parametrize("signatories", [1, 2, 3])
def test_any_name_fits_with_any_signatories(renderer: client.Renderer, name: str, signatories: int) -> None:
    of = pdfs.delivery(signatories=signatories, title=LONG_TITLE)
    latin = "Abdykadyrov-Omurbekovskii Usonbek-Myrza Turdumambetovich uulu"
    document = pdfs.print_certificate(renderer, pdfs.facts(name, of=of, latin_name=latin, replaces="OSH-2026-0012"))
    text = pdfs.text_of(document)
    assert name in text
    assert latin in text
    assert all(person.name in text for person in pdfs.SIGNATORIES[:signatories])
    [words] = pdfs.words_of(document)
    assert_within_frame(words)


@pytest.mark.parametrize("signatories", [1, 2, 3])
def test_long_lines_of_a_project_fit(renderer: client.Renderer, signatories: int) -> None:
    bodies = ", ".join(
        ["Министерство внутренних дел Кыргызской Республики", "Учебный центр Генеральной прокуратуры"] * 2
    )
    thanks = (
        "При финансовой поддержке Бюро по международным вопросам наркотиков и правоохранительной деятельности. " * 3
    )
    of = pdfs.delivery(
        signatories=signatories,
        title=LONG_TITLE,
        organizers=[Text(ky=bodies + " (КР)", ru=bodies, en=bodies + " (KR)").printed()],
        acknowledgement=Text(ky="К " + thanks, ru=thanks, en="E " + thanks).printed(),
    )
    document = pdfs.print_certificate(renderer, pdfs.facts(pdfs.SIXTY_LETTERS, of=of, replaces="OSH-2026-0012"))
    [words] = pdfs.words_of(document)
    assert_within_frame(words)
    assert pdfs.text_of(document).count(pdfs.squeezed(thanks)) == 3


def test_acknowledgement_in_one_language_is_printed_once(renderer: client.Renderer) -> None:
    of = pdfs.delivery(acknowledgement=Text(ru="При поддержке INL").printed())
    assert pdfs.text_of(pdfs.print_certificate(renderer, pdfs.facts(of=of))).count("При поддержке INL") == 1


def test_overlap_would_be_seen(renderer: client.Renderer) -> None:
    """The control of the test above: the same words, one of them moved onto another."""
    [words] = pdfs.words_of(pdfs.print_certificate(renderer, pdfs.facts()))
    name = next(word for word in words if word.text == "Нургүл")
    assert pdfs.overlaps([*words, pdfs.Word("Moved", name.left + 5, name.top + 5, name.right, name.bottom)])


def test_name_too_long_is_refused_with_the_name(renderer: client.Renderer) -> None:
    with pytest.raises(fonts.TextRefused) as refusal:
        pdfs.print_certificate(renderer, pdfs.facts("Ы" * 110))
    assert refusal.value.reason is fonts.TextRefusal.TOO_LONG
    assert "Ы" * 110 in str(refusal.value)


@pytest.mark.parametrize("field", ["name", "latin_name", "number", "replaces"])
@pytest.mark.parametrize("payload", ["<b>{{7*7}}</b>", "A)/X(", "</h1>]]>", "EMC Q >> endobj", "</rdf:RDF>"])
def test_markup_in_a_fact_is_printed_as_text(renderer: client.Renderer, field: str, payload: str) -> None:
    document = pdfs.print_certificate(renderer, pdfs.facts(**{field: payload}))
    assert payload in pdfs.text_of(document)
    with pdfs.opened(document) as file:
        assert set(file.docinfo) == {"/Producer", "/Title", "/CreationDate", "/ModDate"}
        assert list(file.attachments) == ["credential.json"]


def test_code_is_read_back_from_paper(renderer: client.Renderer, tmp_path: Path) -> None:
    printed = pdfs.facts()
    [page] = pdfs.pictures_of(pdfs.print_certificate(renderer, printed), tmp_path)
    assert pdfs.qr_codes(page) == [printed.verify_url]


def print_file(people: list[CertificateFacts]) -> bytes:
    return batch.render_joined(
        orders.Order(PRINT_TEMPLATE, part, "OSH-2026-01", "ky", pdfs.ISSUED_AT, orders.Variant.PLAIN)
        for part in print_parts([printed.as_dict() for printed in people])
    )


@pytest.mark.slow
@pytest.mark.usefixtures("renderer")
def test_print_file_has_everybodys_page_in_order(tmp_path: Path) -> None:
    people = [
        pdfs.facts(
            f"Асанова Чолпон {'АБВГДЕЖЗИКЛМНО'[place]}",
            number=f"OSH-2026-{place:04}",
            verify_url=f"https://portal.example.org/verify#{place:022}",
        )
        for place in range(14)
    ]
    document = print_file(people)
    pages = pdfs.words_of(document)
    assert len(pages) == 14
    for printed, words, picture in zip(people, pages, pdfs.pictures_of(document, tmp_path, dpi=96), strict=True):
        assert printed.name in " ".join(word.text for word in words)
        assert printed.number in [word.text for word in words]
        assert pdfs.qr_codes(picture) == [printed.verify_url]
        assert_within_frame(words)
    assert pdfs.info_of(document)["Title"] == "OSH-2026-01"


@pytest.mark.usefixtures("renderer")
def test_name_that_cannot_be_printed_fails_the_print_file() -> None:
    with pytest.raises(fonts.TextRefused):
        print_file([pdfs.facts(), pdfs.facts("Айбек😀")])


def test_days_across_months_fit_their_line(renderer: client.Renderer) -> None:
    of = pdfs.delivery(starts_on=date(2026, 12, 28), ends_on=date(2027, 1, 15), hours=Decimal("120.5"))
    [words] = pdfs.words_of(pdfs.print_certificate(renderer, pdfs.facts(of=of)))
    assert "2026-жылдын 28-декабры – 2027-жылдын 15-январы · 120,5 саат" in " ".join(word.text for word in words)
    assert_within_frame(words)

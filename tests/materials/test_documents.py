"""Acts and receipt lists as printed: every fact once in each language, nothing over the edge, nothing cut."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portal.custody import rules as custody_rules
from portal.custody.documents import ReceiptRow
from portal.materials.documents import as_draft, as_void
from portal.platform.texts import Text
from portal.printing import client
from tests import pdfs
from tests.handovers.sample_acts import TITLE, facts_of, line, long_act, print_act, print_receipts, receipts

EDGE = (20 / 25.4 * 72 - 1, 595.3 - 12 / 25.4 * 72 + 1)


def test_act_says_everything_in_both_languages(renderer: client.Renderer, tmp_path: Path) -> None:
    document = print_act(renderer)
    text = pdfs.text_of(document).replace("\u00a0", " ")
    for words in (
        *("КАБЫЛ АЛУУ-ӨТКӨРҮП БЕРҮҮ АКТЫСЫ", "АКТ ПРИЁМА-ПЕРЕДАЧИ", "№ UNODC-2027-0001"),
        *("2027-жылдын 10-марты", "«10» марта 2027 г.", "Нарын шаары", "г. Нарын"),
        *("№ 14/2-1187 кат", "письмо № 14/2-1187"),
        *("БУУнун Баңги зат жана кылмыштуулук боюнча башкармалыгы", "Управление ООН по наркотикам и преступности"),
        *("Орозбекова Айгүл Сапаровна", "долбоордун координатору", "координатор проекта"),
        *("№ 7 ишеним кат", "доверенность № 7", "Башкы прокуратура", "Генеральная прокуратура"),
        *("Өмүрбеков Үсөн Ыңгайбекович", "бөлүм башчысы", "начальник отдела", "№ 12 буйрук", "приказ № 12"),
        *("кыргызча", "кыргызский", "350,00", "14 000,00", "KGS", "жаңы", "новое", "нуска", "экз."),
        "40 (кырк) нуска, жалпы суммасы 14 000 (он төрт миң) сом 00 тыйын.",
        "40 (сорок) экземпляров, на общую сумму 14 000 (четырнадцать тысяч) сомов 00 тыйынов.",
        *("Кызматтык пайдалануу үчүн.", "Для служебного пользования."),
        *("келишпестиктер аныкталган жок", "расхождений не выявлено"),
        *("менчик укугу", "Право собственности на материалы переходит"),
        *("2 (эки) нускада түзүлдү", "в 2 (двух) экземплярах, имеющих равную юридическую силу"),
        *("М.О.", "М.П.", "Өткөрүп берди", "Передал", "Кабыл алды", "Принял"),
        *("1-бет, бардыгы 1 бет", "стр. 1 из 1"),
    ):
        assert pdfs.squeezed(words) in text, words
    for title in (TITLE.ky, TITLE.ru):
        assert title.split()[0] in text
    assert "HAND-OVER ACT" not in text
    assert pdfs.info_of(document)["Title"] == "Акт приёма-передачи № UNODC-2027-0001"
    assert facts_of().record_url in pdfs.qr_codes(pdfs.pictures_of(document, tmp_path, 200)[0])


def test_each_passage_is_marked_with_its_language(renderer: client.Renderer) -> None:
    with pdfs.opened(print_act(renderer)) as file:
        languages = {
            str(thing.Lang) for thing in file.objects if getattr(thing, "S", None) is not None and "/Lang" in thing
        }
        assert str(file.Root.Lang) == "ru"
        assert "ky" in languages


def test_english_comes_as_a_third_block_on_request(renderer: client.Renderer) -> None:
    text = pdfs.text_of(print_act(renderer, facts_of(with_english=True))).replace("\u00a0", " ")
    for words in (
        *("HAND-OVER ACT", "10 March 2027", "Naryn", "Letter No. 14/2-1187", "Head of department", "order No. 12"),
        "40 (forty) copies, worth 14 000 (fourteen thousand) som 00 tyiyn.",
        "made in Kyrgyz, Russian and English in 2 (two) copies of equal legal force",
        "кыргызском, русском и английском языках",
        "40 (кырк) нуска",
    ):
        assert words in text, words


def test_long_act_repeats_its_head_and_keeps_to_the_paper(renderer: client.Renderer) -> None:
    document = print_act(renderer, long_act())
    pages = pdfs.words_of(document)
    texts = [" ".join(word.text for word in words) for words in pages]
    assert len(pages) == 4
    assert [f"стр. {number} из 4" in text for number, text in enumerate(texts, start=1)] == [True] * 4
    assert [("Наименование" in text, "Примечание" in text) for text in texts[:2]] == [(True, True)] * 2
    for words in pages:
        assert [word.text for word in words if word.left < EDGE[0] or word.right > EDGE[1] or word.bottom > 842] == []
        assert pdfs.overlaps(words) == []
    whole = pdfs.text_of(document).replace("\u00a0", " ")
    for words in (
        "документ, подтверждающий полномочия, не предъявлен",
        "документ көрсөтүлгөн жок",
        "825 (восемьсот двадцать пять) экземпляров, 2 (две) штуки, на общую сумму",
        "вместо 50 экземпляров по строке 2 передано 47. Иных претензий",
        "остаётся за передающей стороной",
        "в 3 (трёх) экземплярах",
        "Свидетель",
        "Мамытова Жылдыз Көчкөнбаевна",
        "баасы жок",
        "безвозм.",
        "РАСПРЕДЕЛЕНИЕ ПО ПОДРАЗДЕЛЕНИЯМ",
        "Прокуратура города Ош",
    ):
        assert words in whole, words


def test_an_act_of_the_usual_size_ends_on_its_first_page_and_a_longer_one_with_its_terms(
    renderer: client.Renderer,
) -> None:
    for lines in (1, 2, 4):
        assert len(_pages(print_act(renderer, facts_of(items=[line() for _number in range(lines)])))) == 1, lines
    for lines, is_in_english in ((5, False), (12, False), (4, True)):
        items = [line() for _number in range(lines)]
        pages = _pages(print_act(renderer, facts_of(items=items, with_english=is_in_english)))
        assert len(pages) == 2, lines
        assert "Передал" in pages[-1]
        assert ("Quantity and quality" if is_in_english else "Количество и качество") in pages[-1]


def test_draft_and_void_copies_say_so_on_each_page(renderer: client.Renderer) -> None:
    draft = print_act(renderer, printed=as_draft(facts_of(number="")))
    assert all("ДОЛБООР · ПРОЕКТ" in page for page in _pages(draft))
    frozen = long_act().as_dict()
    void = print_act(renderer, printed=as_void(frozen, voided_on=date(2027, 3, 12), reason="не тот получатель"))
    pages = _pages(void)
    assert all("ЖАРАКСЫЗ · АННУЛИРОВАН" in page for page in pages)
    assert "аннулирован 12.03.2027: не тот получатель" in pages[0]


def test_a_long_reason_leaves_the_code_of_a_void_copy_readable(renderer: client.Renderer, tmp_path: Path) -> None:
    reason = "количество экземпляров указано неверно, и получатель не тот: см. служебную записку"
    void = print_act(renderer, printed=as_void(facts_of().as_dict(), voided_on=date(2027, 3, 12), reason=reason))
    (page, *_others) = pdfs.pictures_of(void, tmp_path)
    assert len(pdfs.qr_codes(page)) == 1
    (label,) = [word for word in pdfs.words_of(void)[0] if word.text == "учётная"]
    note = [word.right for word in pdfs.words_of(void)[0] if word.text in reason.split() and word.top < label.top]
    assert len(note) > 5 and max(note) < label.left


def test_act_names_the_one_that_it_replaces(renderer: client.Renderer) -> None:
    text = pdfs.text_of(print_act(renderer, replace(facts_of(), replaces="UNODC-2026-0009")))
    assert "взамен акта № UNODC-2026-0009" in text


def test_a_text_in_one_language_stands_on_both_sides_and_says_which_it_is() -> None:
    facts = facts_of(basis=Text(en="Letter No. 5")).as_dict()
    assert facts["basis"]["ky"] == facts["basis"]["ru"] == {"text": "Letter No. 5", "lang": "en"}


@pytest.mark.parametrize("items", [[], [line(), line(currency="USD")]])
def test_act_without_lines_or_with_two_currencies_is_refused(items: list) -> None:
    with pytest.raises(ValueError, match="one currency"):
        facts_of(items=items)


@pytest.mark.parametrize("lang", ["ky", "ru", "en"])
def test_receipt_list_has_a_row_for_everybody_and_counts_its_pages(renderer: client.Renderer, lang: str) -> None:
    facts = receipts(lang=lang)
    pages = _pages(print_receipts(renderer, facts))
    everything = " ".join(pages)
    assert [row.name for row in facts.rows if everything.count(row.name) != 1] == []
    for number, page in enumerate(pages, start=1):
        rows = [row for row in (*facts.rows, *facts.blank_rows) if custody_rules.page_of(row.number) == number]
        assert all(str(row.number) in page.split() for row in rows), number
        assert {"ky": f"{number}-бет", "ru": f"стр. {number} из 4", "en": f"page {number} of 4"}[lang] in page
    assert "OSH-2026-01" in everything
    assert getattr(facts.material, lang).text in everything


@pytest.mark.parametrize("people", [1, 11, 12, 32, 33])
def test_last_page_of_a_receipt_list_has_its_totals_beside_rows(renderer: client.Renderer, people: int) -> None:
    facts = receipts(people=people)
    pages = _pages(print_receipts(renderer, facts))
    assert len(pages) == custody_rules.page_of(people + 6)
    assert f"В списке: {people}" in pages[-1]
    assert "Айда Маматова" in pages[-1]


def test_longest_names_stay_inside_their_row(renderer: client.Renderer) -> None:
    row = ReceiptRow(1, "7K3M", pdfs.SIXTY_LETTERS, "Служба по борьбе с незаконным оборотом наркотиков МВД " * 2)
    for words in pdfs.words_of(print_receipts(renderer, replace(receipts(people=0), rows=(row,)))):
        assert pdfs.overlaps(words) == []


def test_receipt_row_holds_nothing_that_the_room_should_not_see() -> None:
    shown = {"number", "mark", "name", "institution", "begins_page", "copy_number", "signed_by"}
    assert set(ReceiptRow.__dataclass_fields__) == shown


def _pages(document: bytes) -> list[str]:
    return [" ".join(word.text for word in words) for words in pdfs.words_of(document)]

"""Hand-over acts and receipt lists for tests: a short one, and one with everything that can be long."""

from dataclasses import replace
from datetime import date
from typing import Any

from portal.custody.documents import Occasion, ReceiptFacts, ReceiptRow, receipt_list
from portal.handovers.documents import Ending, Part, discrepancy_note
from portal.materials.documents import (
    ActFacts,
    Corrected,
    Deed,
    Difference,
    Item,
    Party,
    Proxy,
    Share,
    Witness,
    as_standing,
    hand_over_act,
)
from portal.platform.texts import LANGUAGES, Passage, Text, Trilingual
from portal.printing import client, orders
from tests import pdfs

TITLE = Text(
    ky="Адам сатууга байланыштуу кылмыштарды табуу жана тергөө боюнча колдонмо",
    ru="Пособие по выявлению и расследованию преступлений, связанных с торговлей людьми",
    en="Manual on detection and investigation of crimes related to trafficking in persons",
).printed()
GIVING = Party(
    Text(
        ky="БУУнун Баңги зат жана кылмыштуулук боюнча башкармалыгы",
        ru="Управление ООН по наркотикам и преступности",
        en="United Nations Office on Drugs and Crime",
    ).printed(),
    "Орозбекова Айгүл Сапаровна",
    Text(ky="долбоордун координатору", ru="координатор проекта", en="Project officer").printed(),
    Text(ky="№ 7 ишеним кат", ru="доверенность № 7", en="power of attorney No. 7").printed(),
)
RECEIVING = Party(
    Text(ky="Башкы прокуратура", ru="Генеральная прокуратура", en="General Prosecutor's Office").printed(),
    "Өмүрбеков Үсөн Ыңгайбекович",
    Text(ky="бөлүм башчысы", ru="начальник отдела", en="Head of department").printed(),
    Text(ky="№ 12 буйрук", ru="приказ № 12", en="order No. 12").printed(),
)
ITEM = Item(TITLE, "ky", "2026", "copy", 40, 35_000, "KGS", "new")
DEED = Deed(
    number="UNODC-2027-0001",
    day=date(2027, 3, 10),
    place=Text(ky="Нарын шаары", ru="г. Нарын", en="Naryn").printed(),
    basis=Text(ky="№ 14/2-1187 кат", ru="письмо № 14/2-1187", en="Letter No. 14/2-1187").printed(),
    giving=GIVING,
    receiving=RECEIVING,
    items=[ITEM],
    purpose=Text(ky="Кызматтык пайдалануу үчүн.", ru="Для служебного пользования.", en="For official use.").printed(),
    discrepancies=Text().printed(),
    is_custody=False,
    copies=2,
)


def long_deed(lines: int = 12) -> Deed:
    """Return a deed of many lines with long titles, no authority, a witness, discrepancies and an annex."""
    long_title = Text(
        ky=f"{TITLE.ky.text}: процессуалдык документтердин үлгүлөрүнүн жыйнагы, көрсөтмөлөр жана маалымдама-сөздүк",
        ru=f"{TITLE.ru.text}: сборник образцов процессуальных документов, указания и словарь-справочник",
    ).printed()
    items = [
        replace(
            ITEM,
            title=long_title if number % 3 == 0 else TITLE,
            quantity=40 + 7 * number,
            unit_value=None if number == 4 else 35_000 + 1_250 * number,
            note="короб. 3" if number == 2 else "",
        )
        for number in range(lines - 1)
    ]
    laptop = Item(Text(ru="Ноутбук").printed(), "", "", "piece", 2, 4_500_000, "KGS", "used")
    return replace(
        DEED,
        number="UNODC-2027-0002",
        receiving=replace(RECEIVING, authority=Text().printed()),
        items=[*items, laptop],
        discrepancies=Text(ru="вместо 50 экземпляров по строке 2 передано 47", ky="50 ордуна 47 нуска").printed(),
        is_custody=True,
        copies=3,
        witness=Witness("Мамытова Жылдыз Көчкөнбаевна", Text(ru="главный специалист").printed()),
        shares=[Share("Прокуратура Ошской области", 1, 20), Share("Прокуратура города Ош", 1, 20)],
    )


def correcting_deed() -> Deed:
    """Return a deed that corrects another one, signed by somebody in the place of whoever receives."""
    corrected = Corrected(
        "UNODC-2026-0007",
        date(2026, 12, 15),
        [
            Difference("quantity", TITLE, _figure("43"), _figure("40"), "–3"),
            Difference("condition", TITLE, _figure("new"), _figure("good")),
            Difference("basis", None, Text(ru="письмо № 1").printed(), Text(ru="письмо № 2", ky="№ 2 кат").printed()),
        ],
    )
    position = Text(ky="улук тергөөчү", ru="старший следователь").printed()
    proxy = Proxy("attorney", "Асанов Азамат Бакытович", position, "12", date(2027, 3, 3))
    return replace(DEED, number="UNODC-2027-0003", corrects=corrected, proxy=proxy)


def _figure(text: str) -> Trilingual:
    return Trilingual(*(Passage(text, side) for side in LANGUAGES))


def print_note(renderer: client.Renderer) -> bytes:
    """Return a discrepancy note as the portal makes it."""
    parts = [Part(1, date(2027, 3, 10), 30, "Асанов Азамат Бакытович", "доверенность № 5")]
    ending = Ending(date(2027, 4, 2), Text(ru="тираж неполный", ky="тираж толук эмес").printed(), [30], parts)
    facts = discrepancy_note(
        DEED, ending, record_url="https://portal.example.org/hand-over-acts/Zk3v9QmX2bT7RrLw8sYc1A", audit_head="7 abc"
    )
    return renderer.render(
        "discrepancy_note.html",
        facts.as_dict(),
        title=facts.document_title,
        lang="ru",
        created_at=pdfs.ISSUED_AT,
        variant=orders.Variant.ARCHIVAL,
    )


def facts_of(deed: Deed) -> ActFacts:
    """Return the printed facts of a deed."""
    return hand_over_act(
        deed,
        record_url="https://portal.example.org/hand-over-acts/Zk3v9QmX2bT7RrLw8sYc1A",
    )


def print_act(renderer: client.Renderer, deed: Deed = DEED, printed: dict[str, Any] | None = None) -> bytes:
    """Return an act as the portal makes it."""
    facts = facts_of(deed)
    return renderer.render(
        "handover_act.html",
        printed or as_standing(facts.as_dict()),
        title=facts.document_title,
        lang="ru",
        created_at=pdfs.ISSUED_AT,
        variant=orders.Variant.ARCHIVAL,
    )


def receipts(people: int = 54, blank_rows: int = 6, lang: str = "ru") -> ReceiptFacts:
    """Return the printed facts of a receipt list."""
    occasion = Occasion(
        training="OSH-2026-01",
        title=pdfs.TITLE,
        starts_on=date(2026, 11, 24),
        ends_on=date(2026, 11, 25),
        place="Ош, гостиница «Классик»",
        material=TITLE,
        language="ky",
        edition="2026",
        unit="copy",
        issuer="Айда Маматова",
        printed_on=date(2026, 11, 23),
    )
    letters = "АБВГДЕЖЗИКЛМНОПРСТ"
    names = [f"{family} {given}" for family in ("Үсөнова", "Көчөрбаева", "Өмүрбекова") for given in letters]
    rows = [ReceiptRow(0, "7K3M", name, "Служба криминальной милиции МВД") for name in names[:people]]
    return receipt_list(occasion, rows, blank_rows=blank_rows, lang=lang)


def print_receipts(renderer: client.Renderer, facts: ReceiptFacts) -> bytes:
    """Return a receipt list as the portal makes it."""
    return renderer.render(
        "receipt_list.html",
        facts.as_dict(),
        title=facts.document_title,
        lang=facts.lang,
        created_at=pdfs.ISSUED_AT,
    )

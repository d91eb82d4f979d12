"""Hand-over acts and receipt lists for tests: a short one, and one with everything that can be long."""

from dataclasses import replace
from datetime import date
from typing import Any

from portal.custody.documents import ReceiptFacts, ReceiptRow, numbered
from portal.handovers.documents import discrepancy_note
from portal.materials.documents import (
    ActFacts,
    Corrected,
    Difference,
    Witness,
    act_facts,
    as_standing,
    day_of_act,
)
from portal.materials.models import Handover, HandoverDelivery, HandoverItem, HandoverShare, Material
from portal.people.models import Institution
from portal.platform.dates import date_range, numeric_date
from portal.platform.texts import LANGUAGES, Passage, Text, Trilingual
from portal.printing import client, orders
from portal.printing.orders import Order
from portal.stock.models import StockMovement
from tests import pdfs

TITLE = Text(
    ky="Адам сатууга байланыштуу кылмыштарды табуу жана тергөө боюнча колдонмо",
    ru="Пособие по выявлению и расследованию преступлений, связанных с торговлей людьми",
    en="Manual on detection and investigation of crimes related to trafficking in persons",
)
RECORD_URL = "https://portal.example.org/hand-over-acts/Zk3v9QmX2bT7RrLw8sYc1A"


def line(title: Text = TITLE, unit: str = "copy", **values: Any) -> HandoverItem:
    """Return a line of an act: forty copies of the manual."""
    edition, language = ("2026", "ky") if unit == "copy" else ("", "")
    material = Material(title=title, language=language, edition=edition, unit=unit)
    stated = {"quantity": 40, "unit_value": 35_000, "currency": "KGS", "condition": "new", "note": "", "numbers": ""}
    return HandoverItem(material=material, **{"material_id": 1, **stated, **values})


def handover(**values: Any) -> Handover:
    """Return an act of one line that hands forty copies over to the General Prosecutor's Office."""
    stated: dict[str, Any] = {
        "number": "UNODC-2027-0001",
        "handed_on": date(2027, 3, 10),
        "place": Text(ky="Нарын шаары", ru="г. Нарын", en="Naryn"),
        "basis": Text(ky="№ 14/2-1187 кат", ru="письмо № 14/2-1187", en="Letter No. 14/2-1187"),
        "giving_institution": Institution(
            name=Text(
                ky="БУУнун Баңги зат жана кылмыштуулук боюнча башкармалыгы",
                ru="Управление ООН по наркотикам и преступности",
                en="United Nations Office on Drugs and Crime",
            )
        ),
        "giving_name": "Орозбекова Айгүл Сапаровна",
        "giving_position": Text(ky="долбоордун координатору", ru="координатор проекта", en="Project officer"),
        "giving_authority": Text(ky="№ 7 ишеним кат", ru="доверенность № 7", en="power of attorney No. 7"),
        "receiving_institution": Institution(
            name=Text(ky="Башкы прокуратура", ru="Генеральная прокуратура", en="General Prosecutor's Office")
        ),
        "receiving_name": "Өмүрбеков Үсөн Ыңгайбекович",
        "receiving_position": Text(ky="бөлүм башчысы", ru="начальник отдела", en="Head of department"),
        "receiving_authority": Text(ky="№ 12 буйрук", ru="приказ № 12", en="order No. 12"),
        "items": [line()],
        "purpose": Text(ky="Кызматтык пайдалануу үчүн.", ru="Для служебного пользования.", en="For official use."),
        "discrepancies": Text(),
        "transfer": "ownership",
        "copies": 2,
        "with_english": False,
        "in_parts": False,
        "facts": {"record_url": RECORD_URL},
    }
    return Handover(**{**stated, **values})


def facts_of(**values: Any) -> ActFacts:
    """Return the printed facts of such an act."""
    corrects = values.pop("corrects", None)
    return act_facts(handover(**values), record_url=RECORD_URL, corrects=corrects)


def long_act(lines: int = 12) -> ActFacts:
    """Return an act of many lines with long titles, no authority, a witness, discrepancies and an annex."""
    long_title = Text(
        ky=f"{TITLE.ky}: процессуалдык документтердин үлгүлөрүнүн жыйнагы, көрсөтмөлөр жана маалымдама-сөздүк",
        ru=f"{TITLE.ru}: сборник образцов процессуальных документов, указания и словарь-справочник",
    )
    items = [
        line(
            long_title if number % 3 == 0 else TITLE,
            quantity=40 + 7 * number,
            unit_value=None if number == 4 else 35_000 + 1_250 * number,
            note="короб. 3" if number == 2 else "",
            material_id=number + 1,
        )
        for number in range(lines - 1)
    ]
    laptop = line(Text(ru="Ноутбук"), "piece", quantity=2, unit_value=4_500_000, condition="used", material_id=lines)
    annex = ("Прокуратура Ошской области", "Прокуратура города Ош")
    facts = facts_of(
        number="UNODC-2027-0002",
        receiving_authority=Text(),
        items=[*items, laptop],
        discrepancies=Text(ru="вместо 50 экземпляров по строке 2 передано 47", ky="50 ордуна 47 нуска"),
        transfer="custody",
        copies=3,
        shares=[HandoverShare(unit=unit, material=items[0].material, material_id=1, quantity=20) for unit in annex],
    )
    return replace(facts, witness=Witness("Мамытова Жылдыз Көчкөнбаевна", Text(ru="главный специалист").printed()))


def correcting_act() -> ActFacts:
    """Return an act that corrects another one, signed by somebody in the place of whoever receives."""
    corrected = Corrected(
        "UNODC-2026-0007",
        day_of_act(date(2026, 12, 15)),
        (
            Difference("quantity", TITLE.printed(), _figure("43"), _figure("40"), "–3"),
            Difference("condition", TITLE.printed(), _figure("new"), _figure("good")),
            Difference("basis", None, Text(ru="письмо № 1").printed(), Text(ru="письмо № 2", ky="№ 2 кат").printed()),
        ),
    )
    return facts_of(
        number="UNODC-2027-0003",
        corrects=corrected,
        proxy_kind="attorney",
        proxy_name="Асанов Азамат Бакытович",
        proxy_position=Text(ky="улук тергөөчү", ru="старший следователь"),
        proxy_number="12",
        proxy_date=date(2027, 3, 3),
    )


def _figure(text: str) -> Trilingual:
    return Trilingual(*(Passage(text, side) for side in LANGUAGES))


def print_note(renderer: client.Renderer) -> bytes:
    """Return a discrepancy note as the portal makes it."""
    taken = {"taken_by": "Асанов Азамат Бакытович", "paper": "доверенность № 5"}
    part = HandoverDelivery(serial=1, delivered_on=date(2027, 3, 10), **taken)
    facts = discrepancy_note(
        handover(),
        [(part, [StockMovement(material_id=1, quantity=30)])],
        ended_on=date(2027, 4, 2),
        reason=Text(ru="тираж неполный", ky="тираж толук эмес"),
        audit_head="7 abc",
    )
    return renderer.render(
        Order(
            "discrepancy_note.html",
            facts.as_dict(),
            title=facts.document_title,
            lang="ru",
            created_at=pdfs.ISSUED_AT,
            variant=orders.Variant.ARCHIVAL,
        )
    )


def print_act(renderer: client.Renderer, facts: ActFacts | None = None, printed: dict[str, Any] | None = None) -> bytes:
    """Return an act as the portal makes it."""
    facts = facts or facts_of()
    return renderer.render(
        Order(
            "handover_act.html",
            printed or as_standing(facts.as_dict()),
            title=facts.document_title,
            lang="ru",
            created_at=pdfs.ISSUED_AT,
            variant=orders.Variant.ARCHIVAL,
        )
    )


def receipts(people: int = 54, blank_rows: int = 6, lang: str = "ru") -> ReceiptFacts:
    """Return the printed facts of a receipt list."""
    letters = "АБВГДЕЖЗИКЛМНОПРСТ"
    names = [f"{family} {given}" for family in ("Үсөнова", "Көчөрбаева", "Өмүрбекова") for given in letters]
    rows = [ReceiptRow(0, "7K3M", name, "Служба криминальной милиции МВД") for name in names[:people]]
    numbered_rows, blank = numbered(rows, blank_rows)
    return ReceiptFacts(
        lang=lang,
        training="OSH-2026-01",
        title=pdfs.TITLE,
        dates=date_range(date(2026, 11, 24), date(2026, 11, 25), lang),
        place="Ош, гостиница «Классик»",
        material=TITLE.printed(),
        language="ky",
        edition="2026",
        unit="copy",
        rows=numbered_rows,
        blank_rows=blank,
        issuer="Айда Маматова",
        printed_on=numeric_date(date(2026, 11, 23)),
    )


def print_receipts(renderer: client.Renderer, facts: ReceiptFacts) -> bytes:
    """Return a receipt list as the portal makes it."""
    return renderer.render(
        Order(
            "receipt_list.html",
            facts.as_dict(),
            title=facts.document_title,
            lang=facts.lang,
            created_at=pdfs.ISSUED_AT,
        )
    )

"""Seconds and sizes of printed documents: sealed ones against the plain way, a training, print file, sheet."""

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

from bench import FEW, _sealed, measure, tell, time_of
from portal.attendance.documents import Day, SheetRow, attendance_sheet
from portal.certificates.documents import (
    PRINT_TEMPLATE,
    TEMPLATE,
    CertificateFacts,
    Delivery,
    Holder,
    Signatory,
    certificate,
    print_parts,
)
from portal.platform.texts import Text
from portal.printing import batch, client, orders

MOMENT = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
FAMILIES = ("Асанов", "Үсөнов", "Көчөрбаев", "Жумабаев", "Абдыкадыров", "Токтосунов", "Раимбердиев", "Сатаров")
GIVEN = ("Азамат", "Өмүрбек", "Жаныбек", "Талант", "Кубаныч", "Нурлан", "Чынгыз", "Эрлан", "Бакыт", "Төлөгөн")
LATIN = ("Azamat", "Ömürbek", "Janybek", "Talant", "Kubanych", "Nurlan", "Chyngyz", "Erlan", "Rafik", "Tölögön")
TITLE = Text(
    ky="Адам сатууну тергөө жана куугунтуктоо",
    ru="Расследование и уголовное преследование торговли людьми",
    en="Investigation and prosecution of trafficking in persons",
).printed()


def main() -> None:
    """Print what each kind of document costs."""
    people = list(_people(127))
    _sealed.table([_order(printed) for printed in people])
    starts = []
    for _run in range(FEW):
        with closing(client.Renderer()) as renderer:
            starts.append(time_of(renderer.start))
    tell("a child starts", starts)
    with closing(client.Renderer()) as renderer:
        renderer.start()
        sizes = [len(renderer.render(_order(people[0])))]
        measure("certificate, one child", lambda: sizes.append(len(renderer.render(_order(people[1])))), turns=10)
        print(f"  {min(sizes) // 1024}-{max(sizes) // 1024} KB")
        measure("attendance sheet for 59", lambda: renderer.render(_sheet(people[:59])))
    for count in (59, 127):
        several = people[:count]
        measure("first certificate", lambda several=several: next(batch.render_each(map(_order, several))), runs=FEW)
        measure(f"{count} certificates", lambda several=several: _render_all(several), runs=FEW)
        measure(f"print file of {count}", lambda several=several: _join(several), runs=FEW)


def _render_all(people: list[CertificateFacts]) -> None:
    assert all(isinstance(answer, bytes) for answer in batch.render_each(map(_order, people)))


def _join(people: list[CertificateFacts]) -> None:
    parts = print_parts([printed.as_dict() for printed in people])
    batch.render_joined(
        orders.Order(PRINT_TEMPLATE, part, "Print", "ky", MOMENT, orders.Variant.PLAIN) for part in parts
    )


def _people(count: int) -> Iterable[CertificateFacts]:
    post = Text(ky="башкы прокурордун орун басары", ru="заместитель прокурора", en="Deputy Prosecutor").printed()
    delivery = Delivery(
        title=TITLE,
        starts_on=date(2026, 11, 24),
        ends_on=date(2026, 11, 25),
        hours=Decimal(12),
        place=Text(ky="Ош шаары", ru="город Ош", en="Osh city").printed(),
        organizers=[
            Text(ky="Башкы прокуратура", ru="Генеральная прокуратура", en="General Prosecutor’s Office").printed()
        ],
        acknowledgement=Text(ky="INL колдоосу менен", ru="При поддержке INL", en="Supported by INL").printed(),
        signatories=[Signatory("А. Т. Жумабеков", post), Signatory("Б. К. Осмонов", post)],
    )
    for number in range(count):
        family, given = FAMILIES[number % len(FAMILIES)], GIVEN[number % len(GIVEN)]
        holder = Holder(
            number=f"OSH-2026-{number:04}",
            code=f"{number:012}",
            kind="completion",
            name=f"{family} {given} Абдыкадырович",
            latin_name=f"{LATIN[number % len(LATIN)]} {chr(ord('A') + number % 26)}bdykadyrov",
            issued_on=MOMENT.date(),
            verify_url=f"https://portal.example.org/verify#{number:022}",
            verify_address="portal.example.org/verify",
        )
        yield certificate(delivery, holder)


def _order(printed: CertificateFacts) -> orders.Order:
    attached = (("credential.json", printed.canonical_json()),)
    return orders.Order(
        TEMPLATE, printed.as_dict(), printed.document_title, "ky", MOMENT, orders.Variant.ARCHIVAL, attached
    )


def _sheet(people: Iterable[CertificateFacts]) -> orders.Order:
    day = Day("OSH-2026-01", TITLE, "Проект", ["INL"], "Ош", date(2026, 11, 24), 1, 2, "Айда")
    rows = [
        SheetRow(str(number), person.name, "следователь", "Следственная служба", "Ош")
        for number, person in enumerate(people, start=1)
    ]
    facts = attendance_sheet(day, rows, blank_rows=6, lang="ru")
    return orders.Order("attendance_sheet.html", facts.as_dict(), facts.document_title, "ru", MOMENT)


if __name__ == "__main__":
    main()

"""Certificates of twenty people, whose letters and lengths try what is compiled."""

from typing import Any

from portal.printing import orders
from tests import pdfs

# Name, Latin name; each with a number, code and address of its own.
PEOPLE = [
    ("Ли Ю", "Li Yu"),
    (pdfs.LONG_NAME, "Nurgül Köchörbaeva"),
    ("Мааматкулова-Абдыразакова Айжаркын", "Aijarkyn Maamatkulova-Abdyrazakova"),
    ("Ңңөү Өңңү Үөңөү", "Nngou Ongngu Uongou"),
    ("Үсөнбекова Айгүл Өмүрбековна", "Aigül Üsönbekova"),
    ("Үмөтов Өмүр", ""),
    ("Асанова Чолпон", ""),
    ("Рафиков Руфат Шарифович", "Rufat Rafikov"),
    ("Ёлкина Юлия Щербаковна", "Yulia Yolkina"),
    ("Жээнбеков Сооронбай Шарипович", "Sooronbai Jeenbekov"),
    ("Ыбырай Ырыскелди уулу", "Yryskeldi Ybyrai uulu"),
    ("Токтогул кызы Гүлзат", "Gülzat Toktogul kyzy"),
    ("Аффинов Юффи", "Jufflo Affinov-Effltz"),
    ("Төлөгөнов Төлөгөн Төлөгөнович", "Tölögön Tölögönov"),
    ("ААА ВВВ ТТТ ГГГ", "AVAVA WAWA TYTY LTLT"),
    ("Цой Эдуард", "Eduard Tsoi"),
    ("Хабибуллаев Ойбек", "Oybek O’gli"),
    ("Дж. Өзгөн", "J.-P. Özgön"),
    ("Объедкова Подъячева", "Ob'edkova Pod'yacheva"),
    ("Қасымов Ғани Ұлы", "Ğani Çelik-Şahın"),
]


def order(turn: int = 0, *, of: Any = None, room: int = 0, **changes: Any) -> orders.Order:
    """Return the order of the certificate of one of PEOPLE."""
    name, latin_name = PEOPLE[turn]
    code = f"{turn:02}K3M9QXT4HV"
    own = {
        "latin_name": latin_name,
        "number": f"OSH-2026-{turn + 1:04}",
        "code": code,
        "verify_url": f"https://portal.example.org/verify#{turn:02}Zk3v9QmX2bT7RrLw8sYc",
    }
    printed = pdfs.facts(**{"name": name} | own | changes, of=of)
    return orders.Order(
        "certificate.html",
        printed.as_dict(),
        printed.document_title,
        "ky",
        pdfs.ISSUED_AT,
        orders.Variant.ARCHIVAL,
        (("credential.json", printed.canonical_json()),),
        room=room,
    )

"""The manuals of the demo: two print runs, what was brought to the training in Osh, and who there signed for a copy."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portal.access.policy import Operator
from portal.materials.models.materials import Material
from portal.materials.operations import materials, places, receipts, stock
from portal.materials.operations.stock import Cause, Step
from portal.materials.queries import receipts as lists
from portal.materials.queries.materials import find_material
from portal.materials.queries.receipts import ListRow
from portal.materials.rules import numbers
from portal.materials.rules.materials import PlannedMaterial
from portal.materials.rules.receipts import PaperRow
from portal.materials.rules.stock import Reason
from portal.people import queries as people
from portal.people.models import Region
from portal.platform.texts import Text
from portal.trainings.models import Training

EDITION = "2026"
_OWNER = "UNODC"
_MANUAL = Text(
    "Адам сатууга байланыштуу кылмыштарды табуу жана тергөө боюнча колдонмо",
    "Пособие по выявлению и расследованию преступлений, связанных с торговлей людьми",
    "Manual on detection and investigation of crimes related to trafficking in persons",
)
_SAMPLES = Text(
    "Процесстик документтердин үлгүлөрүнүн жыйнагы",
    "Сборник образцов процессуальных документов",
    "Collection of sample procedural documents",
)
# Title, language, value of a copy, and how many copies were brought to Osh.
_SET = ((_MANUAL, "ky", 35_000, 40), (_MANUAL, "ru", 35_000, 60), (_SAMPLES, "ru", 28_000, 80))
_DICTIONARY = Text(
    "Тергөөчүнүн сөздүк-маалымдамасы",
    "Словарь-справочник следователя",
    "Investigator's dictionary and reference book",
)
_RECEIVED_IN_OSH, _RECEIVED_IN_BISHKEK, _SENT_TO_KARAKOL = 400, 600, 150


def stock_up(osh: Training, *, now: datetime) -> None:
    """Receive two print runs, send a part to Karakol and bring a part to the training, unless it is there."""
    if find_material(_MANUAL, "ky", EDITION) is not None:
        return
    owner = people.get_institution_by_code(_OWNER)
    titles = [
        materials.add(
            PlannedMaterial(
                texts, language, EDITION, year=int(EDITION), unit_value=value,
                owner_institution_id=owner.id if owner else None,
            ),
            actor=Operator(),
            now=now,
        )
        for texts, language, value, _brought in _SET
    ]  # fmt: skip
    bishkek, south, karakol = (places.take_office(_region(code)) for code in ("KG-GB", "KG-GO", "KG-Y"))
    source, hall = places.take_source(), places.take_training(osh)
    brought = [copies for *_title, copies in _SET]
    for start, end, copies, reason, days in (
        (source, south, [_RECEIVED_IN_OSH] * len(titles), Reason.RECEIVED, 30),
        (source, bishkek, [_RECEIVED_IN_BISHKEK] * len(titles), Reason.RECEIVED, 30),
        (bishkek, karakol, [_SENT_TO_KARAKOL] * len(titles), Reason.MOVED, 12),
        (south, hall, brought, Reason.MOVED, 1),
    ):
        steps = [Step(title, start, end, many) for title, many in zip(titles, copies, strict=True)]
        stock.move(steps, Cause(reason, osh.starts_on - timedelta(days=days)), actor=Operator(), now=now)


def number_dictionary(*, now: datetime) -> None:
    """Receive three hundred numbered dictionaries and send a hundred of them on, unless they are there."""
    if find_material(_DICTIONARY, "ky-ru", EDITION) is not None:
        return
    planned = PlannedMaterial(_DICTIONARY, "ky-ru", EDITION, year=int(EDITION), unit_value=12_000, is_numbered=True)
    title = materials.add(planned, actor=Operator(), now=now)
    south, bishkek = (places.take_office(_region(code)) for code in ("KG-GO", "KG-GB"))
    for start, end, named, reason in (
        (places.take_source(), south, "1-300", Reason.RECEIVED),
        (south, bishkek, "201-300", Reason.MOVED),
    ):
        some = numbers.read(named)
        step = Step(title, start, end, len(some), numbers=some)
        stock.move([step], Cause(reason, now.date() - timedelta(days=30)), actor=Operator(), now=now)


def list_titles() -> list[Material]:
    """Return the titles of the demo that are there."""
    found = [find_material(texts, language, EDITION) for texts, language, *_rest in _SET]
    return [title for title in found if title is not None]


def give_to_participants(osh: Training, *, now: datetime) -> None:
    """Give everybody the manual in their language and the collection; each signs for both on the first day."""
    given = [one for one in lists.list_received(osh) if one.given or one.signed]
    if given:
        return
    for title in list_titles():
        rows = lists.list_rows(osh, title)
        taking = [row for row in rows if title.title_ru == _SAMPLES.ru or _language(row) == title.language]
        _give(osh, title, taking, osh.starts_on, now)


def _give(osh: Training, title: Material, taking: Sequence[ListRow], day: date, now: datetime) -> None:
    if not taking:
        return
    step = Step(title, places.take_training(osh), places.take_participants(osh), len(taking))
    stock.move([step], Cause(Reason.GIVEN, day), actor=Operator(), now=now)
    signed = [PaperRow(row.registration.reference, row.number, is_signed=True) for row in taking]
    receipts.enter(osh, title, rows=signed, signed_on=day, actor=Operator(), now=now)


def _language(row: ListRow) -> str:
    return "ky" if row.registration.person.language == "ky" else "ru"


def _region(code: str) -> Region:
    region = people.get_region(code)
    assert region is not None
    return region

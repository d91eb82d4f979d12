"""The manual set of the demo: printed in Bishkek, sent to two offices, and brought to the training in Osh."""

from datetime import datetime, timedelta

from portal.access.policy import Operator
from portal.materials.operations import materials, places, stock
from portal.materials.operations.stock import Cause, Step
from portal.materials.queries.materials import find_material
from portal.materials.rules.materials import PlannedMaterial
from portal.materials.rules.stock import Reason
from portal.people import queries as people
from portal.people.models import Region
from portal.trainings.models import Training
from portal.trainings.rules.plans import Titles

_EDITION, _LANGUAGES = "1", ("ky", "ru")
_PRINTED, _SENT, _BROUGHT = 500, 160, 80
_SET = (
    (
        Titles(
            "Адам сатууга байланыштуу кылмыштарды тергөө боюнча усулдук колдонмо",
            "Методическое пособие по расследованию торговли людьми",
            "Methodological manual on investigating trafficking in persons",
        ),
        35_000,
    ),
    (
        Titles(
            "Процесстик документтердин үлгүлөрүнүн жыйнагы",
            "Сборник образцов процессуальных документов",
            "Collection of sample procedural documents",
        ),
        28_000,
    ),
    (
        Titles(
            "Тергөөчүнүн сөздүк-маалымдамасы",
            "Словарь-справочник следователя",
            "Dictionary and reference book of the investigator",
        ),
        19_000,
    ),
)  # fmt: skip


def stock_up(osh: Training, *, owner: str, now: datetime) -> None:
    """Print the set, send it to the offices in Osh and Karakol and bring a part to the training, unless it is there."""
    if find_material(_SET[0][0], _LANGUAGES[0], _EDITION) is not None:
        return
    institution = people.get_institution_by_code(owner)
    titles = [
        materials.add(
            PlannedMaterial(
                texts, language, _EDITION, year=osh.starts_on.year, unit_value=value,
                owner_institution_id=institution.id if institution else None,
            ),
            actor=Operator(),
            now=now,
        )
        for texts, value in _SET
        for language in _LANGUAGES
    ]  # fmt: skip
    office, south, north = (places.take_office(_region(code)) for code in ("KG-GB", "KG-GO", "KG-Y"))
    for start, end, copies, reason, days in (
        (places.take_source(), office, _PRINTED, Reason.RECEIVED, 30),
        (office, south, _SENT, Reason.MOVED, 12),
        (office, north, _SENT, Reason.MOVED, 12),
        (south, places.take_training(osh), _BROUGHT, Reason.MOVED, 1),
    ):
        steps = [Step(title, start, end, copies) for title in titles]
        stock.move(steps, Cause(reason, osh.starts_on - timedelta(days=days)), actor=Operator(), now=now)


def _region(code: str) -> Region:
    region = people.get_region(code)
    assert region is not None
    return region

"""Receive the copies in a file, and add titles that are new."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from portal.access.policy import Actor
from portal.materials import operations as material_operations
from portal.materials import rules as material_rules
from portal.materials import serial_numbers
from portal.materials.models import Material
from portal.materials.rules import MOST_COPIES, PlannedMaterial
from portal.materials.serial_numbers import Numbers
from portal.people import queries as people
from portal.people.models import Region
from portal.platform import clock
from portal.platform.errors import wording
from portal.platform.i18n import _l
from portal.stock import operations, titles
from portal.stock.models import Cause, Step
from portal.stock.rules import Reason
from portal.trainings import files as training_files
from portal.trainings.files import Entry

MOST_ITEMS = 500


def receive_file(content: bytes, region: Region, *, actor: Actor, now: datetime) -> list[Material]:
    """Receive at the office of a region what a JSON file names: a list of items, or an object with `items`.

    What has no day of its own (`received_on`) has come today, or on the file's `date` if that is earlier.

    :raises Refusal: naming the place of the first thing that is wrong.
    """
    document = _document(training_files.read_json(content))
    items = document.entries("items", MOST_ITEMS)
    if not items:
        raise document.wrong("items", _l("is missing."))
    source, office = material_operations.take_source(), material_operations.take_office(region)
    by_day: dict[date, list[Step]] = defaultdict(list)
    for item in items:
        material = titles.take(planned(item), actor=actor, now=now)
        step = Step(material, source, office, quantity(item), numbers=numbers_of(item))
        by_day[_day(item, document, clock.country_day(now))].append(step)
    for day, steps in sorted(by_day.items()):
        operations.move(steps, Cause(Reason.RECEIVED, day), actor=actor, now=now)
    return list({step.material.id: step.material for steps in by_day.values() for step in steps}.values())


def planned(item: Entry) -> PlannedMaterial:
    """Return the title that an item of a file names.

    :raises Refusal: naming the place of the first thing that is wrong.
    """
    found = PlannedMaterial(
        title=item.titles(),
        language=item.text("language"),
        edition=item.text("edition", "", material_rules.MAX_EDITION),
        year=item.open_number("year"),
        unit=item.text("unit", material_rules.Unit.COPY.value),
        isbn=item.text("isbn", "", material_rules.MAX_ISBN),
        owner_institution_id=_owner_id(item),
        unit_value=unit_value(item),
        currency=item.text("currency", material_rules.CURRENCY),
        is_numbered="numbers" in item.values,
    )
    for fault in material_rules.title_faults(found):
        raise item.wrong(fault.field, wording(fault))
    return found


def quantity(item: Entry) -> int:
    """Return the number of copies that an item of a file names.

    :raises Refusal: if it is no plausible number of copies.
    """
    copies = item.number("quantity")
    if not 1 <= copies <= MOST_COPIES:
        raise item.wrong("quantity", str(_l("must be a number from 1 to %(most)s.")) % {"most": MOST_COPIES})
    return copies


def numbers_of(item: Entry) -> Numbers:
    """Return the numbers that the copies of an item bear; none if it does not say any.

    :raises Refusal: if they are no numbers.
    """
    try:
        return serial_numbers.read(item.text("numbers", "", serial_numbers.MAX_WRITTEN))
    except serial_numbers.NumbersUnreadable as unread:
        raise item.wrong("numbers", _l("must be numbers and ranges such as 1-40, 55.")) from unread


def unit_value(item: Entry) -> int | None:
    """Return the value of one copy in the smallest unit of its currency, None if it is not given.

    :raises Refusal: if it is no sum of money.
    """
    value: Any = item.values.get("unit_value")
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    found = material_rules.parse(str(value)) if is_number or isinstance(value, str) else None
    if found is None:
        raise item.wrong("unit_value", _l("must be a sum such as 350.00."))
    return found


def _document(content: Any) -> Entry:
    if isinstance(content, list):
        return Entry({"items": content})
    if not isinstance(content, dict):
        raise training_files.UnreadableFile(reason=_l("it holds no list of items"))
    return Entry(content)


def _day(item: Entry, document: Entry, today: date) -> date:
    for entry in (item, document):
        if entry.values.get("received_on") is not None:
            return entry.day("received_on")
    return min(today, document.day("date")) if document.values.get("date") is not None else today


def _owner_id(item: Entry) -> int | None:
    if item.values.get("owner") is None:
        return None
    owner = people.get_institution_by_code(item.code("owner"))
    if owner is None:
        raise item.wrong("owner", _l("must be the code of an institution."))
    return owner.id

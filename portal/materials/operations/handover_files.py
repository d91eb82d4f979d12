"""Draft a hand-over act from the file that `hand-over` takes."""

from datetime import datetime

from portal.access.policy import Actor
from portal.materials.models.handovers import Handover
from portal.materials.models.materials import Material, StockPlace
from portal.materials.operations import handovers, places, receiving
from portal.materials.queries import materials, stock
from portal.materials.rules import handovers as rules
from portal.materials.rules import money
from portal.materials.rules.handovers import (
    PlannedHandover,
    PlannedLine,
    PlannedParty,
    PlannedProxy,
    PlannedShare,
    ProxyKind,
    Transfer,
)
from portal.materials.rules.stock import MAIN_OFFICE
from portal.people import queries as people
from portal.people.rules.places import resolve
from portal.platform.texts import Text
from portal.platform.wording import _l
from portal.trainings.models import Training
from portal.trainings.operations import files
from portal.trainings.operations.files import Entry, UnknownInstitution


def draft_from_file(training: Training, content: bytes, *, actor: Actor, now: datetime) -> Handover:
    """Draft the act of a training that a JSON file describes, from the first place that has all the copies.

    Looked at are what was brought to the training, the office of its region, and the main office, in this order.

    :raises Refusal: naming the place of the first thing that is wrong, or everything against the act.
    """
    document = files.read_document(content)
    entries = document.entries("items", rules.MOST_LINES)
    named = [(_material(entry), entry) for entry in entries]
    lines = tuple(_line(material, entry) for material, entry in named)
    planned = PlannedHandover(
        giving=_party(document.entry("giving")),
        receiving=_party(document.entry("receiving")),
        handed_on=document.day("date"),
        lines=lines,
        place=_texts(document, "place", rules.MAX_NAME),
        basis=_texts(document, "basis", rules.MAX_BASIS),
        purpose=_texts(document, "purpose", rules.MAX_LONG) or rules.PURPOSE,
        discrepancies=_texts(document, "discrepancies", rules.MAX_LONG),
        transfer=document.text("transfer", Transfer.OWNERSHIP.value),
        copies=document.number("copies", rules.COPIES_OF_ACT[0]),
        with_english=document.flag("with_english"),
        witness=document.text("witness", "", rules.MAX_NAME),
        shares=tuple(_share(entry, named) for entry in document.entries("distribution", rules.MOST_SHARES)),
        proxy=_proxy(document.entry("receiving")),
    )
    return handovers.draft(planned, _start(training, lines), training, actor=actor, now=now)


def _start(training: Training, lines: tuple[PlannedLine, ...]) -> StockPlace:
    """Return the first place that holds all the lines; where none does, the one that holds most of them."""
    main = people.get_region(MAIN_OFFICE)
    assert main is not None
    starts = [places.take_training(training), places.take_office(training.region), places.take_office(main)]
    held = {
        (one.place.id, one.material.id): one.quantity
        for one in stock.list_balances(places=[start.id for start in starts])
    }
    return max(starts, key=lambda start: sum(held.get((start.id, one.material_id), 0) >= one.quantity for one in lines))


def _material(entry: Entry) -> Material:
    titles, language = entry.titles(), entry.text("language")
    found = materials.find_material(titles, language, entry.text("edition", ""))
    if found is None:
        raise entry.wrong("title_ru", _l("is no title of the stock in this language and edition. Receive it first."))
    return found


def _line(material: Material, entry: Entry) -> PlannedLine:
    value = receiving.unit_value(entry)
    return PlannedLine(
        material_id=material.id,
        quantity=receiving.quantity(entry),
        unit_value=material.unit_value if value is None else value,
        currency=entry.text("currency", material.currency or money.CURRENCIES[0]),
        condition=entry.text("condition", rules.CONDITIONS[0], 40),
        note=entry.text("note", "", rules.MAX_NOTE),
        numbers=str(receiving.numbers_of(entry)),
    )


def _share(entry: Entry, named: list[tuple[Material, Entry]]) -> PlannedShare:
    place = entry.number("item", 1)
    if not 1 <= place <= len(named):
        raise entry.wrong("item", _l("must be the number of an item."))
    return PlannedShare(entry.text("unit", limit=rules.MAX_NAME), named[place - 1][0].id, receiving.quantity(entry))


def _party(entry: Entry) -> PlannedParty:
    return PlannedParty(
        institution_id=_institution_id(entry),
        name=entry.text("name", "", rules.MAX_NAME),
        position=_texts(entry, "position", rules.MAX_NAME),
        authority=_texts(entry, "authority", rules.MAX_NAME),
    )


def _proxy(receiving: Entry) -> PlannedProxy:
    """Return who signs in the place of whoever receives: by the power of attorney that is given, or on a letter."""
    if receiving.values.get("proxy") is None:
        return PlannedProxy()
    entry = receiving.entry("proxy")
    has_attorney = entry.values.get("attorney") is not None
    attorney = entry.entry("attorney") if has_attorney else None
    return PlannedProxy(
        kind=(ProxyKind.ATTORNEY if has_attorney else ProxyKind.LETTER).value,
        name=entry.text("name", limit=rules.MAX_NAME),
        position=_texts(entry, "position", rules.MAX_NAME),
        number=attorney.text("number", limit=rules.MAX_PROXY_NUMBER) if attorney else "",
        day=attorney.day("date") if attorney else None,
    )


def _institution_id(entry: Entry) -> int:
    value = entry.text("institution")
    found = resolve(value, people.list_institution_choices())
    institution = people.get_institution_by_code(found.code) if found.code else None
    if institution is None:
        offers = ", ".join(found.offers) or "–"
        raise UnknownInstitution(place=entry.where("institution"), value=value, offers=offers)
    return institution.id


def _texts(entry: Entry, name: str, limit: int) -> Text:
    """Return a text that is given per language, or once: then its letters say which language it is in."""
    texts = entry.titles(name, limit)
    return texts or files.in_its_language(entry.text(name, "", limit))

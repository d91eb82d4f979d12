"""Draft a hand-over act from the file for `hand-over`."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.materials import operations as material_operations
from portal.materials import queries as materials
from portal.materials import rules as material_rules
from portal.materials.models import Handover, Material, StockPlace
from portal.people import queries as people
from portal.people.rules import resolve
from portal.platform.i18n import _l
from portal.platform.texts import Text
from portal.stock import files as stock_files
from portal.stock import queries as stock
from portal.trainings import files as training_files
from portal.trainings.files import Entry, UnknownInstitution
from portal.trainings.models import Training


def draft_from_file(training: Training, content: bytes, *, actor: Actor, now: datetime) -> Handover:
    """Draft the act of a training that a JSON file describes, from the first place that has all the copies.

    Looked at are what was brought to the training, the office of its region, and the main office, in this order.

    :raises Refusal: naming the place of the first thing that is wrong, or everything against the act.
    """
    document = training_files.read_document(content)
    entries = document.entries("items", material_rules.MOST_LINES)
    named = [(_material(entry), entry) for entry in entries]
    lines = tuple(_line(material, entry) for material, entry in named)
    planned = material_rules.PlannedHandover(
        handed_on=document.day("date"),
        lines=lines,
        place=_texts(document, "place", material_rules.MAX_NAME),
        basis=_texts(document, "basis", material_rules.MAX_BASIS),
        purpose=_texts(document, "purpose", material_rules.MAX_LONG) or material_rules.PURPOSE,
        discrepancies=_texts(document, "discrepancies", material_rules.MAX_LONG),
        transfer=document.text("transfer", material_rules.Transfer.OWNERSHIP.value),
        copies=document.number("copies", material_rules.COPIES_OF_ACT[0]),
        with_english=document.flag("with_english"),
        witness=document.text("witness", "", material_rules.MAX_NAME),
        shares=tuple(_share(entry, named) for entry in document.entries("distribution", material_rules.MOST_SHARES)),
        **_party(document, "giving"),
        **_party(document, "receiving"),
        **_proxy(document.entry("receiving")),
    )
    return material_operations.draft(planned, _start(training, lines), training, actor=actor, now=now)


def _start(training: Training, lines: tuple[material_rules.PlannedLine, ...]) -> StockPlace:
    """Return the first place that holds all the lines; where none does, the one that holds most of them."""
    main = people.get_region(material_rules.MAIN_OFFICE)
    assert main is not None
    starts = [
        material_operations.take_training(training),
        material_operations.take_office(training.region),
        material_operations.take_office(main),
    ]
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


def _line(material: Material, entry: Entry) -> material_rules.PlannedLine:
    value = stock_files.unit_value(entry)
    return material_rules.PlannedLine(
        material_id=material.id,
        quantity=stock_files.quantity(entry),
        unit_value=material.unit_value if value is None else value,
        currency=entry.text("currency", material.currency or material_rules.CURRENCIES[0]),
        condition=entry.text("condition", material_rules.Condition.NEW.value, 40),
        note=entry.text("note", "", material_rules.MAX_NOTE),
        numbers=str(stock_files.numbers_of(entry)),
    )


def _share(entry: Entry, named: list[tuple[Material, Entry]]) -> material_rules.PlannedShare:
    place = entry.number("item", 1)
    if not 1 <= place <= len(named):
        raise entry.wrong("item", _l("must be the number of an item."))
    return material_rules.PlannedShare(
        entry.text("unit", limit=material_rules.MAX_NAME), named[place - 1][0].id, stock_files.quantity(entry)
    )


def _party(document: Entry, side: str) -> dict[str, Any]:
    entry = document.entry(side)
    return {
        f"{side}_institution_id": _institution_id(entry),
        f"{side}_name": entry.text("name", "", material_rules.MAX_NAME),
        f"{side}_position": _texts(entry, "position", material_rules.MAX_NAME),
        f"{side}_authority": _texts(entry, "authority", material_rules.MAX_NAME),
    }


def _proxy(receiving: Entry) -> dict[str, Any]:
    """Return who signs in the place of whoever receives: by the power of attorney that is given, or on a letter."""
    if receiving.values.get("proxy") is None:
        return {}
    entry = receiving.entry("proxy")
    has_attorney = entry.values.get("attorney") is not None
    attorney = entry.entry("attorney") if has_attorney else None
    kind = material_rules.ProxyKind.ATTORNEY if has_attorney else material_rules.ProxyKind.LETTER
    return {
        "proxy_kind": kind.value,
        "proxy_name": entry.text("name", limit=material_rules.MAX_NAME),
        "proxy_position": _texts(entry, "position", material_rules.MAX_NAME),
        "proxy_number": attorney.text("number", limit=material_rules.MAX_PROXY_NUMBER) if attorney else "",
        "proxy_date": attorney.day("date") if attorney else None,
    }


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
    return texts or training_files.in_its_language(entry.text(name, "", limit))

"""The facts of a hand-over act: plain values, frozen when it is printed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.materials import spelling
from portal.materials.models import Handover, HandoverItem
from portal.materials.rules import Transfer
from portal.people.models import Institution
from portal.platform.dates import MONTHS, long_date, numeric_date
from portal.platform.texts import LANGUAGES, Passage, Text, Trilingual
from portal.printing.orders import Facts

TEMPLATE = "handover_act.html"
LANG = "ru"  # of the file as a whole; each passage names its own
_DASH = "–"


@dataclass(frozen=True)
class Party:
    """Who gives or receives, and who acts for it; without an authority the act says that none was shown."""

    institution: Trilingual
    name: str
    position: Trilingual
    authority: Trilingual


@dataclass(frozen=True)
class Witness:
    """A third person who signs that it happened."""

    name: str
    position: Trilingual


@dataclass(frozen=True)
class Proxy:
    """Who signs in the place of whoever receives, and the paper for it in words: a power of attorney, or a letter."""

    name: str
    position: Trilingual
    paper: Trilingual


@dataclass(frozen=True)
class Difference:
    """One thing that a correcting act says otherwise: of which title or clause, what it was and what is right.

    `aspect` is a name of the act's own, such as "quantity"; `change` is set where figures differ.
    """

    aspect: str
    title: Trilingual | None
    was: Trilingual
    now: Trilingual
    change: str = ""


@dataclass(frozen=True)
class Corrected:
    """The act that is corrected, its day in words, and everything that differs."""

    number: str
    date: Trilingual
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class ActLine:
    """One row of the table, in figures as printed; price and sum are empty where nothing is on the books."""

    number: str
    title: Trilingual
    language: str
    edition: str
    unit: dict[str, str]
    quantity: str
    price: str
    amount: str
    condition: str
    note: str
    numbers: str = ""


@dataclass(frozen=True)
class ActFacts(Facts):
    """Everything that the paper says, in the words that it says it in.

    `replaces` is the number of the void act whose place this one takes.
    """

    number: str
    date: Trilingual
    place: Trilingual
    basis: Trilingual
    giving: Party
    receiving: Party
    lines: tuple[ActLine, ...]
    quantity: str
    amount: str
    currency: str
    total: Trilingual
    purpose: Trilingual
    discrepancies: Trilingual
    is_custody: bool
    copies: Trilingual
    witness: Witness | None
    shares: tuple[dict[str, Any], ...]  # the annex: which unit gets how many of which line
    is_in_english: bool
    replaces: str
    record_url: str
    audit_head: str = ""
    proxy: Proxy | None = None
    is_in_parts: bool = False
    corrects: Corrected | None = None

    @property
    def document_title(self) -> str:
        return title_of(self.number)


def act_facts(
    handover: Handover, *, record_url: str, audit_head: str = "", corrects: Corrected | None = None
) -> ActFacts:
    """Return the printed facts of an act; `corrects` are the differences to the signed act that it corrects.

    :raises ValueError: if there is no line, or if sums of several currencies would have to be added.
    """
    items = handover.items
    currencies = {item.currency for item in items if item.unit_value}
    if not items or len(currencies) > 1:
        raise ValueError("An act has lines, and one currency.")
    currency = next(iter(currencies), "")
    worth = sum(item.quantity * (item.unit_value or 0) for item in items)
    replaced = None if handover.is_correction else handover.corrects
    lines = {item.material_id: str(number) for number, item in enumerate(items, start=1)}
    return ActFacts(
        number=handover.number or "",
        date=day_of_act(handover.handed_on),
        place=handover.place.printed(),
        basis=handover.basis.printed(),
        giving=party(handover, "giving"),
        receiving=party(handover, "receiving"),
        lines=tuple(_line(number, item) for number, item in enumerate(items, start=1)),
        quantity=spelling.grouped(sum(item.quantity for item in items)),
        amount=spelling.amount(worth) if currency else "",
        currency=currency,
        total=_total(items, worth, currency),
        purpose=handover.purpose.printed(),
        discrepancies=handover.discrepancies.printed(),
        is_custody=handover.transfer == Transfer.CUSTODY,
        copies=sides(lambda side: spelling.copies_of_act(handover.copies, side)),
        witness=Witness(handover.witness, Text().printed()) if handover.witness else None,
        shares=tuple(
            {
                "number": str(number),
                "unit": share.unit,
                "title": share.material.title.printed(),
                "line": lines[share.material_id],
                "quantity": spelling.grouped(share.quantity),
            }
            for number, share in enumerate(handover.shares, start=1)
        ),
        is_in_english=handover.with_english,
        replaces=(replaced.number or "") if replaced else "",
        record_url=record_url,
        audit_head=audit_head,
        proxy=_proxy(handover) if handover.proxy_kind else None,
        is_in_parts=handover.in_parts,
        corrects=corrects,
    )


def as_draft(facts: ActFacts) -> dict[str, Any]:
    """Return the facts for a page that is not a document yet, and says so across its text."""
    return facts.as_dict() | {"stamp": "draft"}


def as_standing(facts: dict[str, Any]) -> dict[str, Any]:
    return _LATER | facts | {"stamp": ""}


def as_void(facts: dict[str, Any], *, voided_on: date, reason: str) -> dict[str, Any]:
    """Return frozen facts for a copy that says across its text that the act is void, since when and why."""
    return _LATER | facts | {"stamp": "void", "voided_on": numeric_date(voided_on), "void_reason": reason}


# What acts that were printed before it was thought of do not say.
_LATER: dict[str, Any] = {"proxy": None, "is_in_parts": False, "corrects": None}


def title_of(number: str) -> str:
    return f"Акт приёма-передачи № {number}" if number else "Акт приёма-передачи (проект)"


def act_date(day: date, lang: str) -> str:
    """Return a date as acts write it: 2027-жылдын 10-марты, «10» марта 2027 г., 10 March 2027."""
    if lang != "ru":
        return long_date(day, lang)
    return f"«{day.day:02d}» {MONTHS['ru'][day.month - 1]} {day.year}\u00a0г."


def _proxy(handover: Handover) -> Proxy:
    words, day = spelling.WORDS["papers"][handover.proxy_kind], handover.proxy_date
    number = handover.proxy_number or _BLANK

    def paper(side: str) -> str:
        text: str = words[side]
        return text.format(number=number, day=act_date(day, side) if day else _BLANK)

    return Proxy(handover.proxy_name, handover.proxy_position.printed(), sides(paper))


_BLANK = "________"


def _line(number: int, item: HandoverItem) -> ActLine:
    material, worth = item.material, item.unit_value or None
    year = str(material.year) if material.year and str(material.year) not in material.edition else ""
    return ActLine(
        number=str(number),
        title=material.title.printed(),
        language=material.language,
        edition=", ".join(part for part in (material.edition, year) if part) or _DASH,
        unit=spelling.SHORT_UNITS[material.unit],
        quantity=spelling.grouped(item.quantity),
        price=spelling.amount(worth) if worth else "",
        amount=spelling.amount(item.quantity * worth) if worth else "",
        condition=item.condition,
        note=item.note,
        numbers=item.numbers,
    )


def _total(items: Sequence[HandoverItem], worth: int, currency: str) -> Trilingual:
    """Return what is handed over in all, unit by unit and with its sum, in figures and words."""
    quantities: Counter[str] = Counter()
    for item in items:
        quantities[item.material.unit] += item.quantity

    def in_words(side: str) -> str:
        counted = ", ".join(spelling.counted(many, spelling.UNITS[unit], side) for unit, many in quantities.items())
        if not currency:
            return counted
        return f"{counted}, {spelling.WORDS['to_the_sum'][side]} {spelling.money(worth, currency, side)}"

    return sides(in_words)


def day_of_act(day: date) -> Trilingual:
    """Return a date in the three languages, as acts write it."""
    return sides(lambda side: act_date(day, side))


def sides(words: Callable[[str], str]) -> Trilingual:
    """Return what is written for each side of a paper in its own language."""
    return Trilingual(*(Passage(words(side), side) for side in LANGUAGES))


def party(handover: Handover, side: str) -> Party:
    """Return the side of an act that is `giving`, or `receiving`."""
    institution: Institution = getattr(handover, f"{side}_institution")
    return Party(
        institution=institution.name.printed(),
        name=getattr(handover, f"{side}_name"),
        position=getattr(handover, f"{side}_position").printed(),
        authority=getattr(handover, f"{side}_authority").printed(),
    )

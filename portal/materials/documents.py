"""The facts of a hand-over act: plain values, frozen when it is printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.materials import spelling
from portal.materials.models import Handover
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
class Item:
    """A line as it was agreed; `unit_value` in hundredths of the currency, None for what has no value on the books."""

    title: Trilingual
    language: str
    edition: str
    unit: str
    quantity: int
    unit_value: int | None
    currency: str
    condition: str
    note: str = ""
    numbers: str = ""


@dataclass(frozen=True)
class Share:
    """What one unit of the receiving institution gets of the line with this number."""

    unit: str
    line: int
    quantity: int


@dataclass(frozen=True)
class Witness:
    """A third person who signs that it happened."""

    name: str
    position: Trilingual


@dataclass(frozen=True)
class Proxy:
    """Who signs in the place of whoever receives; `paper` is the power of attorney, or the letter to come."""

    kind: str
    name: str
    position: Trilingual
    number: str = ""
    day: date | None = None


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
    """The act that is corrected, and everything that differs."""

    number: str
    day: date
    differences: Sequence[Difference]


@dataclass(frozen=True)
class Deed:
    """Everything that the two parties agree on; `replaces` is the number of the void act whose place this one takes."""

    number: str
    day: date
    place: Trilingual
    basis: Trilingual
    giving: Party
    receiving: Party
    items: Sequence[Item]
    purpose: Trilingual
    discrepancies: Trilingual
    is_custody: bool
    copies: int
    witness: Witness | None = None
    shares: Sequence[Share] = ()
    is_in_english: bool = False
    replaces: str = ""
    proxy: Proxy | None = None
    is_in_parts: bool = False
    corrects: Corrected | None = None


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
class ActShare:
    """One row of the annex."""

    number: str
    unit: str
    title: Trilingual
    line: str
    quantity: str


@dataclass(frozen=True)
class ActProxy:
    """Who signs in the place of whoever receives, and the paper for it in words."""

    name: str
    position: Trilingual
    paper: Trilingual


@dataclass(frozen=True)
class ActCorrected:
    """The act that is corrected, its day in words, and the rows of the table of differences."""

    number: str
    date: Trilingual
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class ActFacts(Facts):
    """Everything that the paper says, in the words that it says it in."""

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
    shares: tuple[ActShare, ...]
    is_in_english: bool
    replaces: str
    record_url: str
    audit_head: str = ""
    proxy: ActProxy | None = None
    is_in_parts: bool = False
    corrects: ActCorrected | None = None

    @property
    def document_title(self) -> str:
        """Return the title of the PDF file."""
        return title_of(self.number)


def hand_over_act(deed: Deed, *, record_url: str, audit_head: str = "") -> ActFacts:
    """Return the printed facts of an act.

    :raises ValueError: if there is no line, or if sums of several currencies would have to be added.
    """
    currencies = {item.currency for item in deed.items if item.unit_value is not None}
    if not deed.items or len(currencies) > 1:
        raise ValueError("An act has lines, and one currency.")
    currency = next(iter(currencies), "")
    worth = sum(item.quantity * (item.unit_value or 0) for item in deed.items)
    return ActFacts(
        number=deed.number,
        date=day_of_act(deed.day),
        place=deed.place,
        basis=deed.basis,
        giving=deed.giving,
        receiving=deed.receiving,
        lines=tuple(_line(number, item) for number, item in enumerate(deed.items, start=1)),
        quantity=spelling.grouped(sum(item.quantity for item in deed.items)),
        amount=spelling.amount(worth) if currency else "",
        currency=currency,
        total=_total(deed.items, worth, currency),
        purpose=deed.purpose,
        discrepancies=deed.discrepancies,
        is_custody=deed.is_custody,
        copies=sides(lambda side: spelling.copies_of_act(deed.copies, side)),
        witness=deed.witness,
        shares=tuple(_share(number, share, deed.items) for number, share in enumerate(deed.shares, start=1)),
        is_in_english=deed.is_in_english,
        replaces=deed.replaces,
        record_url=record_url,
        audit_head=audit_head,
        proxy=_proxy(deed.proxy) if deed.proxy else None,
        is_in_parts=deed.is_in_parts,
        corrects=_corrected(deed.corrects) if deed.corrects else None,
    )


def as_draft(facts: ActFacts) -> dict[str, Any]:
    """Return the facts for a page that is not a document yet, and says so across its text."""
    return facts.as_dict() | {"stamp": "draft"}


def as_standing(facts: dict[str, Any]) -> dict[str, Any]:
    """Return frozen facts for the document itself."""
    return _LATER | facts | {"stamp": ""}


def as_void(facts: dict[str, Any], *, voided_on: date, reason: str) -> dict[str, Any]:
    """Return frozen facts for a copy that says across its text that the act is void, since when and why."""
    return _LATER | facts | {"stamp": "void", "voided_on": numeric_date(voided_on), "void_reason": reason}


# What acts that were printed before it was thought of do not say.
_LATER: dict[str, Any] = {"proxy": None, "is_in_parts": False, "corrects": None}


def title_of(number: str) -> str:
    """Return the title of an act's file."""
    return f"Акт приёма-передачи № {number}" if number else "Акт приёма-передачи (проект)"


def act_date(day: date, lang: str) -> str:
    """Return a date as acts write it: 2027-жылдын 10-марты, «10» марта 2027 г., 10 March 2027."""
    if lang != "ru":
        return long_date(day, lang)
    return f"«{day.day:02d}» {MONTHS['ru'][day.month - 1]} {day.year}\u00a0г."


def _proxy(proxy: Proxy) -> ActProxy:
    words = _PAPERS[proxy.kind]
    number = proxy.number or _BLANK

    def paper(side: str) -> str:
        return words[side].format(number=number, day=act_date(proxy.day, side) if proxy.day else _BLANK)

    return ActProxy(proxy.name, proxy.position, sides(paper))


_BLANK = "________"
_PAPERS = {
    "attorney": {
        "ky": "{day} № {number} ишеним кат боюнча",
        "ru": "по доверенности № {number} от {day}",
        "en": "by power of attorney No. {number} of {day}",
    },
    "letter": {
        "ky": "ишеним катсыз; {day} № {number} кат менен ырасталат",
        "ru": "без доверенности; подтверждается письмом № {number} от {day}",
        "en": "without a power of attorney; confirmed by letter No. {number} of {day}",
    },
}


def _corrected(corrected: Corrected) -> ActCorrected:
    return ActCorrected(corrected.number, day_of_act(corrected.day), tuple(corrected.differences))


def _line(number: int, item: Item) -> ActLine:
    worth = item.unit_value
    return ActLine(
        number=str(number),
        title=item.title,
        language=item.language,
        edition=item.edition or _DASH,
        unit=spelling.SHORT_UNITS[item.unit],
        quantity=spelling.grouped(item.quantity),
        price=spelling.amount(worth) if worth is not None else "",
        amount=spelling.amount(item.quantity * worth) if worth is not None else "",
        condition=item.condition,
        note=item.note,
        numbers=item.numbers,
    )


def _total(items: Sequence[Item], worth: int, currency: str) -> Trilingual:
    """Return what is handed over in all, unit by unit and with its sum, in figures and words."""
    quantities: dict[str, int] = {}
    for item in items:
        quantities[item.unit] = quantities.get(item.unit, 0) + item.quantity

    def in_words(side: str) -> str:
        counted = ", ".join(spelling.counted(many, spelling.UNITS[unit], side) for unit, many in quantities.items())
        if not currency:
            return counted
        return f"{counted}, {_TO_THE_SUM[side]} {spelling.money(worth, currency, side)}"

    return sides(in_words)


_TO_THE_SUM = {"ky": "жалпы суммасы", "ru": "на общую сумму", "en": "worth"}


def _share(number: int, share: Share, items: Sequence[Item]) -> ActShare:
    return ActShare(
        number=str(number),
        unit=share.unit,
        title=items[share.line - 1].title,
        line=str(share.line),
        quantity=spelling.grouped(share.quantity),
    )


def day_of_act(day: date) -> Trilingual:
    """Return a date in the three languages, as acts write it."""
    return sides(lambda side: act_date(day, side))


def sides(words: Callable[[str], str]) -> Trilingual:
    """Return what is written for each side of a paper in its own language."""
    return Trilingual(*(Passage(words(side), side) for side in LANGUAGES))


def deed_of(handover: Handover, *, number: str = "", corrects: Corrected | None = None) -> Deed:
    """Return what the two parties agree on; without a number it is a draft.

    `corrects` are the differences to the signed act that it corrects; a void act is named as the one that it replaces.
    """
    is_replacing = handover.corrects is not None and not handover.is_correction
    lines = {item.material_id: place for place, item in enumerate(handover.items, start=1)}
    return Deed(
        number=number,
        day=handover.handed_on,
        place=handover.place.printed(),
        basis=handover.basis.printed(),
        giving=_party(handover, "giving", handover.giving_institution),
        receiving=_party(handover, "receiving", handover.receiving_institution),
        items=[
            Item(
                title=item.material.title.printed(),
                language=item.material.language,
                edition=_edition(item.material),
                unit=item.material.unit,
                quantity=item.quantity,
                unit_value=item.unit_value or None,
                currency=item.currency,
                condition=item.condition,
                note=item.note,
                numbers=item.numbers,
            )
            for item in handover.items
        ],
        purpose=handover.purpose.printed(),
        discrepancies=handover.discrepancies.printed(),
        is_custody=handover.transfer == Transfer.CUSTODY,
        copies=handover.copies,
        witness=Witness(handover.witness, Text().printed()) if handover.witness else None,
        shares=[Share(share.unit, lines[share.material_id], share.quantity) for share in handover.shares],
        is_in_english=handover.with_english,
        replaces=(handover.corrects.number or "") if handover.corrects and is_replacing else "",
        proxy=_proxy_of(handover) if handover.proxy_kind else None,
        is_in_parts=handover.in_parts,
        corrects=corrects,
    )


def _proxy_of(handover: Handover) -> Proxy:
    return Proxy(
        handover.proxy_kind,
        handover.proxy_name,
        handover.proxy_position.printed(),
        handover.proxy_number,
        handover.proxy_date,
    )


def _party(handover: Handover, side: str, institution: Institution) -> Party:
    return Party(
        institution=institution.name.printed(),
        name=getattr(handover, f"{side}_name"),
        position=getattr(handover, f"{side}_position").printed(),
        authority=getattr(handover, f"{side}_authority").printed(),
    )


def _edition(material: Any) -> str:
    year = str(material.year) if material.year and str(material.year) not in material.edition else ""
    return ", ".join(part for part in (material.edition, year) if part)

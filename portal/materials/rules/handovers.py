"""What a hand-over act is planned to say, and what stands against it."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.materials.rules import numbers
from portal.materials.rules.money import CURRENCIES
from portal.materials.rules.stock import MOST_COPIES
from portal.platform import texts
from portal.platform.texts import Text
from portal.records.rules import YEARS, FaultCode, letter_faults

MAX_NAME = 200
MAX_BASIS = 500
MAX_LONG = 1000
MAX_NOTE = 300
MAX_REASON = 300
MAX_PROXY_NUMBER = 60
MOST_LINES = 60
MOST_SHARES = 60
COPIES_OF_ACT = range(2, 7)
CONDITIONS = ("new", "good", "used", "damaged")
SERIES_LENGTH = 10


class HandoverState(StrEnum):
    """Where an act stands."""

    DRAFT = "draft"
    PRINTED = "printed"
    SIGNED = "signed"
    VOID = "void"


class Transfer(StrEnum):
    """What passes to the receiving institution."""

    OWNERSHIP = "ownership"
    CUSTODY = "custody"


class ProxyKind(StrEnum):
    """By what right somebody signs in the place of whoever receives."""

    NONE = ""
    ATTORNEY = "attorney"  # a power of attorney, with number and date
    LETTER = "letter"  # nothing yet; a letter confirms it later


# What the clause on use says unless somebody writes it otherwise.
PURPOSE = Text(
    ky="Материалдар кызматтык пайдалануу, кызматкерлерди окутуу жана алардын квалификациясын жогорулатуу үчүн берилди."
    " Аларды сатууга жана максатка ылайык эмес пайдаланууга жол берилбейт.",
    ru="Материалы предназначены для служебного пользования, обучения и повышения квалификации сотрудников."
    " Продажа и использование не по назначению не допускаются.",
    en="The materials are for official use and for the training of staff. They may not be sold or used otherwise.",
)


class ActFaultCode(StrEnum):
    """The stable name of one thing that stands against an act."""

    TEXT_TOO_LONG = "text_too_long"
    HIDDEN_CHARACTER = "hidden_character"
    YEAR_IMPLAUSIBLE = "year_implausible"
    LINES_MISSING = "lines_missing"
    LINES_TOO_MANY = "lines_too_many"
    LINE_TWICE = "line_twice"
    QUANTITY_IMPLAUSIBLE = "quantity_implausible"
    VALUE_MISSING = "value_missing"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCIES_DIFFER = "currencies_differ"
    COPIES_IMPLAUSIBLE = "copies_implausible"
    TRANSFER_UNKNOWN = "transfer_unknown"
    SHARE_OF_NOTHING = "share_of_nothing"
    SHARES_EXCEED_LINE = "shares_exceed_line"
    UNIT_MISSING = "unit_missing"
    SAME_INSTITUTION = "same_institution"
    PROXY_UNKNOWN = "proxy_unknown"
    PROXY_UNNAMED = "proxy_unnamed"
    PROXY_NEEDLESS = "proxy_needless"
    PROXY_ONESELF = "proxy_oneself"
    ATTORNEY_MISSING = "attorney_missing"
    ATTORNEY_LATER = "attorney_later"
    RECEIVER_DIFFERS = "receiver_differs"
    GIVER_DIFFERS = "giver_differs"
    CORRECTION_EARLY = "correction_early"
    CORRECTION_IN_PARTS = "correction_in_parts"
    NUMBERS_UNREADABLE = "numbers_unreadable"
    NUMBERS_DIFFER = "numbers_differ"


@dataclass(frozen=True)
class ActFault:
    """One fault: the field that it stands at, and for a line or a share its place."""

    code: ActFaultCode
    field: str
    place: int | None = None
    args: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class PlannedParty:
    """Who gives or receives, and who acts for it."""

    institution_id: int
    name: str = ""
    position: Text = Text()
    authority: Text = Text()


@dataclass(frozen=True)
class PlannedProxy:
    """Who signs in the place of whoever receives: by number and date of a power of attorney, or of a letter to come."""

    kind: str = ProxyKind.NONE.value
    name: str = ""
    position: Text = Text()
    number: str = ""
    day: date | None = None


@dataclass(frozen=True)
class PlannedLine:
    """Copies of one title; a value of zero is "without charge", None is not said yet."""

    material_id: int
    quantity: int
    unit_value: int | None
    currency: str
    condition: str = "new"
    note: str = ""
    numbers: str = ""


@dataclass(frozen=True)
class PlannedShare:
    """What one unit of the receiving institution gets of a title."""

    unit: str
    material_id: int
    quantity: int


@dataclass(frozen=True)
class PlannedHandover:
    """What an act is to say."""

    giving: PlannedParty
    receiving: PlannedParty
    handed_on: date
    lines: tuple[PlannedLine, ...]
    place: Text = Text()
    basis: Text = Text()
    purpose: Text = PURPOSE
    discrepancies: Text = Text()
    transfer: str = Transfer.OWNERSHIP.value
    copies: int = 2
    with_english: bool = False
    witness: str = ""
    shares: tuple[PlannedShare, ...] = ()
    proxy: PlannedProxy = PlannedProxy()
    in_parts: bool = False


@dataclass(frozen=True)
class Bound:
    """What a correcting act keeps of the one that it corrects: the two institutions; and the day that it follows."""

    giving_institution_id: int
    receiving_institution_id: int
    handed_on: date


def faults(plan: PlannedHandover, bound: Bound | None = None) -> list[ActFault]:
    """Return everything that stands against keeping the act as a draft, in the order of the form."""
    return [
        *_party_faults(plan),
        *(_bound_faults(plan, bound) if bound else ()),
        *_proxy_faults(plan),
        *_term_faults(plan),
        *_line_faults(plan),
        *_share_faults(plan),
    ]


def number_of(series: str, year: int, serial: int) -> str:
    """Return the number of an act as it is printed."""
    return f"{series}-{year}-{serial:04d}"


def _party_faults(plan: PlannedHandover) -> Iterator[ActFault]:
    if plan.giving.institution_id == plan.receiving.institution_id:
        yield ActFault(ActFaultCode.SAME_INSTITUTION, "receiving_institution_id")
    for side, party in (("receiving", plan.receiving), ("giving", plan.giving)):
        yield from _text_faults(party.name, f"{side}_name", MAX_NAME)
        for column, text in party.position.columns(f"{side}_position").items():
            yield from _text_faults(text, column, MAX_NAME)
        for column, text in party.authority.columns(f"{side}_authority").items():
            yield from _text_faults(text, column, MAX_NAME)


def _bound_faults(plan: PlannedHandover, bound: Bound) -> Iterator[ActFault]:
    if plan.receiving.institution_id != bound.receiving_institution_id:
        yield ActFault(ActFaultCode.RECEIVER_DIFFERS, "receiving_institution_id")
    if plan.giving.institution_id != bound.giving_institution_id:
        yield ActFault(ActFaultCode.GIVER_DIFFERS, "giving_institution_id")
    if plan.handed_on < bound.handed_on:
        yield ActFault(ActFaultCode.CORRECTION_EARLY, "handed_on")
    if plan.in_parts:
        yield ActFault(ActFaultCode.CORRECTION_IN_PARTS, "in_parts")


def _proxy_faults(plan: PlannedHandover) -> Iterator[ActFault]:
    proxy = plan.proxy
    if proxy.kind not in set(ProxyKind):
        yield ActFault(ActFaultCode.PROXY_UNKNOWN, "proxy_kind")
    if proxy.kind and not proxy.name:
        yield ActFault(ActFaultCode.PROXY_UNNAMED, "proxy_name")
    if proxy.name and not proxy.kind:
        yield ActFault(ActFaultCode.PROXY_NEEDLESS, "proxy_kind")
    if proxy.name and texts.fold(proxy.name) == texts.fold(plan.receiving.name):
        yield ActFault(ActFaultCode.PROXY_ONESELF, "proxy_name")
    if proxy.kind == ProxyKind.ATTORNEY:
        if not proxy.number:
            yield ActFault(ActFaultCode.ATTORNEY_MISSING, "proxy_number")
        if proxy.day is None:
            yield ActFault(ActFaultCode.ATTORNEY_MISSING, "proxy_date")
        elif proxy.day > plan.handed_on:
            yield ActFault(ActFaultCode.ATTORNEY_LATER, "proxy_date")
    yield from _text_faults(proxy.name, "proxy_name", MAX_NAME)
    yield from _text_faults(proxy.number, "proxy_number", MAX_PROXY_NUMBER)
    for column, text in proxy.position.columns("proxy_position").items():
        yield from _text_faults(text, column, MAX_NAME)


def _term_faults(plan: PlannedHandover) -> Iterator[ActFault]:
    if plan.handed_on.year not in YEARS:
        yield ActFault(ActFaultCode.YEAR_IMPLAUSIBLE, "handed_on", args={"year": plan.handed_on.year})
    texts = (("place", plan.place, MAX_NAME), ("basis", plan.basis, MAX_BASIS), ("purpose", plan.purpose, MAX_LONG))
    for name, titles, limit in (*texts, ("discrepancies", plan.discrepancies, MAX_LONG)):
        for column, text in titles.columns(name).items():
            yield from _text_faults(text, column, limit)
    yield from _text_faults(plan.witness, "witness", MAX_NAME)
    if plan.copies not in COPIES_OF_ACT:
        args = {"least": COPIES_OF_ACT[0], "most": COPIES_OF_ACT[-1]}
        yield ActFault(ActFaultCode.COPIES_IMPLAUSIBLE, "copies", args=args)
    if plan.transfer not in set(Transfer):
        yield ActFault(ActFaultCode.TRANSFER_UNKNOWN, "transfer")


def _line_faults(plan: PlannedHandover) -> Iterator[ActFault]:
    if not plan.lines:
        yield ActFault(ActFaultCode.LINES_MISSING, "lines")
    if len(plan.lines) > MOST_LINES:
        yield ActFault(ActFaultCode.LINES_TOO_MANY, "lines", args={"most": MOST_LINES})
    seen: set[int] = set()
    for place, line in enumerate(plan.lines):
        if line.material_id in seen:
            yield ActFault(ActFaultCode.LINE_TWICE, "quantity", place)
        seen.add(line.material_id)
        if not 1 <= line.quantity <= MOST_COPIES:
            yield ActFault(ActFaultCode.QUANTITY_IMPLAUSIBLE, "quantity", place, {"most": MOST_COPIES})
        if line.unit_value is None:
            yield ActFault(ActFaultCode.VALUE_MISSING, "unit_value", place)
        if line.currency not in CURRENCIES:
            yield ActFault(ActFaultCode.CURRENCY_UNKNOWN, "unit_value", place)
        yield from _text_faults(line.note, "note", MAX_NOTE, place)
        yield from _number_faults(line, place)
    if len({line.currency for line in plan.lines if line.unit_value}) > 1:
        yield ActFault(ActFaultCode.CURRENCIES_DIFFER, "lines")


def _number_faults(line: PlannedLine, place: int) -> Iterator[ActFault]:
    """Yield what stands against the numbers of a line; empty, those with the lowest numbers are handed over."""
    if not line.numbers:
        return
    try:
        found = numbers.read(line.numbers)
    except numbers.NumbersUnreadable as unread:
        yield ActFault(ActFaultCode.NUMBERS_UNREADABLE, "numbers", place, {"text": unread.args[0]})
        return
    if len(found) != line.quantity:
        yield ActFault(ActFaultCode.NUMBERS_DIFFER, "numbers", place, {"found": len(found), "copies": line.quantity})


def _share_faults(plan: PlannedHandover) -> Iterator[ActFault]:
    held = {line.material_id: line.quantity for line in plan.lines}
    shared: Counter[int] = Counter()
    for place, share in enumerate(plan.shares):
        if not share.unit:
            yield ActFault(ActFaultCode.UNIT_MISSING, "unit", place)
        yield from _text_faults(share.unit, "unit", MAX_NAME, place)
        if share.material_id not in held:
            yield ActFault(ActFaultCode.SHARE_OF_NOTHING, "material", place)
            continue
        if not 1 <= share.quantity <= MOST_COPIES:
            yield ActFault(ActFaultCode.QUANTITY_IMPLAUSIBLE, "quantity", place, {"most": MOST_COPIES})
        shared[share.material_id] += share.quantity
        if shared[share.material_id] > held[share.material_id]:
            args = {"shared": shared[share.material_id], "held": held[share.material_id]}
            yield ActFault(ActFaultCode.SHARES_EXCEED_LINE, "quantity", place, args)


def _text_faults(text: str, name: str, limit: int, place: int | None = None) -> Iterator[ActFault]:
    for fault in letter_faults(text, limit):
        is_long = fault.code == FaultCode.TOO_LONG
        code = ActFaultCode.TEXT_TOO_LONG if is_long else ActFaultCode.HIDDEN_CHARACTER
        yield ActFault(code, name, place, fault.args)

"""Titles, places and hand-over acts: their checks, and amounts of money."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from portal.materials import serial_numbers, spelling
from portal.platform import texts
from portal.platform.texts import N_, Labelled, Text
from portal.records.rules import (
    YEARS,
    RecordFault,
    RecordFaultCode,
    line_faults,
    name_faults,
    text_faults,
)

MAIN_OFFICE = "KG-GB"  # the region of the office that receives what nobody sends elsewhere
MOST_COPIES = 1_000_000  # in one movement: more is a slip of the keyboard


class PlaceKind(StrEnum):
    SOURCE = "source"  # the printer or the giver, where copies come from; it holds as many as are asked for
    OFFICE = "office"
    VENUE = "venue"
    TRAINING = "training"  # brought to one training and not given yet
    INSTITUTION = "institution"
    PARTICIPANTS = "participants"  # of one training
    DAMAGED = "damaged"
    LOST = "lost"


IN_STOCK = frozenset({PlaceKind.OFFICE, PlaceKind.VENUE, PlaceKind.TRAINING})


CURRENCIES = ("KGS", "USD", "EUR")
MOST = 1_000_000_000  # minor units of one copy: ten million som
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_SUM = re.compile(r"([0-9]{1,10})(?:[.,]([0-9]{1,2}))?")


def parse(typed: str) -> int | None:
    """Return a typed sum in the smallest unit, or None if it is none: 350, 350.00, 1 200,50."""
    found = _SUM.fullmatch(_SPACES.sub("", typed))
    if found is None:
        return None
    whole, part = found.groups()
    return int(whole) * 100 + int((part or "").ljust(2, "0"))


def written(sum_: int) -> str:
    return f"{sum_ // 100}.{sum_ % 100:02d}"


MAX_NAME = 200
MAX_BASIS = 500
MAX_LONG = 1000
MAX_NOTE = 300
MAX_REASON = 300
MAX_PROXY_NUMBER = 60
MOST_LINES = 60
MOST_SHARES = 60
COPIES_OF_ACT = range(2, 7)
SERIES_LENGTH = 10


class HandoverState(StrEnum):
    DRAFT = "draft"
    PRINTED = "printed"
    SIGNED = "signed"
    VOID = "void"


class Condition(Labelled):
    """In what condition copies are handed over; a file may say it in its own words."""

    NEW = "new", N_("new")
    GOOD = "good", N_("good")
    USED = "used", N_("used")
    DAMAGED = "damaged", N_("damaged")


class Transfer(Labelled):
    OWNERSHIP = "ownership", N_("Ownership passes to the receiving institution")
    CUSTODY = "custody", N_("Custody and use only; ownership stays with the giving side")


class ProxyKind(Labelled):
    NONE = "", N_("Whoever receives signs")
    ATTORNEY = "attorney", N_("Somebody else, by a power of attorney")  # a power of attorney, with number and date
    LETTER = (
        "letter",
        N_("Somebody else, without a power of attorney: a letter confirms it later"),
    )  # nothing yet; a letter confirms it later


# What the clause on use says unless somebody writes it otherwise.
PURPOSE = Text(**spelling.WORDS["purpose"])


class ActFaultCode(Labelled):
    LINES_MISSING = "lines_missing", N_("Give the copies of at least one title.")
    LINES_TOO_MANY = "lines_too_many", N_("An act has at most %(most)s lines. Draw up a second one.")
    LINE_TWICE = "line_twice", N_("The same title stands in the act twice.")
    QUANTITY_IMPLAUSIBLE = "quantity_implausible", N_("Give the number of copies as a number from 1 to %(most)s.")
    VALUE_MISSING = "value_missing", N_("Give the value of one copy, or 0 for without charge.")
    CURRENCY_UNKNOWN = "currency_unknown", N_("Choose one of the list.")
    CURRENCIES_DIFFER = (
        "currencies_differ",
        N_("The titles have values in several currencies. Draw up an act for each."),
    )
    COPIES_IMPLAUSIBLE = "copies_implausible", N_("An act is made in %(least)s to %(most)s copies.")
    TRANSFER_UNKNOWN = "transfer_unknown", N_("Choose one of the list.")
    SHARE_OF_NOTHING = "share_of_nothing", N_("This title is not handed over by this act.")
    SHARES_EXCEED_LINE = (
        "shares_exceed_line",
        N_("The units get %(shared)s copies together, but the act has only %(held)s."),
    )
    UNIT_MISSING = "unit_missing", N_("Name the unit.")
    SAME_INSTITUTION = "same_institution", N_("An institution hands nothing over to itself.")
    PROXY_UNKNOWN = "proxy_unknown", N_("Choose one of the list.")
    PROXY_UNNAMED = "proxy_unnamed", N_("Say who signs.")
    PROXY_NEEDLESS = "proxy_needless", N_("Say by what right this person signs, or leave the name empty.")
    PROXY_ONESELF = "proxy_oneself", N_("This is whoever receives. Name the person who signs instead.")
    ATTORNEY_MISSING = "attorney_missing", N_("A power of attorney has a number and a date. Give both.")
    ATTORNEY_LATER = "attorney_later", N_("The power of attorney is dated after the act. Check both days.")
    RECEIVER_DIFFERS = (
        "receiver_differs",
        N_(
            "A correcting act stays between the same two sides. For another institution take the copies back, "
            "then draw up an act of its own."
        ),
    )
    GIVER_DIFFERS = "giver_differs", N_("A correcting act stays between the same two sides.")
    CORRECTION_EARLY = "correction_early", N_("A correcting act cannot be older than the act that it corrects.")
    CORRECTION_IN_PARTS = "correction_in_parts", N_("A correcting act moves the difference at once.")
    NUMBERS_UNREADABLE = "numbers_unreadable", N_("“%(text)s” is no number and no range. Write it like 1–40, 55.")
    NUMBERS_DIFFER = "numbers_differ", N_("These are %(found)s numbers, but %(copies)s copies.")


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
    unit: str
    material_id: int
    quantity: int


@dataclass(frozen=True)
class PlannedHandover:
    """What an act is to say, by the names of its columns, with its lines and shares.

    `proxy_number` and `proxy_date` are those of a power of attorney, or of a letter to come.
    """

    giving_institution_id: int
    receiving_institution_id: int
    handed_on: date
    lines: tuple[PlannedLine, ...]
    giving_name: str = ""
    giving_position: Text = Text()
    giving_authority: Text = Text()
    receiving_name: str = ""
    receiving_position: Text = Text()
    receiving_authority: Text = Text()
    proxy_kind: str = ProxyKind.NONE.value
    proxy_name: str = ""
    proxy_position: Text = Text()
    proxy_number: str = ""
    proxy_date: date | None = None
    place: Text = Text()
    basis: Text = Text()
    purpose: Text = PURPOSE
    discrepancies: Text = Text()
    transfer: str = Transfer.OWNERSHIP.value
    copies: int = 2
    with_english: bool = False
    witness: str = ""
    shares: tuple[PlannedShare, ...] = ()
    in_parts: bool = False


# The columns of an act that its draft fills.
TERMS = tuple(field.name for field in fields(PlannedHandover) if field.name not in ("lines", "shares"))


@dataclass(frozen=True)
class Bound:
    """What a correcting act keeps of the one that it corrects: the two institutions; and the day that it follows."""

    giving_institution_id: int
    receiving_institution_id: int
    handed_on: date


def act_faults(plan: PlannedHandover, bound: Bound | None = None) -> list[RecordFault]:
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
    return f"{series}-{year}-{serial:04d}"


def _party_faults(plan: PlannedHandover) -> Iterator[RecordFault]:
    if plan.giving_institution_id == plan.receiving_institution_id:
        yield RecordFault(ActFaultCode.SAME_INSTITUTION, "receiving_institution_id")
    for side in ("receiving", "giving"):
        yield from line_faults(getattr(plan, f"{side}_name"), f"{side}_name", MAX_NAME)
        for what in ("position", "authority"):
            yield from text_faults(getattr(plan, f"{side}_{what}"), f"{side}_{what}", limit=MAX_NAME)


def _bound_faults(plan: PlannedHandover, bound: Bound) -> Iterator[RecordFault]:
    if plan.receiving_institution_id != bound.receiving_institution_id:
        yield RecordFault(ActFaultCode.RECEIVER_DIFFERS, "receiving_institution_id")
    if plan.giving_institution_id != bound.giving_institution_id:
        yield RecordFault(ActFaultCode.GIVER_DIFFERS, "giving_institution_id")
    if plan.handed_on < bound.handed_on:
        yield RecordFault(ActFaultCode.CORRECTION_EARLY, "handed_on")
    if plan.in_parts:
        yield RecordFault(ActFaultCode.CORRECTION_IN_PARTS, "in_parts")


def _proxy_faults(plan: PlannedHandover) -> Iterator[RecordFault]:
    kind, name = plan.proxy_kind, plan.proxy_name
    if kind not in set(ProxyKind):
        yield RecordFault(ActFaultCode.PROXY_UNKNOWN, "proxy_kind")
    if kind and not name:
        yield RecordFault(ActFaultCode.PROXY_UNNAMED, "proxy_name")
    if name and not kind:
        yield RecordFault(ActFaultCode.PROXY_NEEDLESS, "proxy_kind")
    if name and texts.fold(name) == texts.fold(plan.receiving_name):
        yield RecordFault(ActFaultCode.PROXY_ONESELF, "proxy_name")
    if kind == ProxyKind.ATTORNEY:
        if not plan.proxy_number:
            yield RecordFault(ActFaultCode.ATTORNEY_MISSING, "proxy_number")
        if plan.proxy_date is None:
            yield RecordFault(ActFaultCode.ATTORNEY_MISSING, "proxy_date")
        elif plan.proxy_date > plan.handed_on:
            yield RecordFault(ActFaultCode.ATTORNEY_LATER, "proxy_date")
    yield from line_faults(name, "proxy_name", MAX_NAME)
    yield from line_faults(plan.proxy_number, "proxy_number", MAX_PROXY_NUMBER)
    yield from text_faults(plan.proxy_position, "proxy_position", limit=MAX_NAME)


def _term_faults(plan: PlannedHandover) -> Iterator[RecordFault]:
    if plan.handed_on.year not in YEARS:
        yield RecordFault(RecordFaultCode.YEAR_IMPLAUSIBLE, "handed_on", args={"year": plan.handed_on.year})
    yield from text_faults(plan.place, "place", limit=MAX_NAME)
    yield from text_faults(plan.basis, "basis", limit=MAX_BASIS)
    yield from text_faults(plan.purpose, "purpose", limit=MAX_LONG)
    yield from text_faults(plan.discrepancies, "discrepancies", limit=MAX_LONG)
    yield from line_faults(plan.witness, "witness", MAX_NAME)
    if plan.copies not in COPIES_OF_ACT:
        args = {"least": COPIES_OF_ACT[0], "most": COPIES_OF_ACT[-1]}
        yield RecordFault(ActFaultCode.COPIES_IMPLAUSIBLE, "copies", args=args)
    if plan.transfer not in set(Transfer):
        yield RecordFault(ActFaultCode.TRANSFER_UNKNOWN, "transfer")


def _line_faults(plan: PlannedHandover) -> Iterator[RecordFault]:
    if not plan.lines:
        yield RecordFault(ActFaultCode.LINES_MISSING, "lines")
    if len(plan.lines) > MOST_LINES:
        yield RecordFault(ActFaultCode.LINES_TOO_MANY, "lines", args={"most": MOST_LINES})
    seen: set[int] = set()
    for place, line in enumerate(plan.lines):
        if line.material_id in seen:
            yield RecordFault(ActFaultCode.LINE_TWICE, "quantity", place)
        seen.add(line.material_id)
        if not 1 <= line.quantity <= MOST_COPIES:
            yield RecordFault(ActFaultCode.QUANTITY_IMPLAUSIBLE, "quantity", place, {"most": MOST_COPIES})
        if line.unit_value is None:
            yield RecordFault(ActFaultCode.VALUE_MISSING, "unit_value", place)
        if line.currency not in CURRENCIES:
            yield RecordFault(ActFaultCode.CURRENCY_UNKNOWN, "unit_value", place)
        yield from line_faults(line.note, "note", MAX_NOTE, place)
        yield from _number_faults(line, place)
    if len({line.currency for line in plan.lines if line.unit_value}) > 1:
        yield RecordFault(ActFaultCode.CURRENCIES_DIFFER, "lines")


def _number_faults(line: PlannedLine, place: int) -> Iterator[RecordFault]:
    """Yield what stands against the numbers of a line; empty, those with the lowest numbers are handed over."""
    if not line.numbers:
        return
    try:
        found = serial_numbers.read(line.numbers)
    except serial_numbers.NumbersUnreadable as unread:
        yield RecordFault(ActFaultCode.NUMBERS_UNREADABLE, "numbers", place, {"text": unread.args[0]})
        return
    if len(found) != line.quantity:
        yield RecordFault(ActFaultCode.NUMBERS_DIFFER, "numbers", place, {"found": len(found), "copies": line.quantity})


def _share_faults(plan: PlannedHandover) -> Iterator[RecordFault]:
    held = {line.material_id: line.quantity for line in plan.lines}
    shared: Counter[int] = Counter()
    for place, share in enumerate(plan.shares):
        if not share.unit:
            yield RecordFault(ActFaultCode.UNIT_MISSING, "unit", place)
        yield from line_faults(share.unit, "unit", MAX_NAME, place)
        if share.material_id not in held:
            yield RecordFault(ActFaultCode.SHARE_OF_NOTHING, "material", place)
            continue
        if not 1 <= share.quantity <= MOST_COPIES:
            yield RecordFault(ActFaultCode.QUANTITY_IMPLAUSIBLE, "share", place, {"most": MOST_COPIES})
        shared[share.material_id] += share.quantity
        if shared[share.material_id] > held[share.material_id]:
            args = {"shared": shared[share.material_id], "held": held[share.material_id]}
            yield RecordFault(ActFaultCode.SHARES_EXCEED_LINE, "quantity", place, args)


CURRENCY = CURRENCIES[0]
MAX_EDITION, MAX_ISBN = 40, 17


class MaterialLanguage(Labelled):
    KY = "ky", N_("Kyrgyz")
    RU = "ru", N_("Russian")
    BOTH = "ky-ru", N_("Kyrgyz and Russian")
    EN = "en", N_("English")


class Unit(Labelled):
    COPY = "copy", N_("copy")
    SET = "set", N_("set")
    PIECE = "piece", N_("piece")


@dataclass(frozen=True)
class PlannedMaterial:
    """What a title is to be; the value of one copy in the smallest unit of its currency, None if it is not said."""

    title: Text
    language: str
    edition: str = ""
    year: int | None = None
    unit: str = Unit.COPY.value
    isbn: str = ""
    owner_institution_id: int | None = None
    unit_value: int | None = None
    currency: str = CURRENCY
    is_numbered: bool = False


def title_faults(planned: PlannedMaterial) -> list[RecordFault]:
    return [*_text_faults(planned), *_choice_faults(planned)]


def is_isbn(text: str) -> bool:
    """Tell whether a text is a book number of 10 or 13 digits whose last digit is right."""
    digits = text.replace("-", "").replace(" ", "").upper()
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        return sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(digits)) % 11 == 0
    if re.fullmatch(r"[0-9]{13}", digits):
        return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    return False


def identity(titles: Text, language: str, edition: str) -> str:
    """Return one key for every spelling of the same titles, language and edition."""
    parts = [*map(texts.fold, titles), language, texts.fold(edition)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_same_title(one: Text, other: Text) -> bool:
    """Tell whether two titles agree in every language in which both are given, and share at least one."""
    shared = [(here, there) for here, there in zip(one, other, strict=True) if here and there]
    return bool(shared) and all(texts.fold(here) == texts.fold(there) for here, there in shared)


def _text_faults(planned: PlannedMaterial) -> Iterator[RecordFault]:
    if not planned.title:
        yield RecordFault(RecordFaultCode.TITLE_MISSING, "title_ru")
    yield from text_faults(planned.title, "title")
    yield from line_faults(planned.edition, "edition", MAX_EDITION)
    if planned.isbn and not is_isbn(planned.isbn):
        yield RecordFault(RecordFaultCode.ISBN_WRONG, "isbn")


def _choice_faults(planned: PlannedMaterial) -> Iterator[RecordFault]:
    offered = (
        ("language", planned.language, tuple(MaterialLanguage)),
        ("unit", planned.unit, tuple(Unit)),
        ("currency", planned.currency, CURRENCIES),
    )
    for name, value, choices in offered:
        if value not in choices:
            yield RecordFault(RecordFaultCode.LANGUAGE_UNKNOWN, name)
    if planned.year is not None and planned.year not in YEARS:
        yield RecordFault(RecordFaultCode.YEAR_IMPLAUSIBLE, "year", args={"year": planned.year})
    if planned.unit_value is not None and not 0 <= planned.unit_value <= MOST:
        yield RecordFault(RecordFaultCode.SUM_IMPLAUSIBLE, "unit_value", args={"most": MOST // 100})


def place_faults(names: Text, *, is_main: bool) -> list[RecordFault]:
    """Return everything that stands against the name of a place; a region's own office can do without one."""
    return list(text_faults(names, "name", limit=MAX_PLACE) if is_main else name_faults(names, limit=MAX_PLACE))


MAX_PLACE = 200

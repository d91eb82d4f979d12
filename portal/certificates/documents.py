"""The facts on a certificate: plain values, frozen at issue, from which its file can be made again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale

from portal.platform.dates import date_range, numeric_date
from portal.platform.texts import LANGUAGES, Passage, Text, Trilingual
from portal.printing.orders import Facts

TEMPLATE = "certificate.html"
PRINT_TEMPLATE = "certificates_print.html"
# What the paper is of, where a template has no words of its own.
WORDINGS = {
    "completion": Text(ky="окууну аяктагандыгы тууралуу", ru="о прохождении обучения", en="of completion"),
    "attendance": Text(ky="окууга катышкандыгы тууралуу", ru="об участии в обучении", en="of attendance"),
    "facilitator": Text(ky="окууну өткөргөндүгү тууралуу", ru="о проведении обучения", en="of conducting the training"),
}
TOP, BESIDE = "top", "sides"
MOST_BESIDE = 2  # Beside the heading there is room for two logos.
_PAGES_AT_ONCE = 12
_HOURS = {
    "ky": {"one": "саат", "other": "саат"},
    "ru": {"one": "час", "few": "часа", "many": "часов", "other": "часа"},
    "en": {"one": "hour", "other": "hours"},
}


@dataclass(frozen=True)
class Signatory:
    """Who signs: the name as printed, and the position per language."""

    name: str
    position: Trilingual


@dataclass(frozen=True)
class Logo:
    """A picture on the paper by the hash of its bytes, its width for a height of one, and what it shows."""

    sha256: str
    ratio: float
    alt: Trilingual


@dataclass(frozen=True)
class CertificateFacts(Facts):
    """Everything that the paper says of one person and one training, in the words that it says it in.

    Facts that were frozen before a field was added lack it; the page then prints as it did.
    """

    number: str
    code: str
    kind: str
    name: str
    latin_name: str
    title: Trilingual
    dates: Trilingual
    place: Trilingual
    organizers: tuple[Trilingual, ...]
    acknowledgement: Trilingual
    signatories: tuple[Signatory, ...]
    issued_on: str
    replaces: str
    verify_url: str
    verify_address: str
    wording: Trilingual
    line: Trilingual
    disclaimer: Trilingual
    logos: tuple[Logo, ...]
    logos_at: str

    def canonical_json(self) -> bytes:
        """Return the facts in the one form that is signed: sorted keys, no spaces, UTF-8."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def document_title(self) -> str:
        return f"{self.number} · {self.name}"


@dataclass(frozen=True)
class Delivery:
    """What was taught, when, where and by whom: the same for everybody of one training."""

    title: Trilingual
    starts_on: date
    ends_on: date
    hours: Decimal
    place: Trilingual
    organizers: Sequence[Trilingual]
    acknowledgement: Trilingual
    signatories: Sequence[Signatory]
    wordings: Mapping[str, Text] = field(default_factory=lambda: WORDINGS)
    line: Trilingual = Text().printed()
    disclaimer: Trilingual = Text().printed()
    logos: Sequence[Logo] = ()
    logos_at: str = TOP


@dataclass(frozen=True)
class Holder:
    """What one person's certificate says of that person; `latin_name` is empty until the person has confirmed one."""

    number: str
    code: str
    kind: str
    name: str
    latin_name: str
    issued_on: date
    verify_url: str
    verify_address: str
    replaces: str = ""


def certificate(delivery: Delivery, holder: Holder) -> CertificateFacts:
    """Return the printed facts of one certificate.

    :raises ValueError: if the kind is not known or there are not one to three signatories.
    """
    if holder.kind not in delivery.wordings:
        raise ValueError(f"No certificate of {holder.kind!r}.")
    if not 1 <= len(delivery.signatories) <= 3:
        raise ValueError(f"A certificate has one to three signatories, not {len(delivery.signatories)}.")
    sides = {side: date_range(delivery.starts_on, delivery.ends_on, side) for side in LANGUAGES}
    # Days and length on one line: 24–25 ноября 2026 года · 12 часов.
    dates = Trilingual(*(Passage(f"{sides[side]} · {_hours(delivery.hours, side)}", side) for side in LANGUAGES))
    own = vars(holder) | {"code": grouped(holder.code), "issued_on": numeric_date(holder.issued_on)}
    return CertificateFacts(
        **own,
        title=delivery.title,
        dates=dates,
        place=delivery.place,
        organizers=tuple(delivery.organizers),
        acknowledgement=delivery.acknowledgement,
        signatories=tuple(delivery.signatories),
        wording=delivery.wordings[holder.kind].printed(),
        line=delivery.line,
        disclaimer=delivery.disclaimer,
        logos=tuple(delivery.logos),
        logos_at=TOP if len(delivery.logos) > MOST_BESIDE else delivery.logos_at,
    )


def print_parts(pages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the facts of a print file in parts, so that several can be set side by side."""
    starts = range(0, len(pages), _PAGES_AT_ONCE)
    return [{"pages": list(pages[start : start + _PAGES_AT_ONCE])} for start in starts]


def worded(kind: str, own: Text) -> Text:
    """Return a template's words for a kind, in each language of its own the built-in ones where it has none."""
    return Text(*(words or usual for words, usual in zip(own, WORDINGS[kind], strict=True)))


def grouped(code: str) -> str:
    """Return a code in groups of four, as it is printed and read aloud."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _hours(hours: Decimal, lang: str) -> str:
    """Return a number of hours with the word in its right form: 21 час, 2 часа, 12 часов, 7,5 часа."""
    exact = Decimal(hours).normalize()
    figure = f"{exact:f}" if lang == "en" else f"{exact:f}".replace(".", ",")
    return f"{figure} {_HOURS[lang][Locale(lang).plural_form(exact)]}"

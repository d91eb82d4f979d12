"""The slip with a participant's reference and PIN."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.platform.texts import Passage, Trilingual
from portal.printing.orders import Facts

TEMPLATE = "slips.html"


@dataclass(frozen=True)
class Slip:
    """What one person takes home: reference and PIN to type, and the address behind the QR code."""

    name: str
    reference: str
    pin: str
    url: str


@dataclass(frozen=True)
class SlipFacts(Facts):
    """All slips of a training, ten to a page."""

    lang: str
    training: str
    title: Passage
    address: str
    slips: tuple[Slip, ...]


def slips(training: str, title: Trilingual, address: str, people: Sequence[Slip], *, lang: str) -> SlipFacts:
    """Return the printed facts of the slips of one training; `address` is what a person types."""
    return SlipFacts(lang=lang, training=training, title=getattr(title, lang), address=address, slips=tuple(people))

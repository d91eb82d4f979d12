"""The slip with a participant's reference and PIN."""

from dataclasses import dataclass

from portal.platform.texts import Passage
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
    """All slips of a training, ten to a page; `address` is what a person types."""

    lang: str
    training: str
    title: Passage
    address: str
    slips: tuple[Slip, ...]

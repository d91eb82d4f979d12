"""The facts of the slips that let a participant without e-mail reach the own page: cut apart, handed over in person."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from portal.platform.trilingual import Passage, Trilingual

TEMPLATE = "slips.html"


@dataclass(frozen=True)
class Slip:
    """What one person takes home: reference and PIN to type, and the address behind the QR code."""

    name: str
    reference: str
    pin: str
    url: str


@dataclass(frozen=True)
class SlipFacts:
    """All slips of a training, ten to a page."""

    lang: str
    training: str
    title: Passage
    address: str
    slips: tuple[Slip, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON values, as the template takes them."""
        return json.loads(json.dumps(asdict(self)))


def slips(training: str, title: Trilingual, address: str, people: Sequence[Slip], *, lang: str) -> SlipFacts:
    """Return the printed facts of the slips of one training; `address` is what a person types."""
    return SlipFacts(lang=lang, training=training, title=getattr(title, lang), address=address, slips=tuple(people))

"""Print, seal and keep the papers of an act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.materials.documents.acts import LANG
from portal.platform import storage
from portal.platform.errors import DomainError
from portal.platform.pdf import Order, TextRefused, Variant
from portal.platform.sealing.sealer import Sealer
from portal.platform.storage import Document
from portal.platform.wording import _l

Printer = Callable[[Order], bytes]
# The fixed name of the sealed facts inside each file: by them a changed file still says which act it was.
ATTACHED = "act.json"


class NotPrintable(DomainError):
    """Refuse an act with a text that the paper cannot show."""

    message = _l("A text cannot be printed: %(reason)s")


@dataclass(frozen=True)
class Paper:
    """What is printed: the template, its facts, and the title of the file."""

    template: str
    facts: dict[str, Any]
    title: str


@dataclass(frozen=True)
class Press:
    """What prints a paper, and what seals it."""

    printer: Printer
    sealer: Sealer


def draw(printer: Printer, paper: Paper, now: datetime) -> bytes:
    """Return a paper that is no document: a preview, or a copy.

    :raises NotPrintable: if a text holds a letter that cannot be printed.
    """
    return _set(printer, Order(paper.template, paper.facts, paper.title, LANG, now, Variant.ARCHIVAL))


def keep(paper: Paper, facts: Mapping[str, Any], *, kind: str, filename: str, press: Press, now: datetime) -> Document:
    """Print and seal a paper, and store it; `facts` are those that the seal covers.

    :raises NotPrintable: if a text holds a letter that cannot be printed.
    """
    sealer = press.sealer
    attached = ((ATTACHED, sealer.facts(dict(facts))),)
    order = Order(paper.template, paper.facts, paper.title, LANG, now, Variant.ARCHIVAL, attached)
    return storage.put(
        sealer.seal(_set(press.printer, sealer.order(order))),
        kind=kind,
        filename=filename,
        media_type="application/pdf",
        sealed_by=sealer.fingerprint,
        now=now,
    )


def _set(printer: Printer, order: Order) -> bytes:
    try:
        return printer(order)
    except TextRefused as refused:
        raise NotPrintable(reason=str(refused)) from refused

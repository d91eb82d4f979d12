"""Print, seal and store an act's documents.

A paper says what stands only when its act is done, its number above all, and nobody may wait for a page to be set. So
an act is tried first, which takes nothing; what it would print is set; then it is done, if it prints the same still.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.audit.queries import newest_head
from portal.materials.documents import LANG
from portal.platform import storage
from portal.platform.db import attempt
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.storage import Document
from portal.printing import batch
from portal.printing.fonts import TextRefused
from portal.printing.orders import Order, Variant
from portal.signing.seal import Sealer

Printer = Callable[[Order], bytes]
# The fixed name of the sealed facts inside each file: by them a changed file still says which act it was.
ATTACHED = "act.json"


class NotPrintable(Refusal):
    message = _l("A text cannot be printed: %(reason)s")


class _Tried(Exception):
    """Nothing is wrong: it carries the order out of an act that is taken back."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order


@dataclass(frozen=True)
class Paper:
    """What is printed: the template, its facts, and the title of the file."""

    template: str
    facts: dict[str, Any]
    title: str


@dataclass(frozen=True)
class Press:
    """What prints a paper, what seals it, and the newest entry of the log by then, which stands at its foot."""

    printer: Printer
    sealer: Sealer
    audit_head: str = field(default_factory=lambda: str(newest_head()))


Act = Callable[[Press], object]


@dataclass(frozen=True)
class Proof:
    order: Order
    sealer: Sealer
    audit_head: str

    def set(self) -> Press:
        """Set the paper now, and return what hands it out to the act that orders the same.

        :raises NotPrintable: if a text holds a letter that cannot be printed.
        :raises RenderFailed: if the page cannot be made.
        :raises PdfUnavailable: if this machine lacks Pango.
        :raises Busy: if too many others are having papers made.
        """
        content = _set(batch.render_one, self.order)

        def hand_out(wanted: Order) -> bytes:
            if wanted != self.order:
                raise Conflict(
                    "overtaken",
                    _l(
                        "Somebody else was faster, so this paper would be wrong. Nothing was done. Look "
                        "again, and print it."
                    ),
                )
            return content

        return Press(hand_out, self.sealer, self.audit_head)


def tried(act: Act, sealer: Sealer) -> Proof:
    """Return what an act would print; all that it wrote is taken back.

    :raises Refusal: whatever the act refuses.
    """

    def note(order: Order) -> bytes:
        raise _Tried(order)

    press = Press(note, sealer)
    try:
        with attempt():
            act(press)
    except _Tried as stopped:
        return Proof(stopped.order, sealer, press.audit_head)
    raise AssertionError("An act that prints nothing needs no trial.")


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

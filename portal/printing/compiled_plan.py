"""What varies between the files of one template, the samples for compiling it, and room for a seal."""

import string
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from portal.printing.orders import Order, Variant

# Russian and Kyrgyz letters, and those of Kazakh, Tajik and Uzbek names.
_CYRILLIC = "".join(map(chr, range(ord("А"), ord("я") + 1))) + "ЁёҢңӨөҮү" + "ӘәҒғҚқҰұҺһІіҲҳҶҷӢӣӮӯЎў"
_CAPITALS = string.ascii_uppercase + string.digits
_LATIN = string.ascii_letters + "ÄÖÜßäöüÇçĞğİıŞş"
_MOMENTS = (datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2011, 12, 13, 14, 15, 16, tzinfo=UTC))
_FILLINGS = "AB"


class NotCompiled(Exception):
    """Say why a file cannot be written into what was compiled; it is set as a page of its own then."""


@dataclass(frozen=True)
class Line:
    """One line of text that varies: the slot that measures it, the letters that it may hold, and where it stands.

    `before` is the share of the spare room that lies before the line: 0 stands at the left, 1 at the right.
    `joined` are letters that the face draws as one. The samples differ in all that is compared.
    """

    fact: str
    slot: str
    letters: str
    samples: tuple[str, str]
    before: float
    lang: str
    prefix: str = ""
    joined: tuple[str, ...] = ()

    def printed(self, facts: dict[str, Any]) -> str:
        return f"{self.prefix}{facts[self.fact]}"


@dataclass(frozen=True)
class Plan:
    """A template whose files are alike but for some lines, one QR code, the title, the moment and one attachment.

    `absent` names a fact that must be empty, since what it adds moves other things.
    """

    lines: tuple[Line, ...]
    address: str
    absent: str

    def suits(self, order: Order) -> bool:
        needed = {self.absent, self.address, *(line.fact for line in self.lines)}
        return (
            order.variant is Variant.ARCHIVAL
            and needed <= order.facts.keys()
            and not order.facts[self.absent]
            and "#" in order.facts[self.address]
            and len(order.attachments) == 1
            and order.title == " ".join(order.title.split())
        )

    def lines_of(self, order: Order) -> list[Line]:
        """Return the lines that a page of this order has: an empty one is not there."""
        return [line for line in self.lines if order.facts[line.fact]]

    def sample(self, order: Order, turn: int) -> Order:
        """Return the order with everything that varies replaced; alike for all orders that share the rest."""
        texts = {line.fact: line.samples[turn] for line in self.lines_of(order)}
        start, _, token = order.facts[self.address].partition("#")
        texts[self.address] = f"{start}#{_FILLINGS[turn] * len(token)}"
        return replace(
            order,
            facts=order.facts | texts,
            title=f"Title <{turn}> & “Ү”",
            created_at=_MOMENTS[turn],
            attachments=tuple((name, f"Attachment {turn}".encode()) for name, _ in order.attachments),
        )


_NAME, _LATIN_NAME = _CYRILLIC + " -.", _LATIN + " -.'’"
_SAMPLE_NAMES = ("Щүлөң Жъёэф-Юця", "Абдыкадырова Үмүт Таалай кызы")
_SAMPLE_LATIN_NAMES = ("Xylöq Wüjk-Zvph", "Ümüt Abdykadyrova")
_JOINED = ("fi", "fl", "ff", "ffi", "ffl")
_NUMBERS, _CODES = ("QXJ-0000-00000", "OSH-2026-0147"), ("QQQQ-XXXX-JJJJ", "7K3M-9QXT-4HVA")
_CERTIFICATE = Plan(
    lines=(
        Line("name", "certificate.name", _NAME, _SAMPLE_NAMES, before=0.5, lang="ky"),
        Line("latin_name", "certificate.latin-name", _LATIN_NAME, _SAMPLE_LATIN_NAMES, 0.5, "en", joined=_JOINED),
        Line("number", "certificate.number", _CAPITALS + " -/", _NUMBERS, before=0, lang="ky", prefix="№ "),
        Line("code", "certificate.code", _CAPITALS + "-", _CODES, before=1, lang="ky"),
    ),
    address="verify_url",
    absent="replaces",
)
_PLANS = {"certificate.html": _CERTIFICATE}


def plan_for(order: Order) -> Plan | None:
    """Return the plan by which an order may be compiled, if there is one."""
    plan = _PLANS.get(order.template)
    return plan if plan is not None and plan.suits(order) else None


_OPEN, _CLOSED = b"/ByteRange [0 ********** ********** **********]", b"/ByteRange [0 9999999999 9999999999 9999999999]"
_WRITTEN = b"/ByteRange [ 0 9999999999 9999999999 9999999999 ] /Contents <"


def closed(file: bytes) -> bytes:
    """Return a file that can be read, every byte in its place."""
    return file.replace(_OPEN, _CLOSED)


def reopened(file: bytes) -> bytes:
    """Return a file that was written, with its one room as `finishing` leaves it, every byte in its place."""
    if file.count(_WRITTEN) != 1:
        raise NotCompiled("A file has one room for a seal.")
    return file.replace(_WRITTEN, (_OPEN + b"/Contents <").rjust(len(_WRITTEN)))

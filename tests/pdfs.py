"""Real PDFs for tests: one renderer per run, sample facts, and what poppler and a QR reader find in the result."""

import io
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from portal.certificates.documents import CertificateFacts, Delivery, Holder, Logo, Signatory, certificate
from portal.platform import jail
from portal.platform.texts import Text, Trilingual
from portal.printing import client, orders
from portal.printing.batch import kept
from portal.printing.orders import Order

ISSUED_AT = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
LONG_NAME = "Көчөрбаева Нургүл Абдыкадыровна"
SIXTY_LETTERS = "Абдыкадыров-Өмүрбековский Үсөнбек-Мырза Турдумамбетович уулу"
TITLE = Text(
    ky="Адам сатууну тергөө жана куугунтуктоо",
    ru="Расследование и уголовное преследование торговли людьми",
    en="Investigation and prosecution of trafficking in persons",
).printed()
SIGNATORIES = (
    Signatory(
        "А. Т. Жумабеков",
        Text(
            ky="Башкы прокурордун орун басары",
            ru="заместитель Генерального прокурора",
            en="Deputy Prosecutor General",
        ).printed(),
    ),
    Signatory(
        "Б. К. Осмонов",
        Text(
            ky="Ички иштер министринин орун басары",
            ru="заместитель министра внутренних дел",
            en="Deputy Minister of Internal Affairs",
        ).printed(),
    ),
    Signatory(
        "M. Albrecht",
        Text(
            ky="БУУнун Бишкектеги программалык кеңсесинин жетекчиси",
            ru="руководитель программного офиса УНП ООН в Бишкеке",
            en="Head of the UNODC Programme Office in Bishkek",
        ).printed(),
    ),
)


@pytest.fixture(scope="session")
def renderer() -> Iterator[client.Renderer]:
    """Return a running renderer, shared by the whole run."""
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is missing: apt-get install poppler-utils")
    with closing(client.Renderer()) as running:
        try:
            running.start()
        except client.PdfUnavailable as missing:
            pytest.skip(str(missing))
        yield running


def logos(number: int) -> tuple[list[Logo], list[orders.Picture]]:
    """Return invented logos as facts name them, of both sorts and of several widths, and their pictures."""
    drawn = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10" viewBox="0 0 30 10">'
        b'<circle cx="5" cy="5" r="4" fill="none" stroke="#16324f"></circle><path d="M12 3h16v3h-16z"></path></svg>'
    )
    pictures, widths = [orders.Picture("image/svg+xml", drawn)], [3.0]
    for place, (width, color) in enumerate(((300, "#7a2230"), (700, "#2c6e49"), (300, "#444444"), (1100, "#a8843f"))):
        buffer = io.BytesIO()
        Image.new("RGB", (width, 300 - place), color).save(buffer, "PNG")
        pictures.append(orders.Picture("image/png", buffer.getvalue()))
        widths.append(width / 300)
    alts = [Text(ky=f"Уюм {one}", ru=f"Организация {one}", en=f"Organization {one}").printed() for one in range(5)]
    facts = [Logo(one.sha256, width, alt) for one, width, alt in zip(pictures, widths, alts, strict=True)]
    return facts[:number], pictures[:number]


def delivery(*, signatories: int = 2, title: Trilingual = TITLE, **changes: Any) -> Delivery:
    """Return what the certificates of a sample training have in common."""
    facts: dict[str, Any] = {
        "title": title,
        "starts_on": date(2026, 11, 24),
        "ends_on": date(2026, 11, 25),
        "hours": Decimal(12),
        "place": Text(ky="Ош шаары", ru="город Ош", en="Osh city").printed(),
        "organizers": [
            Text(ky="Башкы прокуратура", ru="Генеральная прокуратура", en="General Prosecutor’s Office").printed(),
            Text(ky="Ички иштер министрлиги", ru="Министерство внутренних дел", en="Ministry of Interior").printed(),
        ],
        "acknowledgement": Text(
            ky="INL бюросунун каржылык колдоосу менен",
            ru="При финансовой поддержке бюро INL",
            en="With financial support from INL",
        ).printed(),
        "signatories": SIGNATORIES[:signatories],
    }
    return Delivery(**(facts | changes))


def facts(name: str = LONG_NAME, *, of: Delivery | None = None, **changes: Any) -> CertificateFacts:
    """Return the printed facts of a sample certificate."""
    holder: dict[str, Any] = {
        "number": "OSH-2026-0059",
        "code": "7K3M9QXT4HVA",
        "kind": "completion",
        "name": name,
        "latin_name": "Nurgül Köchörbaeva",
        "issued_on": date(2026, 11, 26),
        "verify_url": "https://portal.example.org/verify#Zk3v9QmX2bT7RrLw8sYc1A",
        "verify_address": "portal.example.org/verify",
    }
    return certificate(of or delivery(), Holder(**(holder | changes)))


def print_certificate(
    renderer: client.Renderer,
    printed: CertificateFacts,
    variant: orders.Variant = orders.Variant.ARCHIVAL,
    pictures: Sequence[orders.Picture] = (),
) -> bytes:
    """Return a sample certificate as the portal makes it."""
    return renderer.render(
        Order(
            "certificate.html",
            printed.as_dict(),
            title=printed.document_title,
            lang="ky",
            created_at=ISSUED_AT,
            variant=variant,
            attachments=[("credential.json", printed.canonical_json())] if variant is orders.Variant.ARCHIVAL else (),
            pictures=pictures,
        )
    )


def with_room(paper: bytes, order: orders.Order) -> bytes:
    """Return a stand-in for a page with the room for a seal that its order asks for."""
    return paper + b"/ByteRange [0 ********** ********** **********]/Contents <%s>" % (b"0" * order.room)


def text_of(document: bytes, *options: str) -> str:
    """Return the text of a PDF as poppler reads it, with single spaces."""
    return squeezed(_run(["pdftotext", *options, "-", "-"], document).decode())


def squeezed(text: str) -> str:
    """Return `text` with every run of white space as one space."""
    return " ".join(text.split())


def info_of(document: bytes) -> dict[str, str]:
    """Return what pdfinfo says, name by name."""
    lines = _run(["pdfinfo", "-isodates", "-"], document).decode().splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines if ":" in line)}


def fonts_of(document: bytes, folder: Path) -> list[list[str]]:
    """Return pdffonts' rows: name, type, encoding, embedded, subset, unicode."""
    path = folder / "fonts.pdf"
    path.write_bytes(document)
    rows = _run(["pdffonts", str(path)]).decode().splitlines()[2:]
    return [[row[:36].strip(), row[37:54].strip(), *row[55:].split()[:4]] for row in rows]


def pictures_of(document: bytes, folder: Path, dpi: int = 150) -> list[Image.Image]:
    """Return each page as a picture."""
    path = folder / "pages.pdf"
    path.write_bytes(document)
    _run(["pdftoppm", "-r", str(dpi), "-png", str(path), str(folder / "page")])
    return [Image.open(picture) for picture in sorted(folder.glob("page*.png"))]


def qr_codes(picture: Image.Image) -> list[str]:
    """Return what the QR codes of a page say, in any order."""
    return sorted(found.text for found in zxingcpp.read_barcodes(picture))


@dataclass(frozen=True)
class Word:
    """One word on its page, in points from the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def words_of(document: bytes) -> list[list[Word]]:
    """Return the words of each page with their places."""
    pages = _run(["pdftotext", "-bbox", "-", "-"], document).decode().split("<page ")[1:]
    pattern = r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
    return [[Word(text, *map(float, places)) for *places, text in re.findall(pattern, page)] for page in pages]


def overlaps(words: list[Word]) -> list[tuple[str, str]]:
    """Return the pairs of words that print over each other; the letters are about half as high as their line."""

    def core(word: Word) -> tuple[float, float]:
        height = word.bottom - word.top
        return word.top + 0.3 * height, word.bottom - 0.3 * height

    pairs = []
    for index, one in enumerate(words):
        for other in words[index + 1 :]:
            is_beside = one.right <= other.left + 0.5 or other.right <= one.left + 0.5
            (top, bottom), (other_top, other_bottom) = core(one), core(other)
            if not is_beside and top < other_bottom and other_top < bottom:
                pairs.append((one.text, other.text))
    return pairs


def opened(document: bytes) -> pikepdf.Pdf:
    """Return a PDF opened for looking into its objects."""
    return pikepdf.open(io.BytesIO(document))


def _run(command: list[str], document: bytes | None = None) -> bytes:
    return subprocess.run(command, input=document, capture_output=True, check=True, timeout=120).stdout


def lose_pango(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Run children by a stand-in for Python in which WeasyPrint fails to import as it does without Pango."""
    failing = textwrap.dedent(
        """
        import runpy, sys
        class WithoutPango:
            def find_spec(self, name, path=None, target=None):
                if name == "weasyprint":
                    raise OSError("cannot load library 'libpango-1.0-0'")
        sys.meta_path.insert(0, WithoutPango())
        sys.argv = sys.argv[sys.argv.index("-m") + 1 :]
        runpy.run_module("portal.printing.child", run_name="__main__")
        """
    )
    kept.close()
    (folder / "failing.py").write_text(failing)
    interpreter = folder / "python"
    interpreter.write_text(f'#!/bin/sh\nexec {sys.executable} -c "$(cat {folder}/failing.py)" "$@"\n')
    interpreter.chmod(0o755)
    patch.setattr(jail, "is_there", lambda: False)
    patch.setattr(sys, "executable", str(interpreter))

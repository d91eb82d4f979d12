"""From facts to bytes: the only module that knows WeasyPrint, run in the child process."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any

import pydyf
import weasyprint
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portal.platform.qr import qr
from portal.printing import finishing, fonts, slots
from portal.printing.artwork import Artwork, sketch
from portal.printing.fonts import ALPHABET, FONTS, printable_facts
from portal.printing.orders import Order, Picture, Variant
from portal.printing.upstream import pango_version

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "documents"
STYLES = ROOT / "static" / "css" / "documents"
PICTURES = ROOT / "static" / "img" / "documents"
_TYPES = {".ttf": "font/ttf", ".css": "text/css", ".svg": "image/svg+xml"}
_OPTIONS: dict[Variant, dict[str, Any]] = {
    Variant.PLAIN: {"pdf_tags": False},
    Variant.TAGGED: {"pdf_variant": "pdf/ua-1"},
    Variant.ARCHIVAL: {"pdf_variant": "pdf/a-3a"},
}


class DocumentRefused(RuntimeError):
    """Refuse a document that asks for something foreign, draws a warning, or has another number of pages than meant."""


class PackagedAssets(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Serve `asset:NAME` of what ships with the portal, `picture:SHA256` of what came with the order, nothing else."""

    def __init__(self) -> None:
        super().__init__()
        packaged = [path for folder in (FONTS, STYLES, PICTURES) for path in folder.iterdir() if path.suffix in _TYPES]
        self._files = {f"asset:{path.name}": path for path in packaged}
        self.pictures: dict[str, Picture] = {}
        self.refused: list[str] = []

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return a packaged asset or a picture of the order.

        :raises FatalURLFetchingError: if `url` names anything else; milder errors would only drop the picture.
        """
        if url in self.pictures:
            picture = self.pictures[url]
            return URLFetcherResponse(url, picture.content, {"Content-Type": picture.media_type})
        path = self._files.get(url)
        if path is None:
            self.refused.append(url)
            raise FatalURLFetchingError(url)
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES[path.suffix]})


class Typesetter:
    """Templates, fonts and parsed styles, loaded once and used for every document of this process."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        self._assets = PackagedAssets()
        self._fonts, self._fonts_folder = fonts.alone(FontConfiguration)
        self._styles: dict[str, weasyprint.CSS] = {}
        self._artworks: dict[str, Artwork] = {}
        for path in sorted(FONTS.glob("*.ttf")):
            if lacking := ALPHABET - slots.face(path.stem).letters:
                raise DocumentRefused(f"The font {path.stem} lacks {''.join(sorted(lacking))}.")
        self._templates = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._folder = templates
        self._words: dict[str, Any] = {}
        self._templates.globals.update(fit=_fit, fit_slot=slots.fit_in, qr=qr, words_of=self._words_of)

    def render(self, order: Order, more_style: str = "") -> bytes:
        """Return the PDF of one order; the same order gives the same bytes.

        :raises TextRefused: if a text cannot be printed or is too long for its place.
        :raises DocumentRefused: if the document breaks a rule of its own.
        """
        html = self._fill(order)
        self._assets.pictures = {f"picture:{one.sha256}": one for one in order.pictures}
        with _strict_log(), self._closed():
            page_source = weasyprint.HTML(string=html, url_fetcher=self._assets, base_url="asset:")
            styles = [self._style(order.template)]
            if more_style:
                styles.append(weasyprint.CSS(string=more_style, url_fetcher=self._assets, font_config=self._fonts))
            document = page_source.render(font_config=self._fonts, stylesheets=styles)
            _check_pages(document)
            if order.variant is Variant.SKETCH:
                return sketch(document)
            finish = self._finisher(document, order)
            options = _OPTIONS[order.variant]
            pdf: bytes = document.write_pdf(finisher=finish, attachments=_attachments(order), **options)
            return pdf

    def _fill(self, order: Order) -> str:
        facts = printable_facts(order.facts)
        document = {
            "title": printable_facts(order.title),
            "lang": order.lang,
            "created_at": order.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self._templates.get_template(order.template).render(facts=facts, document=document)

    def _words_of(self, name: str) -> Any:
        """Return the fixed words of a paper, which stand beside its template."""
        if name not in self._words:
            self._words[name] = json.loads((self._folder / f"{name}.json").read_text("utf-8"))
        return self._words[name]

    def _style(self, template: str) -> weasyprint.CSS:
        name = Path(template).with_suffix(".css").name
        if name not in self._styles:
            self._styles[name] = weasyprint.CSS(url=f"asset:{name}", url_fetcher=self._assets, font_config=self._fonts)
        return self._styles[name]

    def _finisher(self, document: weasyprint.Document, order: Order) -> Callable[[Any, pydyf.PDF], None]:
        background = document.metadata.custom.get("background")

        def finish(document: weasyprint.Document, pdf: pydyf.PDF) -> None:
            if background is not None:
                self._artwork(background).show(pdf)
            if order.variant is not Variant.PLAIN:
                finishing.mark_languages(document, pdf)
            if order.variant is Variant.ARCHIVAL:
                finishing.mark_accessible(pdf)
            if order.room:
                finishing.leave_room(pdf, order.room, order.lang, order.created_at)

        return finish

    def _artwork(self, background: str) -> Artwork:
        """Return the picture that a template names in <meta name=background>: file, width and height."""
        if background not in self._artworks:
            asset, _, size = background.partition(" ")
            self._artworks[background] = Artwork.drawn(asset, size, self._assets, self._fonts)
        return self._artworks[background]

    @contextmanager
    def _closed(self) -> Iterator[None]:
        """Fail the document when anything was asked for that is not packaged."""
        self._assets.refused.clear()
        try:
            yield
        except FatalURLFetchingError as refusal:
            raise DocumentRefused(f"The document asked for a foreign resource: {refusal}") from refusal
        if self._assets.refused:
            raise DocumentRefused(f"The document asked for a foreign resource: {self._assets.refused[0]}")


def _fit(text: str, face: str, **place: Any) -> slots.Fitted:
    return slots.fit(text, slots.face(face), slots.Place(**place))


def versions() -> dict[str, str]:
    """Return the versions of what decides how a document looks."""
    return {
        "weasyprint": weasyprint.__version__,
        "pydyf": pydyf.__version__,
        "pango": pango_version(),
    }


def _check_pages(document: weasyprint.Document) -> None:
    """Refuse a document that runs over the pages which its template promises in <meta name=pages>."""
    meant = document.metadata.custom.get("pages")
    if meant is not None and int(meant) != len(document.pages):
        raise DocumentRefused(f"The document has {len(document.pages)} pages instead of {meant}.")


def _attachments(order: Order) -> list[weasyprint.Attachment]:
    moment = order.created_at.astimezone(UTC)
    return [
        weasyprint.Attachment(file_obj=BytesIO(data), name=name, created=moment, modified=moment, relationship="Data")
        for name, data in order.attachments
    ]


@contextmanager
def _strict_log() -> Iterator[None]:
    """Treat each warning as an error: a missing glyph, a dropped rule or picture is a wrong document."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append  # type: ignore[assignment, method-assign]  # all that this handler does
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    if records:
        raise DocumentRefused(f"WeasyPrint warns: {records[0].getMessage()}")

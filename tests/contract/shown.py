"""What an answer says, as lines that read well in a difference: words, links, fields, rows, texts of papers."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pikepdf
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.browser import Answer

# What is drawn at random or hashed: references, codes, tokens, keys. Two of them on a page stay two.
_RANDOM = re.compile(
    r"(?<![A-Za-z0-9])(?:(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{22}(?![\w-])"
    r"|[0-9A-HJKMNP-TV-Z]{4}(?:[- ][0-9A-HJKMNP-TV-Z]{4}){2}(?![A-Za-z0-9])"
    r"|(?:(?=[A-Z]*[0-9])[0-9A-HJKMNP-TV-Z]{6,26}|[A-HJKMNP-TV-Z]{8,26})(?![A-Za-z0-9])|[0-9a-f]{32,128}(?![A-Za-z0-9])"
    r"|(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12}(?![A-Za-z0-9]))"
)
_BLOCKS = frozenset(
    """
    address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 header hr legend li main nav ol optgroup option p pre section select summary table tbody td textarea
    tfoot th thead title tr ul
    """.split()  # noqa: SIM905 - one name a line is sixty lines
)
_SILENT = frozenset(["script", "style", "meta", "link", "path", "circle", "rect", "g", "symbol", "svg"])
_LOOKS = frozenset(["class", "style", "nonce", "data-code", "hx-headers:inherited", "novalidate"])


def lines_of(answer: Answer) -> list[str]:
    """Return what an answer says: its status, where it leads, its kind and its content."""
    kind = answer.response.mimetype
    heads = [f"{answer.status} {kind}"]
    names = ("Location", "HX-Redirect", "HX-Trigger", "HX-Retarget", "HX-Reswap", "HX-Location", "Content-Disposition")
    heads += [f"{name}: {answer.headers[name]}" for name in names if name in answer.headers]
    return masked([*heads, *content_of(kind, answer.body)])


def links_of(answer: Answer) -> list[str]:
    """Return the addresses of the portal that a page leads to, in its order."""
    if answer.response.mimetype != "text/html":
        return []
    found = re.findall(r'href="(/[^"#]*|[?][^"#]*)', answer.text)
    here = answer.response.request.path
    return list(dict.fromkeys(unescape(one if one.startswith("/") else here + one) for one in found))


def masked(lines: list[str]) -> list[str]:
    """Return lines whose random parts are numbered in the order in which they first appear."""
    seen: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        drawn = found.group()
        return drawn if drawn.isdigit() else seen.setdefault(drawn, f"~{len(seen) + 1}")

    return [_RANDOM.sub(number, line) for line in lines]


def content_of(kind: str, body: bytes) -> list[str]:
    """Return the content of an answer or a file."""
    if kind == "text/html":
        return lines_of_html(body.decode())
    if kind == "application/json":
        return json.dumps(json.loads(body), ensure_ascii=False, indent=1).splitlines()
    if kind == "application/pdf":
        return lines_of_pdf(body)
    if kind == "application/zip":
        return zipfile.ZipFile(io.BytesIO(body)).namelist() if zipfile.is_zipfile(io.BytesIO(body)) else []
    if kind.endswith("spreadsheetml.sheet"):
        return lines_of_sheets(body)
    return body.decode().splitlines() if kind.startswith("text/") else [f"{len(body)} bytes"]


def lines_of_sheets(body: bytes) -> list[str]:
    """Return the rows of a workbook, sheet by sheet."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    found = []
    for name in book.sheet_names:
        found.append(f"sheet {name}")
        found += [" | ".join(str(cell) for cell in row) for row in book.get_sheet_by_name(name).to_python()]
    return found


def lines_of_pdf(body: bytes) -> list[str]:
    """Return the text of each page and the tags of a PDF; nothing of a stand-in."""
    if len(body) < 1000:
        return []
    found = []
    for number, page in enumerate(PdfReader(io.BytesIO(body)).pages, 1):
        found += [f"page {number}", *(line.strip() for line in page.extract_text().splitlines() if line.strip())]
    with pikepdf.open(io.BytesIO(body)) as file:
        found += [f"title {file.docinfo.get('/Title', '')}", f"lang {file.Root.get('/Lang', '')}"]
        found += [f"attached {name}" for name in file.attachments]
        if "/StructTreeRoot" in file.Root:
            found += ["tags", *_tags(file.Root.StructTreeRoot, 0)]
    return found


def _tags(element: Any, depth: int) -> Iterator[str]:
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            said = [str(kid.S)[1:], *(f"{key[1:]}={kid[key]}" for key in ("/Lang", "/Alt") if key in kid)]
            yield " " * depth + " ".join(said)
            yield from _tags(kid, depth + 1)


class _Reader(HTMLParser):
    """Writes down words and what can be clicked, filled in or heard; not how it looks."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._line: list[str] = []
        self._silent = ""

    def end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            self.lines.append(line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent = tag if tag in ("script", "style") else self._silent
            return  # A picture says nothing but by `use`, which names its shape.
        if tag in _BLOCKS:
            self.end_line()
        said = {name: value or "" for name, value in attrs if name not in _LOOKS}
        if said.get("name") == "csrf_token":
            said.pop("value", None)
        if said or tag in ("h1", "h2", "h3", "h4", "button", "form", "textarea", "select"):
            words = "".join(
                f" {name}={_plain(value)!r}" if value else f" {name}" for name, value in sorted(said.items())
            )
            self._line.append(f" <{tag}{words}> ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        if tag in _BLOCKS:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(data)


def lines_of_html(html: str) -> list[str]:
    """Return what a page or fragment says."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_line()
    return reader.lines


def _plain(value: str) -> str:
    """Return an attribute without what changes with each build of style and script."""
    return re.sub(r"(/static/[^?\s]+)\?[^\s#]+", r"\1", " ".join(value.split()))

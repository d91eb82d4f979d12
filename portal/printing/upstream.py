"""Everything we use of WeasyPrint beyond its documentation, in one place for upgrades.

`pyproject.toml` bounds the releases; tests/printing/test_pdf_upstream.py says what is expected of one.
"""

from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.text.ffi import pango

MarginBox, ParentBox = boxes.MarginBox, boxes.ParentBox
ReplacedBox, TextBox = boxes.ReplacedBox, boxes.TextBox


def box_of(page: Any) -> Any:
    """Return the box of a page that was laid out: the root of what is drawn on it."""
    return page._page_box


def placed(box: Any) -> Any:
    """Return the box itself where only its place in the text stands for it, because it is placed absolutely."""
    return box._box if isinstance(box, AbsolutePlaceholder) else box


def pango_version() -> str:
    number = int(pango.pango_version())
    return ".".join(str(number // step % 100) for step in (10000, 100, 1))

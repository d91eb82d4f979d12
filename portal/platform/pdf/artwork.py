"""A page's background as one form: drawn once in the life of the process, shown on every page as an artifact.

WeasyPrint would draw the picture's paths anew for each page, which takes a quarter of a certificate's time and gives a
print file one copy per page.
"""

import re
from dataclasses import dataclass
from typing import Any

import pydyf
import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from portal.platform.pdf.finishing import StructureUnexpected, number_of

_NAME = "Art"
# Operators that name a resource; the form is copied without any, so its picture may not use them.
_FOREIGN = re.compile(rb"(?m)(^|\s)(gs|cs|CS|scn|SCN|sh|Do|Tf)(\s|$)")
# Full opacity, set before each path although it is what a form begins with.
_OPAQUE = re.compile(rb"(?m)^/[Aa]1\.0 gs\n")


@dataclass(frozen=True)
class Artwork:
    """The operators of a picture that fills a page, and the box that they draw in."""

    operators: bytes
    box: tuple[float, float, float, float]

    @classmethod
    def drawn(cls, asset: str, size: str, assets: URLFetcher, fonts: FontConfiguration) -> "Artwork":
        """Return the picture `asset` as it is drawn on an empty page of `size`."""
        style = f"@page {{ size: {size}; margin: 0; background: url(asset:{asset}) no-repeat 0 0 / {size} }}"
        found: list[Artwork] = []
        sheet = weasyprint.CSS(string=style, url_fetcher=assets)
        page = weasyprint.HTML(string='<html lang="en"><title>Art</title>', url_fetcher=assets, base_url="asset:")
        page.render(font_config=fonts, stylesheets=[sheet]).write_pdf(
            finisher=lambda _, pdf: found.append(cls._taken_from(pdf))
        )
        return found[0]

    @classmethod
    def _taken_from(cls, pdf: pydyf.PDF) -> "Artwork":
        [page] = _pages(pdf)
        forms = list(pdf.objects[number_of(page["Resources"])]["XObject"].values())
        if len(forms) != 1:
            raise StructureUnexpected(f"A background is one form, not {len(forms)}.")
        form = pdf.objects[number_of(forms[0])]
        operators = b"\n".join(item if isinstance(item, bytes) else item.data for item in form.stream)
        operators = _OPAQUE.sub(b"", operators)
        if foreign := _FOREIGN.search(operators):
            raise StructureUnexpected(f"The background needs a resource ({foreign[2].decode()}).")
        return cls(operators, tuple(form.extra["BBox"]))

    def show(self, pdf: pydyf.PDF) -> None:
        """Put the picture under the text of every page."""
        extra = {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array(self.box),
            "Resources": pydyf.Dictionary(),
        }
        form = pydyf.Stream([self.operators], pydyf.Dictionary(extra), compress=True)
        pdf.add_object(form)
        for page in _pages(pdf):
            pdf.objects[number_of(page["Resources"])]["XObject"][_NAME] = form.reference
            height = page["MediaBox"][3]
            # CSS pixels from the top left, as the picture was drawn.
            shown = f"/Artifact BMC q .75 0 0 -.75 0 {height:.6f} cm /{_NAME} Do Q EMC"
            pdf.objects[number_of(page["Contents"])].stream.insert(0, shown.encode())


def _pages(pdf: pydyf.PDF) -> list[Any]:
    return [pdf.objects[number_of(reference)] for reference in pdf.page_references]

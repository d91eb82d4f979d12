"""A style that makes the reference embed every letter which a line may hold, and how to cut it out again.

The letters stand in margin boxes: these are drawn after everything else and are no part of the structure tree.
"""

import re

import pikepdf

from portal.platform.pdf.compiled.plan import Line, NotCompiled, Plan
from portal.platform.pdf.slots import SLOTS

_PLACES = ("bottom-left", "bottom-center", "bottom-right", "top-left", "top-center", "top-right")
_STYLES = {"medium": "500", "semibold": "600", "italic": "italic 400", "regular": "400"}
_BOX = rb"q\nq\n/Span\n<</MCID \d+>>\nBDC\n/a1\.0 gs\n0 0 0 rg\nBT\n[^Q]*ET\nEMC\nQ\nQ\n"


def style(plan: Plan) -> str:
    """Return the style that draws the letters of each face."""
    boxes = []
    for place, (face, lines) in zip(_PLACES, _faces(plan).items(), strict=False):
        letters = sorted(set("".join(line.letters + line.prefix for line in lines)))
        joined = [pair for line in lines for pair in line.joined]
        family, _, weight = face.partition("-")
        boxes.append(
            f'@{place} {{ content: "{" ".join([*letters, *joined])}"; white-space: nowrap; '
            f"font: {_STYLES[weight]} 20pt {family}-document; color: #000 }}"
        )
    return f"@page {{ {' '.join(boxes)} }}"


def cut_out(file: pikepdf.Pdf, content: bytes, plan: Plan) -> bytes:
    """Return a page's content without the letters, and take them from the parent tree.

    :raises NotCompiled: if they are not the last that is drawn.
    """
    count = len(_faces(plan))
    cut = re.fullmatch(rb"(.*?)((?:%s){%d})((?:Q\n?)*)" % (_BOX, count), content, re.DOTALL)
    if cut is None:
        raise NotCompiled("The letters of the specimen are not the last that is drawn.")
    parents = file.Root.StructTreeRoot.ParentTree.Nums[1]
    for _box in range(count):
        del parents[-1]
    return cut[1] + cut[3]


def _faces(plan: Plan) -> dict[str, list[Line]]:
    """Return the lines of each face."""
    faces: dict[str, list[Line]] = {}
    for line in plan.lines:
        faces.setdefault(SLOTS[line.slot].face, []).append(line)
    return faces

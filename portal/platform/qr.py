"""QR codes as SVG path data."""

import re
from collections.abc import Iterator
from typing import Any

import segno


def qr(content: str) -> dict[str, Any]:
    """Return the QR code of `content`: a path to stroke one unit wide, and the length of its side.

    Error correction M and a fixed mask, so that the same content always gives the same picture.
    """
    code = segno.make_qr(content, error="m", mask=4, boost_error=False)
    runs = ((y, run.start(), len(run[0])) for y, row in enumerate(code.matrix) for run in _dark(row))
    return {"path": "".join(f"M{x} {y}.5h{length}" for y, x, length in runs), "side": len(code.matrix)}


def _dark(row: bytearray) -> Iterator[re.Match[str]]:
    return re.finditer("1+", "".join("1" if module else "0" for module in row))

"""Change something in a file, so that a test can see whether it is noticed."""

import io
from typing import Any

import pikepdf

from tests import pdfs


def spoiled(document: bytes, spoil: Any) -> bytes:
    with pdfs.opened(document) as file:
        spoil(file)
        file.save(out := io.BytesIO(), fix_metadata_version=False)
    return out.getvalue()


def elements(file: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [one for one in file.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/StructElem"]

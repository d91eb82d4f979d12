"""The structure tree of a PDF and the text that hangs on it, read without the code that wrote it."""

import re
from collections.abc import Iterator

import pikepdf


def passages(file: pikepdf.Pdf) -> Iterator[tuple[str, str]]:
    """Yield each text of the structure tree in reading order, with the language that a reader would speak."""
    texts = marked_texts(file)

    def walk(element: pikepdf.Object, lang: str) -> Iterator[tuple[str, str]]:
        lang = str(element.get("/Lang", lang))
        for kid in element.K:
            if isinstance(kid, int):
                if element.S != "/Figure":
                    yield texts[kid], lang
            elif kid.get("/Type") == "/StructElem":
                yield from walk(kid, lang)

    yield from walk(file.Root.StructTreeRoot.K[0], str(file.Root.Lang))


def marked_texts(file: pikepdf.Pdf) -> dict[int, str]:
    """Return the text of each marked block of the first page."""
    fonts = {name: _letters(font) for name, font in file.pages[0].Resources.Font.items()}
    texts: dict[int, str] = {}
    block, letters = None, {}
    for operands, operator in pikepdf.parse_content_stream(file.pages[0]):
        name = str(operator)
        if name == "BDC" and "/MCID" in operands[1]:
            block = int(operands[1].MCID)
            texts[block] = ""
        elif name == "EMC":
            block = None
        elif name == "Tf":
            letters = fonts[str(operands[0])]
        elif name in ("TJ", "Tj") and block is not None:
            runs = operands[0] if name == "TJ" else [operands[0]]
            for run in runs:
                if isinstance(run, pikepdf.String):
                    glyphs = bytes(run)
                    texts[block] += "".join(letters[glyphs[i : i + 2].hex()] for i in range(0, len(glyphs), 2))
    return texts


def _letters(font: pikepdf.Object) -> dict[str, str]:
    """Return glyph → text of a font."""
    pairs = re.findall(r"^<([0-9a-fA-F]{4})> *<([0-9a-fA-F]+)>$", font.ToUnicode.read_bytes().decode(), re.M)
    return {glyph.lower(): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}


def tree(file: pikepdf.Pdf) -> list[tuple[str, ...]]:
    """Return the structure tree as rows: depth, type, language, alternative, text of a leaf."""
    texts = marked_texts(file)

    def walk(element: pikepdf.Object, depth: int) -> Iterator[tuple[str, ...]]:
        said = [texts[kid] for kid in element.K if isinstance(kid, int)]
        told = (str(element.get(key, "")) for key in ("/S", "/Lang", "/Alt"))
        yield (str(depth), *told, *said)
        for kid in element.K:
            if not isinstance(kid, int) and kid.get("/Type") == "/StructElem":
                yield from walk(kid, depth + 1)

    return list(walk(file.Root.StructTreeRoot.K[0], 0))

"""Compare two PDF files object by object, up to the subset of fonts and a hair's breadth."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

from portal.printing import compiled_plan
from portal.printing.compiled_fonts import EmbeddedFont

_HAIR = 0.001  # CSS pixels by which a line may stand beside its place: the sum of rounded widths is rounded again.
_PACKING = {"/Length", "/Length1", "/Filter", "/DecodeParms"}
_PLACED = re.compile(rb"1 0 0 -1 (\S+) (\S+) Tm")


def differences(one: bytes, other: bytes) -> list[str]:
    """Return where two files differ."""
    with (
        pikepdf.open(BytesIO(compiled_plan.closed(one))) as first,
        pikepdf.open(BytesIO(compiled_plan.closed(other))) as second,
    ):
        seen: set[Any] = set()
        return [
            *_between(first.Root, second.Root, "/Root", seen),
            *_between(first.trailer.Info, second.trailer.Info, "/Info", seen),
        ]


def _between(one: Any, other: Any, path: str, seen: set[Any]) -> Iterator[str]:
    pair = tuple(thing.objgen if isinstance(thing, pikepdf.Object) else (0, 0) for thing in (one, other))
    if pair in seen:
        return
    if all(number for number, _generation in pair):
        seen.add(pair)
    if type(one) is not type(other):
        yield path
    elif isinstance(one, pikepdf.Array):
        if len(one) != len(other):
            yield path
        for index, (mine, theirs) in enumerate(zip(one, other, strict=False)):
            yield from _between(mine, theirs, f"{path}[{index}]", seen)
    elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        yield from _between_dictionaries(one, other, path, seen)
    elif one != other:
        yield path


def _between_dictionaries(one: Any, other: Any, path: str, seen: set[Any]) -> Iterator[str]:
    passed = set(_PACKING)
    if one.get("/Type") == "/Font" and "/ToUnicode" in one:
        passed.add("/ToUnicode")
        if not _is_alike(EmbeddedFont(one), EmbeddedFont(other)):
            yield path
    elif one.get("/Subtype") == "/CIDFontType2":
        passed.add("/W")
    elif one.get("/Type") == "/FontDescriptor":
        passed |= {"/FontFile2", "/FontBBox"}
    if set(one.keys()) - passed != set(other.keys()) - passed:
        yield path
        return
    if isinstance(one, pikepdf.Stream) and not _is_drawn_alike(one.read_bytes(), other.read_bytes()):
        yield f"{path}, content"
    for key in sorted(set(one.keys()) - passed):
        yield from _between(one.get(key), other.get(key), path + key, seen)


def _is_alike(one: EmbeddedFont, other: EmbeddedFont) -> bool:
    """Return whether the glyphs that both know say the same, are as wide and look the same."""
    shared = one.letters.keys() & other.letters.keys()
    (mine, theirs) = (
        [(font.letters[glyph], font.widths[glyph], font.extents(glyph)) for glyph in shared] for font in (one, other)
    )
    return len(shared) == min(len(one.letters), len(other.letters)) and mine == theirs


def _is_drawn_alike(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    mine, theirs = one.split(b"\n"), other.split(b"\n")
    return len(mine) == len(theirs) and all(map(_is_line_alike, mine, theirs))


def _is_line_alike(one: bytes, other: bytes) -> bool:
    mine, theirs = _PLACED.fullmatch(one), _PLACED.fullmatch(other)
    if mine is None or theirs is None:
        return one == other
    return all(abs(float(mine[axis]) - float(theirs[axis])) <= _HAIR for axis in (1, 2))

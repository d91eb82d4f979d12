"""A file holds nothing of anybody else, nor of the samples that its template was compiled with."""

from typing import Any

import pikepdf
import pytest

from tests import pdf_tags, pdfs
from tests.printing.compiled.samples import order
from tests.printing.compiled.spoiling import elements, spoiled

pytestmark = pytest.mark.usefixtures("renderer")  # Skips where Pango or poppler is missing.


def everything_in(document: bytes) -> str:
    """Return every string and stream of a file, as it is and as its fonts spell it."""
    with pdfs.opened(document) as file:
        found = [" ".join(pdf_tags.marked_texts(file).values()), pdfs.text_of(document)]
        for thing in file.objects:
            if isinstance(thing, pikepdf.Stream):
                content = thing.read_bytes()
                found += [content.decode("utf-8", "ignore"), content.decode("utf-16-be", "ignore")]
            found += strings_in(thing)
        found += strings_in(file.trailer.Info)
    return "\n".join(found)


def strings_in(thing: Any) -> list[str]:
    if isinstance(thing, pikepdf.String):
        return [str(thing)]
    if isinstance(thing, pikepdf.Array):
        return [text for one in thing for text in ([] if is_shared(one) else strings_in(one))]
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        keys = thing.keys()  # A dictionary of pikepdf cannot be walked itself.
        return [text for key in keys if not is_shared(one := thing.get(key)) for text in strings_in(one)]
    return []


def is_shared(thing: Any) -> bool:
    return isinstance(thing, pikepdf.Object) and thing.is_indirect


def own_words(turn: int) -> set[str]:
    facts = order(turn).facts
    return {facts["name"], facts["latin_name"], facts["number"], facts["code"], facts["verify_url"].partition("#")[2]}


def sample_words() -> set[str]:
    """Return what the samples of the plan say, as a certificate would hold it."""
    from portal.printing.compiled_plan import plan_for

    plan = plan_for(order(1))
    samples = [plan.sample(order(1), turn) for turn in (0, 1)]
    lines = {line.samples[turn] for line in plan.lines for turn in (0, 1)}
    return lines | {one.title for one in samples} | {one.attachments[0][1].decode() for one in samples}


def test_nobody_else_is_in_a_file(press: Any) -> None:
    turns = (1, 2, 4)
    found = {turn: everything_in(press.render(order(turn))) for turn in turns}
    for turn in turns:
        assert [word for word in own_words(turn) if word not in found[turn]] == []
        others = set().union(*(own_words(other) for other in turns if other != turn)) | sample_words()
        assert [word for word in others if word in found[turn]] == []
        assert "2001-02-03" not in found[turn] and "20010203" not in found[turn]


@pytest.mark.parametrize("place", ["outline", "alternative", "metadata", "title", "attachment", "page"])
def test_control_a_stranger_is_found_wherever_he_stands(press: Any, place: str) -> None:
    stranger = order(2).facts["name"]

    def hide(file: pikepdf.Pdf) -> None:
        if place == "outline":
            with file.open_outline() as outline:
                outline.root.append(pikepdf.OutlineItem(stranger, 0))
        elif place == "alternative":
            elements(file)[0].Alt = stranger
        elif place == "metadata":
            file.Root.Metadata.write(f"<x>{stranger}</x>".encode())
        elif place == "title":
            file.docinfo["/Subject"] = stranger
        elif place == "attachment":
            file.Root.AF[0].EF.F.write(stranger.encode())
        else:
            with pdfs.opened(press.render(order(2))) as other:
                file.pages[0].Contents.write(other.pages[0].Contents.read_bytes())

    document = press.render(order(1))
    assert stranger not in everything_in(document)
    assert stranger in everything_in(spoiled(document, hide))

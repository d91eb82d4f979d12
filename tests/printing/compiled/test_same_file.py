"""A compiled file is the page that the typesetter sets: text, tags, pixels, metadata, and the same bytes again."""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import ImageChops
from structlog.testing import capture_logs

from portal.config import ROOT
from portal.platform import jail
from portal.printing import batch, client, fonts
from portal.signing import keys
from portal.signing.seal import Sealer
from tests import pdf_tags, pdfs, pdfsig
from tests.printing.compiled.samples import PEOPLE, order

pytestmark = pytest.mark.usefixtures("renderer")  # Skips where Pango or poppler is missing.

SOME_AND_ALL = pytest.mark.parametrize(
    "turns", [range(2), pytest.param(range(2, len(PEOPLE)), marks=pytest.mark.slow)], ids=["two", "the others"]
)


# The same file


@SOME_AND_ALL
def test_text_is_the_same(pairs: list[tuple[bytes, bytes]], turns: range) -> None:
    for turn in turns:
        written, typeset = pairs[turn]
        for options in ((), ("-layout",), ("-raw",)):
            assert pdfs.text_of(written, *options) == pdfs.text_of(typeset, *options)
        assert all(name in pdfs.text_of(written) for name in PEOPLE[turn])


def test_tags_languages_and_outline_are_the_same(pairs: list[tuple[bytes, bytes]]) -> None:
    for written, typeset in pairs:
        with pdfs.opened(written) as mine, pdfs.opened(typeset) as theirs:
            assert pdf_tags.tree(mine) == pdf_tags.tree(theirs)
            assert len(pdf_tags.tree(mine)) > 100
            assert list(pdf_tags.passages(mine)) == list(pdf_tags.passages(theirs))
            assert "/Outlines" not in mine.Root and "/Outlines" not in theirs.Root
            assert set(mine.Root.keys()) == set(theirs.Root.keys())


def test_metadata_and_attachment_are_the_same(pairs: list[tuple[bytes, bytes]]) -> None:
    for written, typeset in pairs:
        with pdfs.opened(written) as mine, pdfs.opened(typeset) as theirs:
            assert mine.Root.Metadata.read_bytes() == theirs.Root.Metadata.read_bytes()
            assert {key: str(value) for key, value in mine.docinfo.items()} == {
                key: str(value) for key, value in theirs.docinfo.items()
            }
            assert attachment(mine) == attachment(theirs)


def attachment(file: pikepdf.Pdf) -> tuple[Any, ...]:
    [name] = file.attachments
    stream = file.Root.AF[0].EF.F
    told = {key: bytes(stream.Params[key]) for key in ("/CheckSum", "/CreationDate", "/ModDate")}
    return name, stream.read_bytes(), stream.Subtype, int(stream.Params.Size), told


def test_every_object_is_the_same(pairs: list[tuple[bytes, bytes]]) -> None:
    from portal.printing.compiled_equality import differences

    assert [differences(*pair) for pair in pairs] == [[]] * len(pairs)


@SOME_AND_ALL
def test_pixels_are_the_same(pairs: list[tuple[bytes, bytes]], turns: range, tmp_path: Path) -> None:
    for turn in turns:
        pictures = []
        for document, way in zip(pairs[turn], ("written", "set"), strict=True):
            (folder := tmp_path / f"{turn}-{way}").mkdir()
            [picture] = pdfs.pictures_of(document, folder, dpi=220)
            pictures.append(picture.convert("L"))
        histogram = ImageChops.difference(*pictures).histogram()
        assert sum(histogram[17:]) <= sum(histogram) * 0.0002, PEOPLE[turn]


@SOME_AND_ALL
def test_codes_lead_to_their_addresses(pairs: list[tuple[bytes, bytes]], turns: range, tmp_path: Path) -> None:
    for turn in turns:
        (folder := tmp_path / str(turn)).mkdir()
        [picture] = pdfs.pictures_of(pairs[turn][0], folder)
        assert pdfs.qr_codes(picture) == [order(turn).facts["verify_url"]]


def test_designs_are_written_too(typesetter: Any, press: Any) -> None:
    from portal.printing.compiled_equality import differences

    for number, place in ((5, "top"), (2, "sides")):
        shown, pictures = pdfs.logos(number)
        of = pdfs.delivery(
            signatories=3,
            logos=shown,
            logos_at=place,
            disclaimer=pdfs.TITLE,
            line=pdfs.TITLE,
            acknowledgement=pdfs.TITLE,
        )
        ordered = replace(order(2, of=of, kind="facilitator"), pictures=tuple(pictures))
        written = press.render(ordered)
        assert press.why_set == ""
        assert differences(written, typesetter.render(ordered)) == []
        assert len(written) < 75_000


# Well made


def test_other_readers_find_nothing(pairs: list[tuple[bytes, bytes]], tmp_path: Path) -> None:
    written, typeset = pairs[1]
    (path := tmp_path / "written.pdf").write_bytes(written)
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=True)
    assert "WARNING" not in checked.stdout + checked.stderr
    assert sorted(pdfs.fonts_of(written, tmp_path)) == sorted(pdfs.fonts_of(typeset, tmp_path))
    mine, theirs = pdfs.info_of(written), pdfs.info_of(typeset)
    assert {key: value for key, value in mine.items() if key != "File size"} == {
        key: value for key, value in theirs.items() if key != "File size"
    }
    assert len(written) < 75_000


def test_seal_is_whole(press: Any, tmp_path: Path) -> None:
    key = keys.current(tmp_path, host="portal.example.org", now=pdfs.ISSUED_AT)
    sealer = Sealer(key, tmp_path)
    sealed = [sealer.seal(press.render(sealer.order(order(turn)))) for turn in (1, 6)]
    assert press.why_set == ""
    store = pdfsig.trust(tmp_path, *key.above)
    assert [pdfsig.judged(one, store) for one in sealed] == [(pdfsig.WHOLE, True)] * 2
    assert max(map(len, sealed)) < 75_000
    with pdfs.opened(sealed[0]) as file:
        assert str(file.Root.AcroForm.Fields[0].V.M) == "D:20261126050000+00'00'"


# The same bytes


SCRIPT = """
import sys
from hashlib import sha256
from portal.printing.compiled_template import Press
from portal.printing.typesetter import Typesetter
from tests.printing.compiled.samples import order
press = Press(Typesetter())
for turn in map(int, sys.argv[1:]):
    made = press.render(order(turn, room=500))
    assert press.why_set == ""
print(sha256(made).hexdigest())
"""


def test_bytes_are_those_of_the_facts_whoever_came_before(press: Any, renderer: client.Renderer) -> None:
    """Alone or late in a batch, in another process, zone and order of hashes: how it is made is the order's alone."""
    wanted = sha256(press.render(order(4, room=500))).hexdigest()
    for turns, zone, seed in (("4", "Asia/Bishkek", "1"), ("2 6 1 5 4", "UTC", "7")):
        environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *turns.split()], env=environment, cwd=ROOT, capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == wanted
    assert sha256(renderer.render(order(4, room=500))).hexdigest() == wanted


def test_moment_and_other_facts_have_their_own_bytes(press: Any, typesetter: Any) -> None:
    from portal.printing.compiled_equality import differences

    late = replace(order(1), created_at=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert differences(press.render(late), typesetter.render(late)) == []
    assert press.render(order(1)) != press.render(late)
    kinds = [press.render(order(1, kind=kind)) for kind in ("completion", "attendance", "facilitator")]
    assert len(set(kinds)) == 3


def test_batch_tells_how_many_were_set_and_why(renderer: client.Renderer) -> None:
    orders = [order(turn) for turn in range(5)]
    orders += [order(turn, name=name) for turn, name in ((5, pdfs.SIXTY_LETTERS), (6, "John Smith"), (7, "Айбек😀"))]
    with capture_logs() as logged:
        *made, refused = batch.render_each(orders)
    assert made == [renderer.render(one) for one in orders[:-1]]
    assert isinstance(refused, fonts.TextRefused)
    [line] = [line for line in logged if line["event"] == "pages_set_one_by_one"]
    assert sum(line["reasons"].values()) == 2
    assert "Smith" not in str(line)


@pytest.mark.slow
def test_memory_of_the_child_stays_flat_over_compiled_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "is_there", lambda: False)  # The child itself is looked at, not what jails it.
    with closing(client.Renderer()) as own:

        def resident() -> int:
            status = Path(f"/proc/{own.process_id}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0])

        for count in range(1000):
            own.render(order(1, number=f"OSH-2026-{count:04}"))
            if count == 50:
                settled = resident()
        assert not own.why_set
        assert resident() - settled < 5_000

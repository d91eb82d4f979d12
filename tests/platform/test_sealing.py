"""Sealed files: whole in the eyes of another reader, the same bytes again, and told to who hears the page."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from portal.platform import pdf
from portal.platform.sealing import keys
from portal.platform.sealing.sealer import NoRoom, Sealer
from tests import pdfs, pdfsig

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
HOST = "portal.example.org"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def sealer(data: Path) -> Sealer:
    return Sealer(keys.current(data, host=HOST, now=NOW), data)


@pytest.fixture(scope="module")
def order(sealer: Sealer) -> pdf.Order:
    printed = pdfs.facts()
    attached = (("credential.json", printed.canonical_json()),)
    title = printed.document_title
    return sealer.order(
        pdf.Order("certificate.html", printed.as_dict(), title, "ky", pdfs.ISSUED_AT, pdf.Variant.ARCHIVAL, attached)
    )


@pytest.fixture(scope="module")
def page(renderer: pdf.Renderer, order: pdf.Order) -> bytes:
    """Return a page with room for a seal."""
    return renderer.render_order(order)


@pytest.fixture(scope="module")
def sealed(sealer: Sealer, page: bytes) -> bytes:
    return sealer.seal(page)


def test_pdfsig_trusts_the_seal_over_the_whole_file(data: Path, sealed: bytes, tmp_path: Path) -> None:
    root = keys.current(data, host=HOST, now=NOW).above[-1]
    store = pdfsig.trust(tmp_path, root)
    assert pdfsig.judged(sealed, store) == (pdfsig.WHOLE, True)
    middle = len(sealed) // 2
    changed = sealed[:middle] + bytes([sealed[middle] ^ 1]) + sealed[middle + 1 :]
    assert pdfsig.judged(changed, store)[0][0] == "Digest Mismatch."
    assert not pdfsig.judged(sealed + b"\n% more\n", store)[1]


def test_field_is_part_of_the_structure_and_seen_by_nobody(sealed: bytes) -> None:
    with pdfs.opened(sealed) as file:
        [field] = file.pages[0].Annots
        assert (list(field.Rect), field.F, field.FT, str(field.TU)) == (
            [0, 0, 0, 0],
            132,
            "/Sig",
            "Документтин электрондук мөөрү",
        )
        assert file.Root.AcroForm.SigFlags == 3
        assert [each.objgen for each in file.Root.AcroForm.Fields] == [field.objgen]
        parents = list(file.Root.StructTreeRoot.ParentTree.Nums)
        row = dict(zip(map(int, parents[::2]), parents[1::2], strict=True))
        form = row[int(field.StructParent)]
        assert (form.S, form.K[0].Type, form.K[0].Obj.objgen) == ("/Form", "/OBJR", field.objgen)
        assert form.objgen in [kid.objgen for kid in file.Root.StructTreeRoot.K[0].K]
        assert str(field.V.M) == "D:20261126050000+00'00'"
        assert field.V.SubFilter == "/ETSI.CAdES.detached"


def test_seal_changes_nothing_that_is_read(renderer: pdf.Renderer, sealed: bytes) -> None:
    assert pdfs.text_of(sealed) == pdfs.text_of(pdfs.print_certificate(renderer, pdfs.facts()))


AGAIN = """
import hashlib, sys
from datetime import datetime
from pathlib import Path
from portal.platform.sealing import keys
from portal.platform.sealing.sealer import Sealer
data = Path(sys.argv[1])
sealer = Sealer(keys.current(data, host="other.example", now=datetime.fromisoformat("2027-01-01T00:00:00+00:00")), data)
print(hashlib.sha256(sealer.seal(sys.stdin.buffer.read())).hexdigest())
"""


@pytest.mark.parametrize(("zone", "seed"), [("Asia/Bishkek", "1"), ("America/New_York", "4711")])
def test_same_page_and_key_give_the_same_bytes(data: Path, page: bytes, sealed: bytes, zone: str, seed: str) -> None:
    environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", AGAIN, str(data)]
    done = subprocess.run(command, input=page, capture_output=True, check=True, env=environment)
    assert done.stdout.decode().strip() == sha256(sealed).hexdigest()


def test_key_is_the_owners_alone_and_made_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: keys.current(tmp_path, host=HOST, now=NOW).fingerprint, range(8)))
    assert len(set(found)) == 1
    files = sorted((tmp_path / "keys").iterdir())
    assert [(file.name, file.stat().st_mode & 0o777) for file in files] == [
        ("seal-root.pem", 0o600),
        ("seal.pem", 0o600),
    ]


def test_file_without_one_room_is_refused(sealer: Sealer, page: bytes, sealed: bytes) -> None:
    for content in (sealed, b"%PDF-1.7", page + page):
        with pytest.raises(NoRoom):
            sealer.seal(content)

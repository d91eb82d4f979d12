"""Sealed files: whole in the eyes of another reader, the same bytes again, and told to who hears the page."""

import io
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from portal.printing import client, orders
from portal.signing import keys
from portal.signing.seal import NoRoom, Sealer
from portal.signing.signature import KeptSigner
from tests import pdfs, pdfsig, pkcs12

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
HOST = "portal.example.org"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def sealer(data: Path) -> Sealer:
    return Sealer(keys.current(data, host=HOST, now=NOW), data)


@pytest.fixture(scope="module")
def order(sealer: Sealer) -> orders.Order:
    printed = pdfs.facts()
    attached = (("credential.json", printed.canonical_json()),)
    title = printed.document_title
    return sealer.order(
        orders.Order(
            "certificate.html", printed.as_dict(), title, "ky", pdfs.ISSUED_AT, orders.Variant.ARCHIVAL, attached
        )
    )


@pytest.fixture(scope="module")
def page(renderer: client.Renderer, order: orders.Order) -> bytes:
    """Return a page with room for a seal."""
    return renderer.render(order)


@pytest.fixture(scope="module")
def sealed(sealer: Sealer, page: bytes) -> bytes:
    return sealer.seal(page)


def test_pdfsig_trusts_the_seal_over_the_whole_file(data: Path, sealed: bytes, tmp_path: Path) -> None:
    root = keys.current(data, host=HOST, now=NOW).above[-1]
    store = pdfsig.trust(tmp_path, root)
    assert pdfsig.judged(sealed, store) == (pdfsig.WHOLE, True)
    assert pdfsig.judged(flipped(sealed, len(sealed) // 2, 0), store)[0][0] == "Digest Mismatch."
    assert not pdfsig.judged(sealed + b"\n% more\n", store)[1]


def test_signature_is_pades_without_a_clock(data: Path, sealed: bytes) -> None:
    [root] = load_certs_from_pemder_data(keys.current(data, host=HOST, now=NOW).above[-1].public_bytes(Encoding.PEM))
    [signature] = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    trusting = ValidationContext(trust_roots=[root], moment=NOW, allow_fetching=False)
    status = validate_pdf_signature(signature, signer_validation_context=trusting)
    assert (status.bottom_line, status.coverage) == (True, SignatureCoverageLevel.ENTIRE_FILE)
    told = {attribute["type"].native for attribute in signature.signer_info["signed_attrs"]}
    assert {"content_type", "message_digest", "signing_certificate_v2"} <= told
    assert "signing_time" not in told


@pytest.mark.slow
def test_pdfsig_sees_any_of_200_changed_bits(data: Path, sealed: bytes, tmp_path: Path) -> None:
    store, dice = pdfsig.trust(tmp_path, keys.current(data, host=HOST, now=NOW).above[-1]), random.Random(4711)
    room = room_of(sealed)
    covered = [place for place in range(len(sealed)) if place not in room]
    seen = [pdfsig.judged(flipped(sealed, place, dice.randrange(8)), store) for place in dice.sample(covered, 200)]
    assert (pdfsig.WHOLE, True) not in seen
    assert pdfsig.judged(sealed, store) == (pdfsig.WHOLE, True)


@pytest.mark.slow
def test_signature_of_one_file_does_not_fit_another(
    data: Path, sealer: Sealer, order: orders.Order, renderer: client.Renderer, sealed: bytes, tmp_path: Path
) -> None:
    other = sealer.seal(renderer.render(replace(order, facts=pdfs.facts("Асанова Чолпон").as_dict())))
    ours, theirs = room_of(sealed), room_of(other)
    swapped = other[: theirs.start] + sealed[ours.start : ours.stop] + other[theirs.stop :]
    store = pdfsig.trust(tmp_path, keys.current(data, host=HOST, now=NOW).above[-1])
    assert pdfsig.judged(other, store) == (pdfsig.WHOLE, True)
    assert pdfsig.judged(swapped, store)[0] == ("Digest Mismatch.",)


def room_of(content: bytes) -> range:
    """Return where the signature itself lies."""
    start = content.index(b"/Contents <") + len(b"/Contents <")
    return range(start, content.index(b">", start))


def flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def test_key_of_an_institution_seals_with_its_chain(
    renderer: client.Renderer, order: orders.Order, tmp_path: Path
) -> None:
    root_key, middle_key, own_key = pkcs12.ec_key(ec.SECP384R1), pkcs12.rsa_key(3072), pkcs12.rsa_key()
    root = pkcs12.certificate(root_key, now=NOW, name="Root CA")
    middle = pkcs12.certificate(middle_key, now=NOW, name="Middle CA", issuer=(root_key, root))
    own = pkcs12.certificate(own_key, now=NOW, issuer=(middle_key, middle))
    sealer = Sealer(keys.SealKey(own_key, own, (middle, root)), tmp_path)
    page = renderer.render(sealer.order(order))
    sealed = sealer.seal(page)
    assert sealer.seal(page) == sealed
    assert pdfsig.judged(sealed, pdfsig.trust(tmp_path, root)) == (pdfsig.WHOLE, True)
    (other := tmp_path / "other").mkdir()
    assert pdfsig.judged(sealed, pdfsig.trust(other))[0] == (pdfsig.WHOLE[0], "Certificate issuer is unknown.")


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


def test_seal_changes_nothing_that_is_read(renderer: client.Renderer, sealed: bytes) -> None:
    assert pdfs.text_of(sealed) == pdfs.text_of(pdfs.print_certificate(renderer, pdfs.facts()))


AGAIN = """
import hashlib, sys
from datetime import datetime
from pathlib import Path
from portal.signing import keys
from portal.signing.seal import Sealer
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


@pytest.mark.parametrize("kind", ["curve", "rsa"])
def test_signature_is_what_pyhanko_alone_would_make(data: Path, kind: str) -> None:
    """The signed attributes are encoded once for all files; that must not be seen in any of them."""
    key = keys.current(data, host=HOST, now=NOW)
    if kind == "rsa":
        private = pkcs12.rsa_key()
        key = keys.SealKey(private, pkcs12.certificate(private, now=NOW), ())

    class Unkept(KeptSigner):
        signed_attrs, signer_info = Signer.signed_attrs, Signer.signer_info

    kept, unkept = KeptSigner(key), Unkept(key)
    digests = [sha256(bytes([turn])).digest() for turn in range(5)]
    signatures = [kept.signature(digest) for digest in digests]
    assert signatures == [unkept.signature(digest) for digest in digests]
    assert len(set(signatures)) == 5


def test_key_is_the_owners_alone_and_made_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: keys.current(tmp_path, host=HOST, now=NOW).fingerprint, range(8)))
    assert len(set(found)) == 1
    files = sorted(tmp_path.iterdir())
    assert [(file.name, file.stat().st_mode & 0o777) for file in files] == [
        ("seal-root.pem", 0o600),
        ("seal.pem", 0o600),
    ]
    before = keys.current(tmp_path, host=HOST, now=NOW)
    files[1].unlink()
    after = keys.current(tmp_path, host=HOST, now=NOW)
    assert after.fingerprint != before.fingerprint
    assert after.above == before.above, "Whoever trusts the root trusts the next key too."


def test_file_without_one_room_is_refused(sealer: Sealer, page: bytes, sealed: bytes) -> None:
    for content in (sealed, b"%PDF-1.7", page + page):
        with pytest.raises(NoRoom):
            sealer.seal(content)
